import { createInterface } from 'node:readline/promises';
import { changesIn, deploy, type Deployment, planDeployment } from '../deployment.ts';
import type { Cli } from '../main.ts';
import { EXIT, paint, print, printJson, say } from '../output.ts';
import { openSession } from '../session.ts';

interface DeployOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export function addDeploy({ program, act }: Cli): void {
  program
    .command('deploy')
    .description('make the schedules on the Temporal server what `when` in the files says')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nShows the difference and asks (with --json it does not ask). What somebody paused stays paused. Search attributes and the retention\nof histories are set too. `tributary up` does all of this when it starts.',
    )
    .action(
      act(async (options, { dryRun = false, yes = false }: DeployOptions) => {
        const session = await openSession(options, { workers: 0 });
        try {
          const plan = await planDeployment(session.client, session.project);
          if (!options.json) showPlan(plan);
          const goesOn = !dryRun && (yes || options.json || changesIn(plan).length === 0 || (await agreed()));
          if (goesOn) await deploy(session, plan);
          if (options.json) printJson({ project: session.project.name, deployed: goesOn, schedules: plan.changes });
          else if (goesOn && changesIn(plan).length > 0) print('deployed');
          if (session.owned && goesOn && plan.desired.length > 0)
            say('schedules start runs only while the services are up: `tributary up`');
          return goesOn || dryRun ? EXIT.done : EXIT.failed;
        } finally {
          await session.close();
        }
      }),
    );
}

const SIGNS = { create: '+', update: '~', remove: '-', none: ' ' } as const;
const COLOURS = { create: 'green', update: 'yellow', remove: 'red', none: 'dim' } as const;
const WORDS = { create: 'new', update: 'changed', remove: 'no longer in the files', none: 'as it is' } as const;

function showPlan(plan: Deployment): void {
  if (plan.changes.length === 0) print('no sync has a schedule, and the server has none');
  for (const { sync, change, paused } of plan.changes) {
    const note = paused === null ? '' : paused === '' ? ' (paused; stays so)' : ` (${paused}; stays paused)`;
    print(paint(COLOURS[change], `${SIGNS[change]} ${sync}: ${WORDS[change]}${change === 'remove' ? '' : note}`));
  }
}

/** Asks on a terminal; elsewhere whoever runs it has decided. */
async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return true;
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await asking.question('Make it so? [y/N] ')).trim());
  } finally {
    asking.close();
  }
}
