// Events that came without an id: sent again, they are told by what they say. One that says what its key's last accepted
// claim said, seconds after that one, is dropped.

import type { Claim } from '../domain/claims.ts';
import type { StreamDefinition } from '../domain/definition.ts';
import { eventAt } from '../domain/places.ts';
import { loadClaims, saveLeftOut } from '../store/batches.ts';
import { sameValue } from '../domain/values.ts';
import { claimsByKey } from '../store/claims.ts';
import { namelessEvents } from '../store/inbox-take.ts';
import type { BatchRef, Deps } from './deps.ts';

/** Whoever sends again does so soon; what says the same much later may mean it. */
const AGAIN_MS = 10_000;

/** @returns how many claims of the batch are left out */
export async function leaveRepeatedEvents(
  { store: { pool } }: Deps,
  ref: BatchRef,
  { records }: Pick<StreamDefinition, 'records'>,
): Promise<number> {
  const nameless = await namelessEvents(pool, ref);
  if (nameless.size === 0) return 0;
  const { body, leftOut } = await loadClaims(pool, ref);
  const asked = [...body.claims.entries()].filter(
    ([ordinal, { version }]) => !leftOut.has(ordinal) && nameless.has(eventAt(version.position) ?? -1),
  );
  const keys = asked.map(([, claim]) => claim.key);
  const stored = await claimsByKey(pool, ref.syncNo, keys);
  const repeated = asked.flatMap(([ordinal, claim]) => {
    const last = stored.get(claim.key);
    const soon = last !== undefined && Math.abs(claim.observedAt - last.observedAt) < AGAIN_MS;
    const same = soon && eventAt(last.version.position) !== null && last.version.source === claim.version.source;
    return same && last.state !== 'waiting' && repeats(records, claim, last) ? [ordinal] : [];
  });
  if (repeated.length > 0) await saveLeftOut(pool, ref, [...leftOut, ...repeated]);
  return repeated.length;
}

/** A change event repeats the claim when it changes nothing of it. */
function repeats(records: StreamDefinition['records'], claim: Claim, last: Claim): boolean {
  const fields = Object.entries(claim.fields);
  const whole = records === 'partial' || fields.length === Object.keys(last.fields).length;
  const said = fields.every(
    ([field, value]) => Object.hasOwn(last.fields, field) && sameValue(last.fields[field], value),
  );
  return whole && said && claim.operation === last.operation;
}
