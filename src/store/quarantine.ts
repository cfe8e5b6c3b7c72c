// The quarantine: records that failed, replayable. One row for each (sync, key); an older version never overtakes.

import type { Rejected } from '../domain/claims.ts';
import type { Violation } from '../domain/values.ts';
import { type Client, copyRows, type Queryable } from '../postgres/client.ts';

export interface QuarantineRow {
  readonly id: number;
  readonly sync: string;
  readonly syncNo: number;
  /** The source key; where it is unreadable, the fingerprint. */
  readonly identity: string;
  readonly key: string | null;
  readonly fingerprint: bigint;
  readonly keyHash: bigint;
  readonly encoding: 'record' | 'raw';
  readonly record: string;
  readonly position: number;
  readonly violations: readonly Violation[];
  readonly state: 'open' | 'resolved';
  readonly resolution: 'accepted' | 'gone' | 'filtered' | null;
  /** Null: the owner of the sync. */
  readonly owner: string | null;
  readonly run: string;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
}

export interface QuarantinedRecord extends Rejected {
  /** The read that its position belongs to. Absent: this run's. */
  readonly read?: number | undefined;
  readonly fingerprint: bigint;
  readonly keyHash: bigint;
}

const STAGED = `identity text, key text, version text, read bigint, position bigint, fingerprint bigint, key_hash bigint,
  encoding text, record text, violations jsonb`;

/** Adds or refreshes the records of one batch. Running it twice changes nothing. */
export async function saveQuarantined(
  client: Client,
  of: { readonly syncNo: number; readonly runNo: number },
  records: readonly QuarantinedRecord[],
): Promise<void> {
  if (records.length === 0) return;
  await client.query(`create temporary table quarantined (${STAGED}) on commit drop`);
  const columns = STAGED.split(',').map((column) => column.trim().split(' ')[0] ?? '');
  await copyRows(client, { table: 'quarantined', columns }, records.map(toStaged));
  await client.query(
    `insert into quarantine (sync_no, identity, key, version, read, position, fingerprint, key_hash, encoding, record,
       violations, first_run, last_run)
     select distinct on (identity) $1, identity, key, version, coalesce(read, $2), position, fingerprint, key_hash, encoding, record,
       violations, $2, $2
     from quarantined order by identity, read desc nulls last, position desc
     on conflict (sync_no, identity) do update set
       version = excluded.version, read = excluded.read, position = excluded.position,
       fingerprint = excluded.fingerprint, encoding = excluded.encoding, record = excluded.record,
       violations = excluded.violations, last_run = excluded.last_run, last_seen_at = now(),
       first_run = case when quarantine.state = 'open' then quarantine.first_run else excluded.first_run end,
       first_seen_at = case when quarantine.state = 'open' then quarantine.first_seen_at else now() end,
       reminded_at = case when quarantine.state = 'open' then quarantine.reminded_at end,
       state = 'open', resolution = null, resolved_at = null
     where (quarantine.read, quarantine.position) <= (excluded.read, excluded.position)`,
    [of.syncNo, of.runNo],
  );
}

function toStaged(record: QuarantinedRecord): readonly (string | number | bigint | null)[] {
  return [
    identityOf(record.key, record.fingerprint),
    record.key,
    record.version,
    record.read ?? null,
    record.position,
    BigInt.asIntN(64, record.fingerprint),
    BigInt.asIntN(64, record.keyHash),
    record.encoding,
    record.record.replaceAll('\u0000', '\\u0000'), // PostgreSQL text cannot hold U+0000
    JSON.stringify(record.violations).replaceAll('\\u0000', '\\\\u0000'),
  ];
}

/** What tells a quarantined record from the others of its sync. */
export function identityOf(key: string | null, fingerprint: bigint): string {
  return key ?? `fingerprint:${fingerprint.toString(16)}`;
}

/** Records that a run read again, unchanged and bad as before. */
export async function touchQuarantined(
  db: Queryable,
  of: { readonly syncNo: number; readonly runNo: number },
  keyHashes: readonly bigint[],
): Promise<void> {
  if (keyHashes.length === 0) return;
  await db.query(
    `update quarantine set last_run = $2, last_seen_at = now()
     where sync_no = $1 and state = 'open' and key_hash = any($3::bigint[])`,
    [of.syncNo, of.runNo, keyHashes.map((hash) => BigInt.asIntN(64, hash).toString())],
  );
}

/** Records that a run has quarantined and that are still open, by id. */
export async function stillQuarantined(
  db: Queryable,
  { syncNo, runNo, limit }: { readonly syncNo: number; readonly runNo: number; readonly limit: number },
): Promise<readonly number[]> {
  const { rows } = await db.query<{ id: number }>(
    `select id from quarantine where sync_no = $1 and state = 'open' and first_run <= $2 and last_run >= $2
     order by id limit $3`,
    [syncNo, runNo, limit],
  );
  return rows.map(({ id }) => id);
}

/** The stream leaves these records out now: there is nothing to mend. */
export async function resolveFiltered(db: Queryable, syncNo: number, identities: readonly string[]): Promise<void> {
  if (identities.length === 0) return;
  await db.query(
    `update quarantine set state = 'resolved', resolution = 'filtered', resolved_at = now()
     where sync_no = $1 and state = 'open' and identity = any($2)`,
    [syncNo, identities],
  );
}

