import type { Entry } from '../../domain/claims.ts';
import { SyncError } from '../../domain/errors.ts';
import { defaultWorkerCount } from '../../runtime/services.ts';
import { listBatches, loadChangeSet } from '../../store/batches.ts';
import { renderEntry } from '../changes.ts';
import { followToEnd } from '../follow.ts';
import type { Cli } from '../main.ts';
import { paint, print } from '../output.ts';
import { requireRun, startRun } from '../runs.ts';
import { openSession, type Session } from '../session.ts';
import { stopSignal } from './up.ts';

export function addUndo({ program, act }: Cli): void {
  program
    .command('undo <run>')
    .description('take back what a run wrote, where the CRM still holds it')
    .option('--dry-run', 'show what would be taken back')
    .option('--review', 'wait at the gate before anything is written')
    .action(
      act(
        async (options, runId: string, { dryRun = false, review = false }: { dryRun?: boolean; review?: boolean }) => {
          const signal = stopSignal();
          const session = await openSession(options, { workers: defaultWorkerCount(), signal });
          try {
            const run = await requireRun(session, runId);
            const delivered = (await listBatches(session.store.pool, run.no)).some((batch) => batch.delivered);
            if (!delivered) throw new SyncError('run.not_delivered', { message: `${runId} wrote nothing` });
            const undo = await startRun(session, {
              workflow: 'undoRun',
              input: { sync: run.sync, run: runId, dryRun, review },
            });
            return await followToEnd(session, undo, {
              json: options.json,
              signal,
              changes: dryRun,
              more: () => showKept(session, { undo, json: options.json }),
            });
          } finally {
            await session.close();
          }
        },
      ),
    );
}

/** What stays, because somebody changed it since: printed for people, returned for the JSON summary. */
async function showKept(
  session: Session,
  { undo, json }: { readonly undo: string; readonly json: boolean },
): Promise<{ readonly kept: readonly Entry[] }> {
  const { pool } = session.store;
  const run = await requireRun(session, undo);
  const kept: Entry[] = [];
  for (const { round, n } of await listBatches(pool, run.no)) {
    const stored = await loadChangeSet(pool, { runNo: run.no, round, n });
    const entries = stored?.changeSet.entries ?? [];
    kept.push(...entries.filter((entry) => entry.kept !== undefined || entry.reason !== undefined));
  }
  for (const entry of json ? [] : kept) {
    print(`${paint('yellow', 'kept')} ${entry.reason ?? 'changed since'}`);
    print(renderEntry(entry));
  }
  return { kept };
}
