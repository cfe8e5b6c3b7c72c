// A run may wait at the gate for days. What a person decided meanwhile must not be asked again: such claims are merged
// once more instead.

import type { Claim, EntryOutcome } from '../domain/claims.ts';
import type { Client } from '../postgres/client.ts';
import { decidedSince } from '../store/reviews.ts';
import type { RunRef } from './deps.ts';

/** Claims that were to go to review, and were decided since the run began, wait for the next round. */
export async function reconsider(
  client: Client,
  { ref, claims }: { readonly ref: RunRef; readonly claims: readonly Claim[] },
  outcomes: readonly EntryOutcome[],
): Promise<readonly EntryOutcome[]> {
  const keyOf = ({ ordinal }: EntryOutcome): string => claims[ordinal]?.key ?? '';
  const reviewed = outcomes.filter(({ outcome }) => outcome === 'review');
  if (reviewed.length === 0) return outcomes;
  const decided = await decidedSince(client, ref, reviewed.map(keyOf));
  if (decided.size === 0) return outcomes;
  return outcomes.map((one) =>
    one.outcome === 'review' && one.action === 'none' && decided.has(keyOf(one))
      ? { ...one, outcome: 'waiting', reason: 'decided since it was merged' }
      : one,
  );
}
