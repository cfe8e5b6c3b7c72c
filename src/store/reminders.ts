// Which quarantined records have waited too long, by whom they wait for, and that it was said.

import type { Queryable } from '../postgres/client.ts';

export interface OverdueGroup {
  /** Null: the owner of the sync. */
  readonly owner: string | null;
  readonly records: number;
  readonly oldestAt: Date;
  /** The newest record that is counted: what comes later is not. */
  readonly lastId: number;
}

/** Open records of a sync that are older than that and of which nothing was said yet. */
export async function listOverdue(
  db: Queryable,
  of: { readonly syncNo: number; readonly olderThanMs: number },
): Promise<readonly OverdueGroup[]> {
  const { rows } = await db.query<OverdueGroup>(
    `select owner, count(*) as records, min(first_seen_at) as "oldestAt", max(id) as "lastId" from quarantine
     where sync_no = $1 and state = 'open' and reminded_at is null
       and first_seen_at < now() - $2 * interval '1 millisecond'
     group by owner order by owner nulls first`,
    [of.syncNo, of.olderThanMs],
  );
  return rows;
}

export async function markReminded(
  db: Queryable,
  of: { readonly syncNo: number; readonly olderThanMs: number; readonly group: OverdueGroup },
): Promise<void> {
  await db.query(
    `update quarantine set reminded_at = now() where sync_no = $1 and state = 'open' and reminded_at is null
       and owner is not distinct from $2 and id <= $3 and first_seen_at < now() - $4 * interval '1 millisecond'`,
    [of.syncNo, of.group.owner, of.group.lastId, of.olderThanMs],
  );
}
