// What records held before they were deactivated: read from the change sets that did it.

import type { ChangeRef, Entry } from '../domain/claims.ts';
import type { Fields } from '../domain/values.ts';
import { endedValues } from '../merge/revive.ts';
import type { Queryable } from '../postgres/client.ts';
import { loadChangeSet } from '../store/batches.ts';
import type { RecordRow } from '../store/claims.ts';

/** By record. A record that was written since it was deactivated is looked for no further than its last change. */
export async function endedValuesOf(
  db: Queryable,
  records: readonly RecordRow[],
): Promise<ReadonlyMap<number, Fields>> {
  const found = new Map<number, Fields>();
  const ended = new Map(records.filter(({ state }) => state === 'deactivated').map((record) => [record.id, record]));
  const places = new Map<string, ChangeRef>();
  for (const { change } of ended.values()) if (change !== null) places.set(Object.values(change).join('/'), change);
  const keep = (entry: Entry): void => {
    const values = endedValues(entry);
    if (values !== null && entry.recordId !== null && ended.has(entry.recordId)) found.set(entry.recordId, values);
  };
  for (const { run: runNo, round, batch: n } of places.values()) {
    const stored = await loadChangeSet(db, { runNo, round, n });
    stored?.changeSet.entries.forEach(keep);
  }
  return found;
}
