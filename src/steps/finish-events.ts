// What became of the events of a delivered batch, from what the store holds: said again, it is the same.

import { durably } from '../domain/failpoints.ts';
import { eventAt } from '../domain/places.ts';
import { ACCEPTED, FILTERED, forEachEntry, QUARANTINED, UNREADABLE } from '../fingerprint/entries.ts';
import type { Queryable } from '../postgres/client.ts';
import { type BatchId, loadClaims, loadKeyBlobs } from '../store/batches.ts';
import { loadOutcomes } from '../store/event-batches.ts';
import type { EventRecords } from '../store/inbox.ts';
import { type DoneEvent, eventsOf, finishEvents } from '../store/inbox-take.ts';

const WHOLE = { number: 0, of: 1 };

/** Says of each event of the batch what became of it. */
export async function sayFinished(pool: Queryable, ref: BatchId): Promise<void> {
  const events = await eventsOf(pool, ref);
  const found = new Map<number, Record<string, number>>(events.map(({ id }) => [id, {}]));
  const count = (position: number, what: keyof EventRecords): void => {
    const outcome = found.get(eventAt(position) ?? -1);
    if (outcome !== undefined) outcome[what] = (outcome[what] ?? 0) + 1;
  };
  const [{ keys }, { leftOut }, outcomes] = await Promise.all([
    loadKeyBlobs(pool, ref),
    loadClaims(pool, ref),
    loadOutcomes(pool, ref),
  ]);
  const byOrdinal = new Map(outcomes.map(({ ordinal, outcome }) => [ordinal, outcome]));
  forEachEntry(keys, WHOLE, ({ flag, position }, ordinal) => {
    if (flag === QUARANTINED || flag === UNREADABLE) count(position, 'quarantined');
    else if (flag === FILTERED) count(position, 'filtered');
    // A claim that merge has no entry for was older than what is known.
    else if (flag === ACCEPTED)
      count(position, leftOut.has(ordinal) ? 'duplicates' : (byOrdinal.get(ordinal) ?? 'duplicates'));
  });
  const done = events.map(({ id }): DoneEvent => ({ id, outcome: found.get(id) ?? {}, error: null }));
  await durably('events.finished', () => finishEvents(pool, done));
}
