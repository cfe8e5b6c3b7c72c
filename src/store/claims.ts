// The crosswalk and the records: which source key belongs to which CRM record, with the claim last accepted.

import type { ChangeRef, ClaimOutcome, FieldVersions, SourcedClaim } from '../domain/claims.ts';
import type { Fields, Operation } from '../domain/values.ts';
import type { Client, Queryable } from '../postgres/client.ts';
import { tableParts } from './table-parts.ts';

export interface StoredClaim extends SourcedClaim {
  readonly syncNo: number;
  readonly keyHash: bigint;
  readonly recordId: number | null;
  readonly state: ClaimOutcome;
  readonly reason: string | null;
  readonly tries: number;
}

interface ClaimRow {
  sync_no: number;
  sync: string;
  source: string;
  key: string;
  key_hash: string;
  record_id: number | null;
  operation: Operation;
  state: ClaimOutcome;
  reason: string | null;
  tries: number;
  version: string | null;
  read: number;
  position: number;
  observed_at: Date;
  claim: string;
  versions: string | null;
}

const SELECT = `select c.sync_no, s.name as sync, s.connection as source, c.key, c.key_hash::text, c.record_id, c.operation,
  c.state, c.reason, c.tries, c.version, c.read, c.position, c.observed_at, c.claim, c.versions
  from crosswalk c join sync s on s.no = c.sync_no`;

function toClaim(row: ClaimRow): StoredClaim {
  return {
    syncNo: row.sync_no,
    sync: row.sync,
    source: row.source,
    key: row.key,
    keyHash: BigInt.asUintN(64, BigInt(row.key_hash)),
    recordId: row.record_id,
    operation: row.operation,
    state: row.state,
    reason: row.reason,
    tries: row.tries,
    version: { source: row.version, read: row.read, position: row.position },
    observedAt: row.observed_at.getTime(),
    fields: JSON.parse(row.claim) as Fields, // written by us, as canonical JSON of Fields
    ...(row.versions === null ? {} : { versions: JSON.parse(row.versions) as FieldVersions }), // written by us too
  };
}

export async function claimsByKey(
  db: Queryable,
  syncNo: number,
  keys: readonly string[],
): Promise<ReadonlyMap<string, StoredClaim>> {
  const { rows } = await db.query<ClaimRow>(`${SELECT} where c.sync_no = $1 and c.key = any($2)`, [syncNo, keys]);
  return new Map(rows.map((row) => [row.key, toClaim(row)]));
}

/** The keys that have a stored claim, with how often it was refused because the CRM had changed. */
export async function triesByKey(
  db: Queryable,
  syncNo: number,
  keys: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query<{ key: string; tries: number }>(
    'select key, tries from crosswalk where sync_no = $1 and key = any($2)',
    [syncNo, keys],
  );
  return new Map(rows.map((row) => [row.key, row.tries]));
}

/** Every claim on these records, of all syncs. */
export async function claimsOfRecords(db: Queryable, recordIds: readonly number[]): Promise<readonly StoredClaim[]> {
  if (recordIds.length === 0) return [];
  const { rows } = await db.query<ClaimRow>(`${SELECT} where c.record_id = any($1) order by c.sync_no, c.key`, [
    recordIds,
  ]);
  return rows.map(toClaim);
}

/**
 * Stored claims that wait for something and may be merged now, by key, a page at a time. Parked ones only where asked
 * for, and only those that were parked by an earlier read.
 */
export async function dueClaims(
  db: Queryable,
  page: {
    readonly syncNo: number;
    readonly afterKey: string;
    readonly limit: number;
    readonly parked: boolean;
    readonly beforeRead: number;
  },
): Promise<readonly StoredClaim[]> {
  const { rows } = await db.query<ClaimRow>(
    `${SELECT} where c.sync_no = $1 and c.key > $2 and (c.state = 'waiting' or ($4 and c.state = 'parked' and c.read < $5))
     order by c.key limit $3`,
    [page.syncNo, page.afterKey, page.limit, page.parked, page.beforeRead],
  );
  return rows.map(toClaim);
}

/** Stored claims of a sync that are not ends, by key, a page at a time. */
export async function pageClaims(
  db: Queryable,
  page: { readonly syncNo: number; readonly afterKey: string; readonly limit: number },
): Promise<readonly StoredClaim[]> {
  const { rows } = await db.query<ClaimRow>(
    `${SELECT} where c.sync_no = $1 and c.key > $2 and c.operation = 'upsert' order by c.key limit $3`,
    [page.syncNo, page.afterKey, page.limit],
  );
  return rows.map(toClaim);
}

export interface LiveKey {
  readonly key: string;
  readonly keyHash: bigint;
  /** The source's version of the claim. */
  readonly version: string | null;
  readonly read: number;
  /** The claim was first durable in a run that read a snapshot. */
  readonly bySnapshot: boolean;
  readonly observedAt: number;
}

