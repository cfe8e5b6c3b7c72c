// The command line: one command a file; this one knows only their order and how errors become exit codes.

import { Command, CommanderError } from 'commander';
import { EXIT, report } from './output.ts';
import type { GlobalOptions } from './session.ts';

/** Adds a command; `act` wraps its action: options in, exit code out. */
export interface Cli {
  readonly program: Command;
  act<Args extends readonly unknown[]>(
    action: (options: GlobalOptions, ...args: Args) => Promise<number>,
  ): (...args: Args) => Promise<void>;
}

type Load = () => Promise<(cli: Cli) => void>;

/** In the order of `--help`. None waits for what only others need. */
const COMMANDS: ReadonlyMap<string, Load> = new Map<string, Load>([
  ['init', async () => (await import('./commands/init.ts')).addInit],
  ['up', async () => (await import('./commands/up.ts')).addUp],
  ['check', async () => (await import('./commands/check.ts')).addCheck],
  ['test', async () => (await import('./commands/test.ts')).addTest],
  ['run', async () => (await import('./commands/run.ts')).addRun],
  ['status', async () => (await import('./commands/status.ts')).addStatus],
  ['gate', async () => (await import('./commands/gate.ts')).addGate],
  ['changes', async () => (await import('./commands/changes.ts')).addChanges],
  ['quarantine', async () => (await import('./commands/quarantine.ts')).addQuarantine],
  ['review', async () => (await import('./commands/review.ts')).addReview],
  ['judgement', async () => (await import('./commands/judgement.ts')).addJudgement],
  ['pin', async () => (await import('./commands/pin.ts')).addPin],
  ['undo', async () => (await import('./commands/undo.ts')).addUndo],
  ['retry', async () => (await import('./commands/retry.ts')).addRetryRun],
  ['cancel', async () => (await import('./commands/cancel.ts')).addCancel],
  ['explain', async () => (await import('./commands/explain.ts')).addExplain],
  ['drift', async () => (await import('./commands/drift.ts')).addDrift],
  ['export', async () => (await import('./commands/export.ts')).addExport],
  ['pause', async () => (await import('./commands/pause.ts')).addPause],
  ['resume', async () => (await import('./commands/pause.ts')).addResume],
  ['prune', async () => (await import('./commands/prune.ts')).addPrune],
  ['events', async () => (await import('./commands/events.ts')).addEvents],
  ['serve', async () => (await import('./commands/serve.ts')).addServe],
  ['deploy', async () => (await import('./commands/deploy.ts')).addDeploy],
  ['schedule', async () => (await import('./commands/schedule.ts')).addSchedule],
  ['worker', async () => (await import('./commands/worker.ts')).addWorker],
]);

/** Those that the arguments name, and whatever else is named like one; where none is, all, for the help or the error. */
function commandsFor(args: readonly string[]): Iterable<Load> {
  const named = args.flatMap((arg) => COMMANDS.get(arg) ?? []);
  return named.length > 0 ? new Set(named) : COMMANDS.values();
}

function createCli(): Cli {
  const program = new Command('tributary')
    .description('Durable data synchronisation for a company’s CRM.')
    .option('--project <dir>', 'the project folder, with tributary.yaml', process.env['TRIBUTARY_PROJECT'] ?? '.')
    .option('--json', 'results as JSON on stdout; everything else stays on stderr', false)
    .showHelpAfterError('(try `tributary --help`)')
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text) })
    .addHelpText('after', EXIT_CODES);
  return {
    program,
    act:
      (action) =>
      async (...args) => {
        const { project, json } = program.opts<GlobalOptions>();
        try {
          process.exitCode = await action({ project, json }, ...args);
        } catch (error) {
          process.exitCode = report(error, json);
        }
      },
  };
}

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 bad configuration or usage, 3 environment (a server or file that is needed), 4 waiting at the gate.
Documentation: README.md and docs/ of the Tributary repository.`;

async function main(): Promise<void> {
  // Whoever reads our output may stop early (`| head`): the command still ends in order.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  const cli = createCli();
  for (const load of commandsFor(process.argv.slice(2))) (await load())(cli);
  try {
    await cli.program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
  // Connections that idle must not keep a finished command alive.
  process.exit();
}

await main();
