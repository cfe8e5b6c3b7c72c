// The change sets of a run, one after the other: for showing and exporting them in constant memory.

import type { Entry, EntryOutcome } from '../domain/claims.ts';
import type { Queryable } from '../postgres/client.ts';
import { listBatches, loadChangeSet } from './batches.ts';

/** One batch's change set as it was planned, and what came of it. */
export interface StoredChanges {
  readonly round: number;
  readonly n: number;
  readonly hash: string;
  readonly object: string;
  readonly entries: readonly Entry[];
  /** By ordinal; null until the batch has been delivered. */
  readonly outcomes: ReadonlyMap<number, EntryOutcome> | null;
}

/** In the order of rounds and batches; one is in memory at a time. */
export async function* changeSetsOf(
  db: Queryable,
  { runNo, round: only }: { readonly runNo: number; readonly round?: number | undefined },
): AsyncGenerator<StoredChanges> {
  for (const { round, n, changeHash } of await listBatches(db, runNo, only)) {
    const stored = changeHash === null ? null : await loadChangeSet(db, { runNo, round, n });
    if (stored === null) continue;
    const { changeSet, hash, delivered, outcomes } = stored;
    const { object, entries } = changeSet;
    const done = delivered ? new Map(outcomes.map((outcome) => [outcome.ordinal, outcome])) : null;
    yield { round, n, hash, object, entries, outcomes: done };
  }
}
