// Profiles of batches and runs: what reads looked like.

import type { Queryable } from '../postgres/client.ts';
import type { Unexpected } from '../profile/expect.ts';
import type { Profile } from '../profile/profile.ts';

/** The batches of a run, one after the other: each is small, but there may be many. */
export async function* batchProfiles(db: Queryable, runNo: number): AsyncGenerator<Profile> {
  const PAGE = 100;
  for (let from = -1; ;) {
    const { rows } = await db.query<{ n: number; profile: Profile }>(
      `select n, profile from batch where run_no = $1 and round = 0 and n > $2 and profile is not null
       order by n limit ${PAGE}`,
      [runNo, from],
    );
    for (const { profile } of rows) yield profile;
    if (rows.length < PAGE) return;
    from = rows.at(-1)?.n ?? from;
  }
}

/** How many records the last snapshots of a sync had that came to an end, newest first. */
export async function earlierReads(db: Queryable, syncNo: number, limit: number): Promise<readonly number[]> {
  const { rows } = await db.query<{ read: number }>(
    `select (counts ->> 'read')::bigint as read from run where sync_no = $1 and kind = 'snapshot' and not dry_run
       and outcome in ('delivered', 'unchanged') and plan ->> 'idle' is distinct from 'true' order by no desc limit $2`,
    [syncNo, limit],
  );
  return rows.map(({ read }) => read);
}

/** The profile of the last snapshot that came to an end; null before the first. */
export async function loadBaseline(db: Queryable, syncNo: number): Promise<Profile | null> {
  const { rows } = await db.query<{ profile: Profile }>(
    `select profile from run where sync_no = $1 and profile is not null and not dry_run
       and outcome in ('delivered', 'unchanged') order by no desc limit 1`,
    [syncNo],
  );
  return rows[0]?.profile ?? null;
}

export async function saveFindings(
  db: Queryable,
  runNo: number,
  { profile, unexpected }: { readonly profile: Profile; readonly unexpected: Unexpected },
): Promise<void> {
  await db.query('update run set profile = $2, unexpected = $3 where no = $1', [
    runNo,
    JSON.stringify(profile),
    JSON.stringify(unexpected),
  ]);
}

export async function loadUnexpected(db: Queryable, runNo: number): Promise<Unexpected> {
  const { rows } = await db.query<{ unexpected: Unexpected | null }>('select unexpected from run where no = $1', [
    runNo,
  ]);
  return rows[0]?.unexpected ?? { waits: [], notes: [] };
}
