// Reviews: what only a person can say, and what people have said. Decided ones are kept.

import type { ReviewEvidence } from '../domain/reviews.ts';
import type { Client, Queryable } from '../postgres/client.ts';

export interface ReviewRow {
  readonly id: number;
  readonly sync: string;
  readonly syncNo: number;
  readonly object: string;
  readonly key: string;
  readonly reason: string;
  readonly evidence: ReviewEvidence;
  readonly run: string;
  readonly createdAt: Date;
  readonly decidedAt: Date | null;
  readonly decidedBy: string | null;
  readonly decision: string | null;
  readonly why: string | null;
}

export interface ReviewFilter {
  readonly sync?: string;
  readonly object?: string;
  readonly key?: string;
  /** With a conflict on this field. */
  readonly field?: string;
  readonly olderThanMs?: number;
}

const COLUMNS = `v.id, s.name as sync, v.sync_no as "syncNo", s.object, v.key, v.reason, v.evidence, r.id as run,
  v.created_at as "createdAt", v.decided_at as "decidedAt", v.decided_by as "decidedBy", v.decision, v.why`;
const FROM = 'from review v join sync s on s.no = v.sync_no join run r on r.no = v.run_no';

/** Open reviews, oldest first; or decided ones, newest first. */
export async function listReviews(
  db: Queryable,
  {
    sync,
    object,
    key,
    field,
    olderThanMs,
    ...page
  }: ReviewFilter & { readonly decided: boolean; readonly limit: number },
): Promise<readonly ReviewRow[]> {
  const { rows } = await db.query<ReviewRow>(
    `select ${COLUMNS} ${FROM}
     where (v.decided_at is not null) = $1 and ($2::text is null or s.name = $2) and ($3::text is null or s.object = $3)
       and ($4::text is null or v.key = $4) and ($5::text is null or v.evidence -> 'conflicts' ? $5)
       and ($6::bigint is null or v.created_at < now() - $6 * interval '1 ms')
     order by ${page.decided ? 'v.decided_at desc, v.id desc' : 'v.id'} limit $7`,
    [page.decided, sync ?? null, object ?? null, key ?? null, field ?? null, olderThanMs ?? null, page.limit],
  );
  return rows;
}

/** Open reviews by sync. */
export async function countReviews(db: Queryable): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query<{ sync: string; count: number }>(
    'select s.name as sync, count(*) from review v join sync s on s.no = v.sync_no where v.decided_at is null group by 1',
  );
  return new Map(rows.map(({ sync, count }) => [sync, count]));
}

export async function findReview(db: Queryable, id: number): Promise<ReviewRow | undefined> {
  return (await db.query<ReviewRow>(`select ${COLUMNS} ${FROM} where v.id = $1`, [id])).rows[0];
}

/** The open review of a source key. */
export async function openReviewOf(
  db: Queryable,
  { syncNo, key }: { readonly syncNo: number; readonly key: string },
): Promise<ReviewRow | undefined> {
  const where = 'where v.sync_no = $1 and v.key = $2 and v.decided_at is null';
  return (await db.query<ReviewRow>(`select ${COLUMNS} ${FROM} ${where}`, [syncNo, key])).rows[0];
}

/** Who decided, and why. */
export interface Steward {
  readonly by: string;
  readonly why: string | null;
}

/** @returns false when somebody, or a run, was quicker */
export async function closeReview(
  client: Client,
  id: number,
  { by, why, decision }: Steward & { readonly decision: unknown },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update review set decided_at = now(), decided_by = $2, decision = $3, why = $4 where id = $1 and decided_at is null`,
    [id, by, JSON.stringify(decision), why],
  );
  return rowCount === 1;
}

/** Of these keys, those with a review that was decided since the run began. */
export async function decidedSince(
  db: Queryable,
  run: { readonly syncNo: number; readonly runNo: number },
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ key: string }>(
    `select v.key from review v where v.sync_no = $1 and v.key = any($2)
       and v.decided_at >= (select started_at from run where no = $3)`,
    [run.syncNo, keys, run.runNo],
  );
  return new Set(rows.map(({ key }) => key));
}
