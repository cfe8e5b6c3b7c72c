import { SyncError } from '../../domain/errors.ts';
import { defaultWorkerCount } from '../../runtime/services.ts';
import { listBatches } from '../../store/batches.ts';
import { renderEntry, viewChanges } from '../changes.ts';
import { followToEnd } from '../follow.ts';
import type { Cli } from '../main.ts';
import { limitOption } from '../options.ts';
import { paint, print } from '../output.ts';
import { requireChanges, requireRun, startRun } from '../runs.ts';
import { openSession, type Session } from '../session.ts';
import { stopSignal } from './up.ts';

/** For people, and in one JSON document; the export has no limit. */
const SHOWN_KEPT = 100;
const MOST_KEPT = 1_000;

interface UndoOptions {
  readonly dryRun?: boolean;
  readonly review?: boolean;
  readonly limit: number;
}

export function addUndo({ program, act }: Cli): void {
  program
    .command('undo <run>')
    .description('take back what a run wrote, where the CRM still holds it')
    .option('--dry-run', 'show what would be taken back')
    .option('--limit <n>', 'dry run: records to show', limitOption, 20)
    .option('--review', 'wait at the gate before anything is written')
    .action(
      act(async (options, runId: string, { dryRun = false, review = false, limit }: UndoOptions) => {
        const signal = stopSignal();
        const session = await openSession(options, { workers: defaultWorkerCount(), signal });
        try {
          const run = await requireChanges(session, runId);
          const delivered = (await listBatches(session.store.pool, run.no)).some((batch) => batch.delivered);
          if (!delivered) throw new SyncError('run.not_delivered', { message: `${runId} wrote nothing` });
          const undo = await startRun(session, {
            workflow: 'undoRun',
            input: { sync: run.sync, run: runId, dryRun, review },
          });
          return await followToEnd(session, undo, {
            json: options.json,
            signal,
            changes: dryRun ? limit : undefined,
            // The diff of a dry run shows what stays among the rest.
            ...(dryRun && !options.json ? {} : { more: () => showKept(session, { undo, json: options.json }) }),
          });
        } finally {
          await session.close();
        }
      }),
    );
}

/** What stays, because somebody changed it since: printed for people, returned for the JSON summary. */
async function showKept(
  session: Session,
  { undo, json }: { readonly undo: string; readonly json: boolean },
): Promise<Readonly<Record<string, unknown>>> {
  const run = await requireRun(session, undo);
  const { chosen, entries, lines } = await viewChanges(session.store.pool, run, {
    filter: { only: ['kept'] },
    limit: json ? MOST_KEPT : SHOWN_KEPT,
  });
  if (json) return { kept_total: chosen, kept: lines };
  if (chosen > 0) print(`\n${paint('yellow', `${chosen} kept`)}`);
  for (const entry of entries) print(renderEntry(entry));
  if (chosen > entries.length)
    print(paint('dim', `… the first ${entries.length}; all of them: tributary changes ${undo} --only kept --lines`));
  return {};
}