/** A complete snapshot has ended: the records that it did not hold are no longer there to be mended. */
export async function resolveGone(
  db: Queryable,
  of: { readonly syncNo: number; readonly runNo: number },
): Promise<void> {
  await db.query(
    `update quarantine set state = 'resolved', resolution = 'gone', resolved_at = now()
     where sync_no = $1 and state = 'open' and last_run < $2`,
    [of.syncNo, of.runNo],
  );
}

const SELECT = `select q.id, s.name as sync, q.sync_no as "syncNo", q.identity, q.key, q.fingerprint::text,
  q.key_hash::text as "keyHash", q.encoding, q.record, q.position, q.violations, q.state, q.resolution, q.owner,
  r.id as run, q.first_seen_at as "firstSeenAt", q.last_seen_at as "lastSeenAt"
  from quarantine q join sync s on s.no = q.sync_no join run r on r.no = q.last_run`;

type Stored = Omit<QuarantineRow, 'fingerprint' | 'keyHash'> & Readonly<Record<'fingerprint' | 'keyHash', string>>;

async function select(db: Queryable, rest: string, values: readonly unknown[]): Promise<readonly QuarantineRow[]> {
  const { rows } = await db.query<Stored>(`${SELECT} ${rest}`, [...values]);
  return rows.map((row) => ({ ...row, fingerprint: unsigned(row.fingerprint), keyHash: unsigned(row.keyHash) }));
}

function unsigned(text: string): bigint {
  return BigInt.asUintN(64, BigInt(text));
}

/** Which open records; what is left out does not matter. */
export interface QuarantineFilter {
  readonly ids?: readonly number[] | undefined;
  readonly sync?: string | undefined;
  readonly run?: string | undefined;
  /** Broke this rule, perhaps among others. */
  readonly rule?: string | undefined;
  /** Has a violation of this field. */
  readonly field?: string | undefined;
  readonly key?: string | undefined;
  readonly owner?: string | undefined;
  /** First seen longer ago than this. */
  readonly olderThanMs?: number | undefined;
}

const MATCHES = `q.state = 'open' and ($1::bigint[] is null or q.id = any($1)) and ($2::text is null or s.name = $2)
  and ($3::text is null or r.id = $3)
  and ($4::text is null or q.violations @> jsonb_build_array(jsonb_build_object('rule', $4::text)))
  and ($5::text is null or q.violations @> jsonb_build_array(jsonb_build_object('field', $5::text)))
  and ($6::text is null or q.key = $6) and ($7::text is null or q.owner = $7)
  and ($8::bigint is null or q.first_seen_at < now() - $8 * interval '1 millisecond')`;

function valuesOf(filter: QuarantineFilter): readonly unknown[] {
  const { ids, sync, run, rule, field, key, owner, olderThanMs } = filter;
  return [
    ids ?? null,
    sync ?? null,
    run ?? null,
    rule ?? null,
    field ?? null,
    key ?? null,
    owner ?? null,
    olderThanMs ?? null,
  ];
}

/** Open records, oldest first, from after an id on. */
export async function listQuarantined(
  db: Queryable,
  filter: QuarantineFilter & { readonly afterId?: number; readonly limit: number },
): Promise<readonly QuarantineRow[]> {
  const page = [filter.afterId ?? 0, filter.limit];
  return select(db, `where ${MATCHES} and q.id > $9 order by q.id limit $10`, [...valuesOf(filter), ...page]);
}

/** Open records of a filter by sync, rule and field, the most frequent first. A record counts once for each violation. */
export async function countByRule(
  db: Queryable,
  filter: QuarantineFilter,
): Promise<
  readonly { readonly sync: string; readonly rule: string; readonly field: string | null; readonly records: number }[]
> {
  const { rows } = await db.query<{ sync: string; rule: string; field: string | null; records: number }>(
    `select s.name as sync, v ->> 'rule' as rule, v ->> 'field' as field, count(distinct q.id) as records
     from quarantine q join sync s on s.no = q.sync_no join run r on r.no = q.last_run,
       jsonb_array_elements(q.violations) v
     where ${MATCHES} group by 1, 2, 3 order by 4 desc, 1, 2, 3`,
    [...valuesOf(filter)],
  );
  return rows;
}

export async function countQuarantined(db: Queryable): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query<{ sync: string; count: number }>(
    `select s.name as sync, count(*) from quarantine q join sync s on s.no = q.sync_no where q.state = 'open' group by 1`,
  );
  return new Map(rows.map((row) => [row.sync, row.count]));
}

export async function findQuarantined(db: Queryable, id: number): Promise<QuarantineRow | undefined> {
  return (await select(db, 'where q.id = $1', [id]))[0];
}

/** @returns how many records have a new owner; null takes the owner of the sync back */
export async function assignQuarantined(db: Queryable, ids: readonly number[], owner: string | null): Promise<number> {
  const { rowCount } = await db.query(`update quarantine set owner = $2 where id = any($1) and state = 'open'`, [
    ids,
    owner,
  ]);
  return rowCount ?? 0;
}
