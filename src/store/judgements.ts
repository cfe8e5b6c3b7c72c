// Judgements: whether a source key means a CRM record or not, as people said. They outlive runs and outrank rules.

import type { Client, Queryable } from '../postgres/client.ts';
import type { Steward } from './reviews.ts';

export interface JudgementRow {
  readonly sync: string;
  readonly key: string;
  readonly object: string;
  readonly crmId: string;
  readonly same: boolean;
  readonly by: string;
  readonly why: string | null;
  readonly createdAt: Date;
}

export interface Judged {
  readonly syncNo: number;
  readonly object: string;
  readonly key: string;
}

/** A key means one CRM record: a new `same` takes the place of another one. The latest word on a CRM record counts. */
export async function saveJudgements(
  client: Client,
  of: Judged,
  {
    words,
    steward,
  }: { readonly words: readonly { readonly crmId: string; readonly same: boolean }[]; readonly steward: Steward },
): Promise<void> {
  if (words.some(({ same }) => same))
    await client.query('delete from judgement where sync_no = $1 and key = $2 and same', [of.syncNo, of.key]);
  await client.query(
    `insert into judgement (sync_no, key, object, crm_id, same, by, note)
     select $1, $2, $3, c, s, $6, $7 from unnest($4::text[], $5::boolean[]) as said (c, s)
     on conflict (sync_no, key, crm_id) do update set same = excluded.same, by = excluded.by, note = excluded.note,
       created_at = now()`,
    [
      of.syncNo,
      of.key,
      of.object,
      words.map(({ crmId }) => crmId),
      words.map(({ same }) => same),
      steward.by,
      steward.why,
    ],
  );
}

export interface JudgementFilter {
  readonly sync?: string;
  readonly key?: string;
  readonly object?: string;
  readonly crmId?: string;
}

/** Newest first. */
export async function listJudgements(
  db: Queryable,
  { sync, key, object, crmId, limit }: JudgementFilter & { readonly limit: number },
): Promise<readonly JudgementRow[]> {
  const { rows } = await db.query<JudgementRow>(
    `select s.name as sync, j.key, j.object, j.crm_id as "crmId", j.same, j.by, j.note as why, j.created_at as "createdAt"
     from judgement j join sync s on s.no = j.sync_no
     where ($1::text is null or s.name = $1) and ($2::text is null or j.key = $2) and ($3::text is null or j.object = $3)
       and ($4::text is null or j.crm_id = $4)
     order by j.created_at desc, j.sync_no, j.key, j.crm_id limit $5`,
    [sync ?? null, key ?? null, object ?? null, crmId ?? null, limit],
  );
  return rows;
}

/** Takes words back: of a key all of them, or those on one CRM record. @returns how many there were */
export async function removeJudgements(
  client: Client,
  { syncNo, key }: Pick<Judged, 'syncNo' | 'key'>,
  crmId: string | null,
): Promise<number> {
  const { rowCount } = await client.query(
    'delete from judgement where sync_no = $1 and key = $2 and ($3::text is null or crm_id = $3)',
    [syncNo, key, crmId],
  );
  return rowCount ?? 0;
}
