// First contact: CRM records that the store does not know yet get their row before anything is written. Of two runs that
// meet the same record at the same moment the second one waits here, finds the row, and merges again: what it planned
// knew nothing of the other's claims.

import type { Entry } from '../domain/claims.ts';
import type { Client } from '../postgres/client.ts';
import { meetNewRecords, type RecordRow } from '../store/claims.ts';

export interface Met {
  /** The entries, with the numbers of the records they meet first. Those that somebody else met first stay without. */
  readonly entries: readonly Entry[];
  /** By number. */
  readonly records: ReadonlyMap<number, RecordRow>;
}

export async function meetRecords(client: Client, object: string, entries: readonly Entry[]): Promise<Met> {
  const crmIds = entries.flatMap((entry) => (isFirstContact(entry) && entry.crmId !== null ? [entry.crmId] : []));
  if (crmIds.length === 0) return { entries, records: new Map() };
  const met = await meetNewRecords(client, object, [...new Set(crmIds)]);
  return {
    entries: entries.map((entry) => {
      const record = entry.crmId !== null && isFirstContact(entry) ? met.get(entry.crmId) : undefined;
      return record === undefined ? entry : { ...entry, recordId: record.id };
    }),
    records: new Map([...met.values()].map((record) => [record.id, record])),
  };
}

/** Linked to a record of the CRM that no claim was linked to before. */
export function isFirstContact({ recordId, crmId, action }: Entry): boolean {
  return recordId === null && crmId !== null && action !== 'create';
}
