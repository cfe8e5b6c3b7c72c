import { SyncError } from '../../domain/errors.ts';
import type { Backfill } from '../../domain/run.ts';
import { openConnections } from '../../runtime/connections.ts';
import { defaultWorkerCount } from '../../runtime/services.ts';
import { findSync } from '../../store/syncs.ts';
import { runDefinition } from '../../config/run-definition.ts';
import type { Cli } from '../main.ts';
import { backfillOption, limitOption } from '../options.ts';
import { EXIT, print, printJson, say } from '../output.ts';
import { followToEnd } from '../follow.ts';
import { openRunOf, startRun } from '../runs.ts';
import { openSession, type Session } from '../session.ts';
import { stopSignal } from './up.ts';

interface RunOptions {
  readonly dryRun?: boolean;
  readonly limit: number;
  readonly reread?: boolean;
  readonly detach?: boolean;
  readonly backfill?: Backfill;
}

export function addRun({ program, act }: Cli): void {
  program
    .command('run <sync>')
    .description('run a sync now and follow it; starts the embedded services for its duration when nothing is up')
    .option('--dry-run', 'stop before anything is written, and show what would be')
    .option('--limit <n>', 'dry run: records to show', limitOption, 20)
    .option('--reread', 'read also files that the last run has read and nobody has touched since')
    .option(
      '--backfill <from..to>',
      'read what was changed in this time, such as 2026-01-01..2026-02-01',
      backfillOption,
    )
    .option('--detach', 'start it and return; needs `tributary up`')
    .addHelpText(
      'after',
      '\nCtrl-C detaches: the run goes on (or continues when the services are next up). A run that waits after an error is resumed.',
    )
    .action(
      act(async (options, sync: string, { limit, ...given }: RunOptions) => {
        const { dryRun = false, reread = false, detach = false, backfill } = given;
        const signal = stopSignal();
        const session = await openSession(options, { workers: defaultWorkerCount(), signal });
        try {
          runDefinition(session.project, sync); // an unknown name ends here
          if (detach && session.owned)
            throw new SyncError('config.usage', {
              message: '--detach needs services that stay: start `tributary up` first',
            });
          const run =
            (await resumable(session, sync)) ?? (await startManual(session, { sync, dryRun, reread, backfill }));
          if (!detach)
            return await followToEnd(session, run, { json: options.json, signal, changes: dryRun ? limit : undefined });
          if (options.json) printJson({ sync, run });
          else print(run);
          return EXIT.done;
        } finally {
          await session.close();
        }
      }),
    );
}

/** A run that stopped after an error goes on instead of a new one; anything else makes the new one `skipped`. */
async function resumable(session: Session, sync: string): Promise<string | null> {
  const open = await openRunOf(session, sync);
  if (open?.phase !== 'paused') return null;
  say(`resuming ${open.id}, which waits since ${open.error?.code ?? 'an error'}`);
  await session.client.workflow.getHandle(open.id).signal('resume', { by: 'run' });
  return open.id;
}

export interface ManualRun {
  readonly sync: string;
  readonly dryRun?: boolean;
  readonly reread?: boolean;
  readonly backfill?: Backfill | undefined;
}

/** Starts a run for a person, unless it is known beforehand that it cannot go well. */
export async function startManual(
  session: Session,
  { sync, dryRun = false, reread = false, backfill }: ManualRun,
): Promise<string> {
  const known = await findSync(session.store.pool, sync);
  if (known?.pausedAt != null) {
    const note = known.pausedNote === null ? '' : `: ${known.pausedNote}`;
    throw new SyncError('run.paused', { message: `${sync} was paused by ${known.pausedBy ?? 'somebody'}${note}` });
  }
  await preflight(session, sync);
  const input = { sync, trigger: 'manual', dryRun, reread };
  if (backfill === undefined) return startRun(session, { workflow: 'syncRun', input });
  requireCursor(session, sync);
  return startRun(session, { workflow: 'syncRun', input: { ...input, kind: 'backfill', backfill } });
}

/** Only rows with a time of their change can be read by time. */
function requireCursor({ project }: Session, sync: string): void {
  const { stream } = runDefinition(project, sync).sync;
  if (stream.table?.cursor == null)
    throw new SyncError('source.backfill', { message: `${sync} reads ${stream.stream}, which has no \`cursor\`` });
}

/** A destination that is down or lacks its tables is worth knowing before a run begins to wait for it. */
async function preflight({ project, databaseUrl }: Session, sync: string): Promise<void> {
  const { objects, connections } = runDefinition(project, sync);
  const open = openConnections({ projectDir: project.dir, storeUrl: databaseUrl, env: process.env });
  try {
    for (const name of new Set(Object.values(objects).map((object) => object.destination))) {
      const connection = connections[name];
      if (connection === undefined) continue;
      await (
        await open.destination(connection)
      ).check(Object.values(objects).filter((object) => object.destination === name));
    }
  } finally {
    await open.close();
  }
}
