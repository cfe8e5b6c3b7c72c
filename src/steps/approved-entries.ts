// Records that had changed when an approved change set was delivered are merged again; nothing beyond the approval is written.

import type { Entry } from '../domain/claims.ts';
import { shrinkToApproved } from '../merge/approved.ts';
import { listBatches, loadChangeSet } from '../store/batches.ts';
import { findRun } from '../store/runs.ts';
import type { BatchRef, Deps } from './deps.ts';
import { decisionsOf } from './gate.ts';

export interface Bounded {
  readonly entries: readonly Entry[];
  /** How many of them write, as somebody has approved. */
  readonly approved: number;
}

/**
 * @param retried keys whose entries were refused before, because their record had changed
 * @returns entries that do no more than was approved for them, others parked; entries that nobody has decided about as
 *   they are: the gate asks for those
 */
export async function keepToApproved(
  deps: Deps,
  { ref, retried }: { readonly ref: BatchRef; readonly retried: ReadonlySet<string> },
  entries: readonly Entry[],
): Promise<Bounded> {
  const approved = ref.round === 0 || retried.size === 0 ? new Map() : await approvedEntries(deps, ref, retried);
  if (approved.size === 0) return { entries, approved: 0 };
  const bounded = entries.map((entry) => {
    const seen = approved.get(entry.key);
    return seen === undefined ? entry : shrinkToApproved(entry, seen);
  });
  const writing = bounded.filter((entry) => entry.action !== 'none' && approved.has(entry.key));
  return { entries: bounded, approved: writing.length };
}

/** By key, as they were approved last. */
async function approvedEntries(
  { store: { pool } }: Deps,
  { runNo, round }: BatchRef,
  keys: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Entry>> {
  const decisions = decisionsOf(await findRun(pool, { no: runNo }));
  const rounds = new Set(decisions.filter(({ decision }) => decision !== 'reject').map((gate) => gate.round));
  const found = new Map<string, Entry>();
  for (const place of rounds.size === 0 ? [] : await listBatches(pool, runNo)) {
    if (place.round >= round || !rounds.has(place.round)) continue;
    const stored = await loadChangeSet(pool, { runNo, round: place.round, n: place.n });
    const entries = (stored?.changeSet.entries ?? []).filter(({ action, key }) => action !== 'none' && keys.has(key));
    for (const entry of entries) found.set(entry.key, entry);
  }
  return found;
}
