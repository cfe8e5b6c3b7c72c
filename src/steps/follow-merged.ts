// Records that somebody merged away in the CRM: what was linked to them belongs to the record that was kept.

import type { Entry, EntryOutcome } from '../domain/claims.ts';
import type { Client } from '../postgres/client.ts';
import { moveClaims, recordsByCrmId } from '../store/claims.ts';
import type { Deps } from './deps.ts';
import { connectionOf, type Linked } from './merge-facts.ts';
import type { RunContext } from './run-context.ts';

/** Links to merged records become links to the kept ones; the record that was left is kept with each. */
export async function followMerged(deps: Deps, run: RunContext, linked: readonly Linked[]): Promise<readonly Linked[]> {
  const { object } = run;
  const crmIds = [...new Set(linked.flatMap(({ crmId }) => crmId ?? []))];
  if (object.mergedInto === undefined || crmIds.length === 0) return linked;
  const destination = await deps.destination(connectionOf(run, object));
  const survivors = await destination.survivors(object, crmIds);
  if (survivors.size === 0) return linked;
  const records = await recordsByCrmId(deps.store.pool, object.name, [...new Set(survivors.values())]);
  return linked.map((one) => {
    const crmId = survivors.get(one.crmId ?? '');
    if (crmId === undefined) return one;
    const left = one.record === null ? {} : { left: one.record };
    return { ...one, crmId, record: records.get(crmId) ?? null, ...left };
  });
}

/** The other claims on merged records follow those that were merged here. */
export async function moveMerged(
  client: Client,
  { entries, outcomes }: { readonly entries: readonly Entry[]; readonly outcomes: readonly EntryOutcome[] },
): Promise<void> {
  const contested = new Set(outcomes.flatMap((outcome) => (outcome.contested === true ? [outcome.ordinal] : [])));
  const moves = entries.flatMap(({ left, recordId, ordinal }) =>
    left === undefined || recordId === null || left === recordId || contested.has(ordinal)
      ? []
      : [{ from: left, to: recordId }],
  );
  if (moves.length > 0) await moveClaims(client, moves);
}