/** Live keys of a sync, a page at a time: what a complete snapshot should hold. */
export async function liveKeys(
  db: Queryable,
  page: { readonly syncNo: number; readonly afterKey: string; readonly limit: number; readonly beforeRead: number },
): Promise<readonly LiveKey[]> {
  const { rows } = await db.query<Omit<LiveKey, 'keyHash' | 'observedAt'> & { key_hash: string; observed_at: Date }>(
    `select c.key, c.key_hash::text, c.version, c.read, c.observed_at, coalesce(r.kind = 'snapshot' and c.position < 2::bigint ^ 51, false) as "bySnapshot"
     from crosswalk c left join run r on r.no = c.read
     where c.sync_no = $1 and c.key > $2 and c.operation = 'upsert' and c.read < $4 order by c.key limit $3`,
    [page.syncNo, page.afterKey, page.limit, page.beforeRead],
  );
  return rows.map(({ key_hash: hash, observed_at: observedAt, ...row }) => ({
    ...row,
    keyHash: BigInt.asUintN(64, BigInt(hash)),
    observedAt: observedAt.getTime(),
  }));
}

/**
 * Live crosswalk rows of an object: the denominator of the gate.
 *
 * @param enough so many are as good as all: counting stops there
 */
export async function countLive(
  db: Queryable,
  { object, enough }: { readonly object: string; readonly enough: number },
  progress: (counted: number) => void = () => {},
): Promise<number> {
  if (enough === 0) return 0;
  let count = 0;
  for (const { from, to } of await tableParts(db, 'crosswalk')) {
    const { rows } = await db.query<{ count: number }>(
      `select count(*) from (
         select 1 from crosswalk c join sync s on s.no = c.sync_no
         where c.ctid >= $2::tid and c.ctid < $3::tid and s.object = $1 and c.operation = 'upsert'
           and c.record_id is not null limit $4) as live`,
      [object, from, to, enough === Infinity ? null : enough - count],
    );
    count += rows[0]?.count ?? 0;
    progress(count);
    if (count >= enough) break;
  }
  return count;
}

/** `merged`: into another record of the CRM, to which its claims went. */
export type RecordState = 'live' | 'deactivated' | 'deleted' | 'suppressed' | 'merged';

export interface RecordRow {
  readonly id: number;
  readonly crmId: string;
  readonly state: RecordState;
  readonly revision: number;
  readonly base: Fields;
  readonly change: ChangeRef | null;
}

export interface RawRecordRow {
  id: number;
  crm_id: string;
  state: RecordState;
  revision: number;
  base: string;
  change_run: number | null;
  change_round: number | null;
  change_batch: number | null;
}

const RECORD = 'select id, crm_id, state, revision, base, change_run, change_round, change_batch from record';

export function toRecord(row: RawRecordRow): RecordRow {
  const { change_run: run, change_round: round, change_batch: batch } = row;
  return {
    id: row.id,
    crmId: row.crm_id,
    state: row.state,
    revision: row.revision,
    base: JSON.parse(row.base) as Fields, // written by us, as canonical JSON of Fields
    change: run === null || round === null || batch === null ? null : { run, round, batch },
  };
}

export async function recordsById(db: Queryable, ids: readonly number[]): Promise<ReadonlyMap<number, RecordRow>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.query<RawRecordRow>(`${RECORD} where id = any($1)`, [ids]);
  return new Map(rows.map((row) => [row.id, toRecord(row)]));
}

/** The same, locked in id order for the rest of the transaction: one writer for each CRM record. */
export async function lockRecords(db: Queryable, ids: readonly number[]): Promise<ReadonlyMap<number, RecordRow>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.query<RawRecordRow>(`${RECORD} where id = any($1) order by id for update`, [ids]);
  return new Map(rows.map((row) => [row.id, toRecord(row)]));
}

/** Rows for CRM records that have none, in one order for everybody. @returns by CRM id, those that are new here */
export async function meetNewRecords(
  client: Client,
  object: string,
  crmIds: readonly string[],
): Promise<ReadonlyMap<string, RecordRow>> {
  if (crmIds.length === 0) return new Map();
  const { rows } = await client.query<RawRecordRow>(
    `insert into record (object, crm_id, base) select $1, id, '{}' from unnest($2::text[]) as met (id)
     on conflict (object, crm_id) do nothing
     returning id, crm_id, state, revision, base, change_run, change_round, change_batch`,
    [object, crmIds.toSorted()],
  );
  return new Map(rows.map((row) => [row.crm_id, toRecord(row)]));
}

export async function recordsByCrmId(
  db: Queryable,
  object: string,
  crmIds: readonly string[],
): Promise<ReadonlyMap<string, RecordRow>> {
  if (crmIds.length === 0) return new Map();
  const { rows } = await db.query<RawRecordRow>(`${RECORD} where object = $1 and crm_id = any($2)`, [object, crmIds]);
  return new Map(rows.map((row) => [row.crm_id, toRecord(row)]));
}

/** All claims of a record go to another one, into which the CRM has merged it. */
export async function moveClaims(
  client: Client,
  moves: readonly { readonly from: number; readonly to: number }[],
): Promise<void> {
  const pairs = [moves.map(({ from }) => from), moves.map(({ to }) => to)];
  const moved = 'unnest($1::bigint[], $2::bigint[]) as moved (left_id, kept_id)';
  await client.query(`update crosswalk set record_id = kept_id from ${moved} where record_id = left_id`, pairs);
  await client.query(
    `update record set revision = revision + 1, state = case when id = any($1) then 'merged' else state end
     where id = any($1) or id = any($2)`,
    pairs,
  );
}

/** Syncs with claims that wait for something. */
export async function syncsThatWait(db: Queryable): Promise<readonly { readonly no: number; readonly name: string }[]> {
  const { rows } = await db.query<{ no: number; name: string }>(
    `select no, name from sync where exists (select 1 from crosswalk c where c.sync_no = sync.no and c.state = 'waiting')`,
  );
  return rows;
}
