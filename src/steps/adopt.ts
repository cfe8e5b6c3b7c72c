// An attempt that ended between the CRM's commit and ours has delivered a batch that our side knows nothing of. Before what
// it staged is thrown away, such batches are taken over: nothing is written to the CRM.

import { SyncError } from '../domain/errors.ts';
import { listBatches, loadChangeSet } from '../store/batches.ts';
import type { RunRow } from '../store/runs.ts';
import { deliverBatch } from './deliver.ts';
import type { BatchRef, Deps, StepContext } from './deps.ts';
import { connectionOf } from './merge-facts.ts';
import { runContext } from './run-context.ts';

const CONTEXT: StepContext = { signal: new AbortController().signal, progress: () => {} };

/** The run must still hold its sync. */
export async function adoptDelivered(deps: Deps, run: RunRow): Promise<void> {
  const { no: runNo, id: runId, syncNo, attempt, epoch } = run;
  const staged = await listBatches(deps.store.pool, runNo);
  for (const { round, n, changeHash, delivered } of staged) {
    if (changeHash !== null && !delivered) await adopt(deps, { runNo, runId, syncNo, attempt, epoch, round, n });
  }
}

/** The same for a run that ends now: where the CRM does not answer, its records are found by their keys another time. */
export async function adoptIfReachable(deps: Deps, run: RunRow): Promise<void> {
  try {
    await adoptDelivered(deps, run);
  } catch (error) {
    if (!(error instanceof SyncError) || !CANNOT.has(error.code)) throw error;
  }
}

/** The CRM is not there, or the sync belongs to another run by now. */
const CANNOT: ReadonlySet<string> = new Set(['destination.unreachable', 'destination.unauthorized', 'store.fenced']);

async function adopt(deps: Deps, ref: BatchRef): Promise<void> {
  const run = await runContext(deps, ref);
  const hash = (await loadChangeSet(deps.store.pool, ref))?.hash ?? '';
  const destination = await deps.destination(connectionOf(run, run.object));
  const marker = { project: deps.project, run: run.run.marker ?? ref.runId, round: ref.round, batch: ref.n, hash };
  if ((await destination.recall(marker)) !== null) await deliverBatch(deps, { ...ref, mode: 'apply' }, CONTEXT);
}
