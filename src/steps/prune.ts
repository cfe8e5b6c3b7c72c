// Prune: what is not kept any more is removed, by one process at a time, while runs go on beside it.

import type { Retention } from '../domain/retention.ts';
import {
  type BatchStage,
  pruneBatches,
  pruneInbox,
  pruneQuarantine,
  pruneRuns,
  pruneTombstones,
  type Pruning,
} from '../store/prune.ts';
import type { Store } from '../store/store.ts';

/** What was removed, or would be. */
export interface Pruned {
  /** Lists of what batches read: the run has ended, and nobody looks at them any more. Batches. */
  readonly reads: number;
  /** Batches that wrote nothing: their bodies and change sets. */
  readonly staged: number;
  /** Batches that wrote: theirs. */
  readonly changes: number;
  readonly quarantined: number;
  readonly events: number;
  readonly tombstones: number;
  readonly runs: number;
}

const LOCK = 7_411_983;
const STAGES: readonly BatchStage[] = ['reads', 'staged', 'changes'];

/** @returns null while another process prunes */
export async function pruneStore(store: Store, retention: Retention, pruning: Pruning): Promise<Pruned | null> {
  const client = await store.pool.connect();
  try {
    const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [LOCK]);
    if (rows[0]?.mine !== true) return null;
    try {
      const removed = { reads: 0, staged: 0, changes: 0 };
      for (const stage of STAGES) removed[stage] = await pruneBatches(client, { stage, retention }, pruning);
      return {
        ...removed,
        quarantined: await pruneQuarantine(client, retention, pruning),
        events: await pruneInbox(client, retention, pruning),
        tombstones: await pruneTombstones(client, retention, pruning),
        runs: await pruneRuns(client, retention, pruning),
      };
    } finally {
      await client.query('select pg_advisory_unlock($1)', [LOCK]);
    }
  } finally {
    client.release();
  }
}
