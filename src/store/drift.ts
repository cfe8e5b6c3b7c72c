// What reconciling asks the store, next to claims and records.

import type { ClaimOutcome } from '../domain/claims.ts';
import type { Queryable } from '../postgres/client.ts';

/** Of these CRM ids, those of records that some source speaks of and that are not ended. */
export async function knownCrmIds(
  db: Queryable,
  object: string,
  crmIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ id: string }>(
    `select crm_id as id from record where object = $1 and crm_id = any($2) and state in ('live', 'deactivated')`,
    [object, crmIds],
  );
  return new Set(rows.map((row) => row.id));
}

/** How many of a sync's live claims have not come to the CRM, by the state that they wait in. */
export async function countUndelivered(
  db: Queryable,
  syncNo: number,
): Promise<Readonly<Partial<Record<ClaimOutcome, number>>>> {
  const { rows } = await db.query<{ state: ClaimOutcome; count: number }>(
    `select state, count(*) from crosswalk where sync_no = $1 and operation = 'upsert'
       and state in ('waiting', 'review', 'parked', 'held') group by state order by state`,
    [syncNo],
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}
