import { SyncError } from '../../domain/errors.ts';
import { defaultWorkerCount } from '../../runtime/services.ts';
import { listBatches, loadChangeSet } from '../../store/batches.ts';
import { findRun } from '../../store/runs.ts';
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
            const code = await followToEnd(session, undo, { json: options.json, signal, changes: dryRun });
            if (!options.json) await printKept(session, undo);
            return code;
          } finally {
            await session.close();
          }
        },
      ),
    );
}

/** What stays, because somebody changed it since. */
async function printKept(session: Session, undo: string): Promise<void> {
  const run = await findRun(session.store.pool, { id: undo });
  if (run === undefined) return;
  for (const { round, n } of await listBatches(session.store.pool, run.no)) {
    const stored = await loadChangeSet(session.store.pool, { runNo: run.no, round, n });
    for (const entry of stored?.changeSet.entries ?? []) {
      if (entry.kept === undefined && entry.reason === undefined) continue;
      print(`${paint('yellow', 'kept')} ${entry.reason ?? 'changed since'}`);
      print(renderEntry(entry));
    }
  }
}
