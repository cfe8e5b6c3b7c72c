// The command line: one command a file; this one knows only their order and how errors become exit codes.

import { Command, CommanderError } from 'commander';
import { addCancel } from './commands/cancel.ts';
import { addCheck } from './commands/check.ts';
import { addExplain } from './commands/explain.ts';
import { addExport } from './commands/export.ts';
import { addGate } from './commands/gate.ts';
import { addInit } from './commands/init.ts';
import { addPause } from './commands/pause.ts';
import { addQuarantine } from './commands/quarantine.ts';
import { addReview } from './commands/review.ts';
import { addRun } from './commands/run.ts';
import { addStatus } from './commands/status.ts';
import { addTest } from './commands/test.ts';
import { addUndo } from './commands/undo.ts';
import { addUp } from './commands/up.ts';
import { addWorker } from './commands/worker.ts';
import { EXIT, report } from './output.ts';
import type { GlobalOptions } from './session.ts';

/** Adds a command; `act` wraps its action: options in, exit code out. */
export interface Cli {
  readonly program: Command;
  act<Args extends readonly unknown[]>(
    action: (options: GlobalOptions, ...args: Args) => Promise<number>,
  ): (...args: Args) => Promise<void>;
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
  for (const add of [
    addInit,
    addUp,
    addCheck,
    addTest,
    addRun,
    addStatus,
    addGate,
    addQuarantine,
    addReview,
    addUndo,
    addCancel,
    addExplain,
    addExport,
    addPause,
    addWorker,
  ])
    add(cli);
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
