// Pins: values that stewards fixed. Never removed, only ended.

import type { Pin } from '../domain/claims.ts';
import type { Value } from '../domain/values.ts';
import type { Client, Queryable } from '../postgres/client.ts';

export interface StoredPin extends Pin {
  readonly recordId: number;
  readonly by: string;
  readonly why: string | null;
}

/** Pins that nobody has ended. Whether one has expired is for the reader to say, who knows as of when. */
export async function pinsOf(db: Queryable, recordIds: readonly number[]): Promise<readonly StoredPin[]> {
  const { rows } = await db.query<Omit<StoredPin, 'value' | 'expiresAt'> & { value: string; expiresAt: Date | null }>(
    `select record_id as "recordId", field, value, expires_at as "expiresAt", by, note as why from pin
     where record_id = any($1) and ended_at is null order by id`,
    [recordIds],
  );
  return rows.map((row) => ({
    ...row,
    value: JSON.parse(row.value) as Value, // written by setPin
    expiresAt: row.expiresAt === null ? null : row.expiresAt.getTime(),
  }));
}

/** Takes the place of the field's pin, if there is one. */
export async function setPin(client: Client, pin: StoredPin): Promise<void> {
  await endPins(client, { recordId: pin.recordId, fields: [pin.field] }, pin.by);
  await client.query(
    `insert into pin (record_id, field, value, by, note, expires_at) values ($1, $2, $3, $4, $5, to_timestamp($6::numeric / 1000))`,
    [pin.recordId, pin.field, JSON.stringify(pin.value), pin.by, pin.why, pin.expiresAt],
  );
}

/** @returns the fields that had one */
export async function endPins(
  client: Client,
  { recordId, fields }: { readonly recordId: number; readonly fields: readonly string[] | null },
  by: string,
): Promise<readonly string[]> {
  const { rows } = await client.query<{ field: string }>(
    `update pin set ended_at = now(), ended_by = $3
     where record_id = $1 and ($2::text[] is null or field = any($2)) and ended_at is null returning field`,
    [recordId, fields, by],
  );
  return rows.map(({ field }) => field);
}

/**
 * Ends the pins on records of a sync that had expired when the run began; the claims on these records, of all syncs, are
 * merged again.
 */
export async function endExpiredPins(
  db: Queryable,
  { syncNo, runNo }: { readonly syncNo: number; readonly runNo: number },
): Promise<void> {
  await db.query(
    `with ended as (
       update pin p set ended_at = now()
       where p.ended_at is null and p.expires_at <= (select started_at from run where no = $2)
         and exists (select 1 from crosswalk c where c.record_id = p.record_id and c.sync_no = $1)
       returning p.record_id)
     update crosswalk c set state = 'waiting', reason = 'a pin has expired' from ended
     where c.record_id = ended.record_id and c.state in ('applied', 'no_change', 'conflict', 'review')`,
    [syncNo, runNo],
  );
}

export interface PinRow extends StoredPin {
  readonly id: number;
  readonly object: string;
  readonly crmId: string;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  readonly endedBy: string | null;
}

export interface PinFilter {
  readonly object?: string;
  readonly crmId?: string;
  readonly field?: string;
}

/** Newest first. */
export async function listPins(
  db: Queryable,
  { object, crmId, field, ended, limit }: PinFilter & { readonly ended: boolean; readonly limit: number },
): Promise<readonly PinRow[]> {
  const { rows } = await db.query<Omit<PinRow, 'value' | 'expiresAt'> & { value: string; expiresAt: Date | null }>(
    `select p.id, p.record_id as "recordId", r.object, r.crm_id as "crmId", p.field, p.value, p.by, p.note as why,
       p.expires_at as "expiresAt", p.created_at as "createdAt", p.ended_at as "endedAt", p.ended_by as "endedBy"
     from pin p join record r on r.id = p.record_id
     where ($1::text is null or r.object = $1) and ($2::text is null or r.crm_id = $2) and ($3::text is null or p.field = $3)
       and ($4 or p.ended_at is null)
     order by p.id desc limit $5`,
    [object ?? null, crmId ?? null, field ?? null, ended, limit],
  );
  return rows.map((row) => ({
    ...row,
    value: JSON.parse(row.value) as Value, // written by setPin
    expiresAt: row.expiresAt === null ? null : row.expiresAt.getTime(),
  }));
}
