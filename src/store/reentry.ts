// Claims that are merged again although their source said nothing new: a person decided something about them.
//
// Their state becomes `waiting`, which every run of their sync takes up. A record's revision grows, so that what a run
// planned before, and is about to deliver, is merged again too. Held claims stay held.

import type { Client } from '../postgres/client.ts';

/** Merges a claim again. Lock order as in a delivery: records, then claims. */
export async function reenterClaim(
  client: Client,
  { syncNo, key, reason }: { readonly syncNo: number; readonly key: string; readonly reason: string },
): Promise<void> {
  await client.query(
    `update crosswalk set state = 'waiting', reason = $3 where sync_no = $1 and key = $2 and state <> 'held'`,
    [syncNo, key, reason],
  );
}

/** Merges every claim on a record again, of all syncs. */
export async function reenterRecord(client: Client, recordId: number, reason: string): Promise<void> {
  await client.query('update record set revision = revision + 1 where id = $1', [recordId]);
  await client.query(
    `update crosswalk set state = 'waiting', reason = $2
     where record_id = $1 and state in ('applied', 'no_change', 'conflict', 'review')`,
    [recordId, reason],
  );
}

/** The claim belongs to no record any more: it is matched anew, and the others on its record are merged without it. */
export async function detachClaim(client: Client, { syncNo, key, recordId, reason }: DetachedClaim): Promise<void> {
  await reenterRecord(client, recordId, reason);
  await client.query(
    `update crosswalk set record_id = null, state = 'waiting', reason = $3 where sync_no = $1 and key = $2`,
    [syncNo, key, reason],
  );
}

export interface DetachedClaim {
  readonly syncNo: number;
  readonly key: string;
  readonly recordId: number;
  readonly reason: string;
}

/** The syncs whose runs merge the record's claims, by name. */
export async function syncsOfRecord(client: Client, recordId: number): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    'select distinct s.name from crosswalk c join sync s on s.no = c.sync_no where c.record_id = $1 order by s.name',
    [recordId],
  );
  return rows.map(({ name }) => name);
}
