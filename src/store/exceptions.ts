// What keeps a claim from being written as it stands: holds, judgements, reviews. And absences, which precede deletes.

import type { Queryable } from '../postgres/client.ts';

export interface Hold {
  readonly recordId: number;
  /** `*` holds the whole record. */
  readonly field: string;
  /** Canonical JSON of the value that is not to be proposed. */
  readonly value: string;
}

export async function holdsOf(db: Queryable, recordIds: readonly number[]): Promise<readonly Hold[]> {
  if (recordIds.length === 0) return [];
  const { rows } = await db.query<Hold>(
    'select record_id as "recordId", field, value from hold where record_id = any($1)',
    [recordIds],
  );
  return rows;
}

export async function saveHolds(db: Queryable, runNo: number, holds: readonly Hold[]): Promise<void> {
  await db.query(
    `insert into hold (record_id, field, value, run_no)
     select r, f, v, $1 from unnest($2::bigint[], $3::text[], $4::text[]) as wanted (r, f, v)
     on conflict (record_id, field) do update set value = excluded.value, run_no = excluded.run_no`,
    [runNo, holds.map((hold) => hold.recordId), holds.map((hold) => hold.field), holds.map((hold) => hold.value)],
  );
}

/** Lifts holds that an undo placed: the sources' values are proposed again. */
export async function liftHolds(db: Queryable, holds: readonly Pick<Hold, 'recordId' | 'field'>[]): Promise<void> {
  await db.query(
    `delete from hold h using unnest($1::bigint[], $2::text[]) as lifted (r, f) where h.record_id = r and h.field = f`,
    [holds.map((hold) => hold.recordId), holds.map((hold) => hold.field)],
  );
}

export interface Judgement {
  readonly key: string;
  readonly crmId: string;
  readonly same: boolean;
}

export async function judgementsOf(
  db: Queryable,
  syncNo: number,
  keys: readonly string[],
): Promise<readonly Judgement[]> {
  // Few syncs have any: then a list of ten thousand keys need not travel.
  const any = await db.query('select 1 from judgement where sync_no = $1 limit 1', [syncNo]);
  if (any.rowCount === 0) return [];
  const { rows } = await db.query<Judgement>(
    'select key, crm_id as "crmId", same from judgement where sync_no = $1 and key = any($2)',
    [syncNo, keys],
  );
  return rows;
}

export interface NewReview {
  readonly key: string;
  readonly reason: string;
  readonly evidence: unknown;
}

/** Opens reviews, and closes those of claims that need none any more. */
export async function saveReviews(
  db: Queryable,
  of: { readonly syncNo: number; readonly runNo: number },
  batch: { readonly open: readonly NewReview[]; readonly settled: readonly string[] },
): Promise<void> {
  const any = await db.query('select 1 from review where sync_no = $1 and decided_at is null limit 1', [of.syncNo]);
  if (any.rowCount !== 0)
    await db.query('delete from review where sync_no = $1 and key = any($2) and decided_at is null', [
      of.syncNo,
      batch.settled,
    ]);
  if (batch.open.length === 0) return;
  await db.query(
    `insert into review (sync_no, key, reason, evidence, run_no)
     select $1, k, r, e::jsonb, $2 from unnest($3::text[], $4::text[], $5::text[]) as opened (k, r, e)
     on conflict (sync_no, key) where decided_at is null
     do update set reason = excluded.reason, evidence = excluded.evidence`,
    [
      of.syncNo,
      of.runNo,
      batch.open.map((review) => review.key),
      batch.open.map((review) => review.reason),
      batch.open.map((review) => JSON.stringify(review.evidence)),
    ],
  );
}

/** Of these keys, those that an earlier complete snapshot already missed, with the run that read it. */
export async function knownAbsences(
  db: Queryable,
  syncNo: number,
  keys: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query<{ key: string; run: number }>(
    'select key, run_no as run from absence where sync_no = $1 and key = any($2)',
    [syncNo, keys],
  );
  return new Map(rows.map(({ key, run }) => [key, run]));
}

/** The ledger's keys in order, a page at a time. */
export async function absentKeys(
  db: Queryable,
  page: { readonly syncNo: number; readonly afterKey: string; readonly limit: number },
): Promise<readonly string[]> {
  const { rows } = await db.query<{ key: string }>(
    'select key from absence where sync_no = $1 and key > $2 order by key limit $3',
    [page.syncNo, page.afterKey, page.limit],
  );
  return rows.map(({ key }) => key);
}

export async function clearAbsences(db: Queryable, syncNo: number, keys: readonly string[]): Promise<void> {
  await db.query('delete from absence where sync_no = $1 and key = any($2)', [syncNo, keys]);
}

/** Whether a key is missing from the last complete snapshot and may be missing from the next. */
export async function hasAbsences(db: Queryable, syncNo: number): Promise<boolean> {
  return (await db.query('select 1 from absence where sync_no = $1 limit 1', [syncNo])).rowCount === 1;
}

/** Replaces the ledger: what the latest complete snapshot did not hold, less what has just been deleted. */
export async function beginAbsences(db: Queryable, syncNo: number): Promise<void> {
  await db.query('delete from absence where sync_no = $1', [syncNo]);
}

export async function saveAbsences(
  db: Queryable,
  of: { readonly syncNo: number; readonly runNo: number },
  keys: readonly string[],
): Promise<void> {
  await db.query(
    'insert into absence (sync_no, key, run_no) select $1, unnest($2::text[]), $3 on conflict do nothing',
    [of.syncNo, keys, of.runNo],
  );
}
