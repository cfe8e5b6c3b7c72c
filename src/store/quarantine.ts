// The quarantine: records that failed, replayable. One row for each (sync, key); an older version never overtakes.

import type { Rejected } from '../domain/claims.ts';
import type { Violation } from '../domain/values.ts';
import { type Client, copyRows, type Queryable } from '../postgres/client.ts';

export interface QuarantineRow {
  readonly id: number;
  readonly sync: string;
  readonly key: string | null;
  readonly encoding: 'record' | 'raw';
  readonly record: string;
  readonly position: number;
  readonly violations: readonly Violation[];
  readonly state: 'open' | 'resolved';
  readonly run: string;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
}

export interface QuarantinedRecord extends Rejected {
  readonly fingerprint: bigint;
  readonly keyHash: bigint;
}

const STAGED = `identity text, key text, version text, position bigint, fingerprint bigint, key_hash bigint, encoding text,
  record text, violations jsonb`;

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
     select distinct on (identity) $1, identity, key, version, $2, position, fingerprint, key_hash, encoding, record,
       violations, $2, $2
     from quarantined order by identity, position desc
     on conflict (sync_no, identity) do update set
       version = excluded.version, read = excluded.read, position = excluded.position,
       fingerprint = excluded.fingerprint, encoding = excluded.encoding, record = excluded.record,
       violations = excluded.violations, state = 'open', last_run = excluded.last_run, last_seen_at = now()
     where (quarantine.read, quarantine.position) <= (excluded.read, excluded.position)`,
    [of.syncNo, of.runNo],
  );
}

function toStaged(record: QuarantinedRecord): readonly (string | number | bigint | null)[] {
  return [
    record.key ?? `fingerprint:${record.fingerprint.toString(16)}`,
    record.key,
    record.version,
    record.position,
    BigInt.asIntN(64, record.fingerprint),
    BigInt.asIntN(64, record.keyHash),
    record.encoding,
    record.record.replaceAll('\u0000', '\\u0000'), // PostgreSQL text cannot hold U+0000
    JSON.stringify(record.violations).replaceAll('\\u0000', '\\\\u0000'),
  ];
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

const SELECT = `select q.id, s.name as sync, q.key, q.encoding, q.record, q.position, q.violations, q.state, r.id as run,
  q.first_seen_at as "firstSeenAt", q.last_seen_at as "lastSeenAt"
  from quarantine q join sync s on s.no = q.sync_no join run r on r.no = q.last_run`;

export interface QuarantineFilter {
  readonly sync?: string | undefined;
  readonly run?: string | undefined;
  readonly limit: number;
}

/** Open records, oldest first. */
export async function listQuarantined(db: Queryable, filter: QuarantineFilter): Promise<readonly QuarantineRow[]> {
  const { rows } = await db.query<QuarantineRow>(
    `${SELECT} where q.state = 'open' and ($1::text is null or s.name = $1) and ($2::text is null or r.id = $2)
     order by q.id limit $3`,
    [filter.sync ?? null, filter.run ?? null, filter.limit],
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
  return (await db.query<QuarantineRow>(`${SELECT} where q.id = $1`, [id])).rows[0];
}

/** Open records for a replay, by id, a page at a time. `ids` null: all of the sync. */
export async function pageQuarantined(
  db: Queryable,
  page: {
    readonly syncNo: number;
    readonly ids: readonly number[] | null;
    readonly afterId: number;
    readonly limit: number;
  },
): Promise<readonly QuarantineRow[]> {
  const { rows } = await db.query<QuarantineRow>(
    `${SELECT} where q.sync_no = $1 and q.state = 'open' and ($2::bigint[] is null or q.id = any($2)) and q.id > $3
     order by q.id limit $4`,
    [page.syncNo, page.ids, page.afterId, page.limit],
  );
  return rows;
}
