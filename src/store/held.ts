// Claims that were not approved at the gate, or that an undo took back: held until their source says something new, or
// a person releases them.

import type { Fields, Operation } from '../domain/values.ts';
import type { Client, Queryable } from '../postgres/client.ts';

export interface GateHold {
  readonly recordId: number;
  readonly field: string;
  readonly syncNo: number;
  readonly key: string;
  /** JSON. */
  readonly value: string;
}

export async function gateHoldsOf(db: Queryable, recordIds: readonly number[]): Promise<readonly GateHold[]> {
  const { rows } = await db.query<GateHold>(
    `select record_id as "recordId", field, sync_no as "syncNo", key, value from gate_hold where record_id = any($1)
     order by record_id, field, sync_no, key`,
    [recordIds],
  );
  return rows;
}

/** Replaces the holds of these keys: of those that were merged, and those that were not approved. */
export async function replaceGateHolds(
  db: Queryable,
  of: { readonly syncNo: number; readonly runNo: number },
  { lifted, holds }: { readonly lifted: readonly string[]; readonly holds: readonly Omit<GateHold, 'syncNo'>[] },
): Promise<void> {
  await db.query('delete from gate_hold where sync_no = $1 and key = any($2)', [of.syncNo, lifted]);
  if (holds.length === 0) return;
  await db.query(
    `insert into gate_hold (record_id, field, sync_no, key, value, run_no)
     select r, f, $1, k, v, $2 from unnest($3::bigint[], $4::text[], $5::text[], $6::text[]) as held (r, f, k, v)
     on conflict (record_id, field, sync_no, key) do update set value = excluded.value, run_no = excluded.run_no`,
    [
      of.syncNo,
      of.runNo,
      holds.map((hold) => hold.recordId),
      holds.map((hold) => hold.field),
      holds.map((hold) => hold.key),
      holds.map((hold) => hold.value),
    ],
  );
}

export interface HeldFilter {
  readonly sync?: string;
  readonly keys?: readonly string[];
}

export interface HeldClaim {
  readonly sync: string;
  readonly key: string;
  readonly object: string;
  readonly operation: Operation;
  readonly reason: string;
  /** Null for a record that would be new. */
  readonly crmId: string | null;
  /** What the source says; empty for an end. */
  readonly claim: Fields;
  /** What would have been written to a record that is there. */
  readonly refused: Fields;
  readonly since: Date;
}

const PICKED = `c.state = 'held' and ($1::text is null or s.name = $1) and ($2::text[] is null or c.key = any($2))`;

/** By sync and key. */
export async function listHeld(
  db: Queryable,
  { sync, keys, limit }: HeldFilter & { readonly limit: number },
): Promise<readonly HeldClaim[]> {
  const { rows } = await db.query<Omit<HeldClaim, 'claim'> & { claim: string }>(
    `select s.name as sync, c.key, s.object, c.operation, coalesce(c.reason, '') as reason, r.crm_id as "crmId", c.claim,
       c.observed_at as since,
       coalesce((select jsonb_object_agg(h.field, h.value::jsonb) from gate_hold h
                 where h.sync_no = c.sync_no and h.key = c.key), '{}') as refused
     from crosswalk c join sync s on s.no = c.sync_no left join record r on r.id = c.record_id
     where ${PICKED} order by s.name, c.key collate "C" limit $3`,
    [sync ?? null, keys ?? null, limit],
  );
  return rows.map(({ claim, ...row }) => ({ ...row, claim: JSON.parse(claim) as Fields })); // written by us
}

/** They are merged again by the next run of their sync, and pass its gate. @returns what was released */
export async function releaseHeld(
  client: Client,
  {
    sync,
    keys,
    by,
    atGate,
  }: HeldFilter & {
    readonly by: string;
    /** The reason of those that were not approved; of the others the holds on their records are lifted too. */
    readonly atGate: string;
  },
): Promise<readonly { readonly sync: string; readonly key: string }[]> {
  const { rows } = await client.query<Released>(
    `select s.name as sync, c.sync_no as "syncNo", c.key, case when c.reason is distinct from $3 then c.record_id end as record
     from crosswalk c join sync s on s.no = c.sync_no where ${PICKED} order by c.sync_no, c.key for update of c`,
    [sync ?? null, keys ?? null, atGate],
  );
  const claims = [rows.map(({ syncNo }) => syncNo), rows.map(({ key }) => key)];
  await client.query(
    `update crosswalk c set state = 'waiting', tries = 0, reason = 'released by ' || $3
     from unnest($1::integer[], $2::text[]) as released (no, key) where c.sync_no = no and c.key = released.key`,
    [...claims, by],
  );
  await client.query(
    `delete from gate_hold h using unnest($1::integer[], $2::text[]) as released (no, key)
     where h.sync_no = no and h.key = released.key`,
    claims,
  );
  await client.query('delete from hold where record_id = any($1)', [rows.flatMap(({ record }) => record ?? [])]);
  return rows.map(({ sync: name, key }) => ({ sync: name, key }));
}

interface Released {
  readonly sync: string;
  readonly syncNo: number;
  readonly key: string;
  /** Null where the gate said no to the claim itself. */
  readonly record: number | null;
}
