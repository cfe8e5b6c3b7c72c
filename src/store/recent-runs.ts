// What event runs of late have done, for limits over a sliding day.

import type { Queryable } from '../postgres/client.ts';
import { listBatches, type ValidatedCounts } from './batches.ts';

/** What a run has done, in numbers. */
export interface RunTotals {
  readonly creates: number;
  readonly deletes: number;
  /** By field: records that lost its value. */
  readonly nulls: Readonly<Record<string, number>>;
  readonly validated: number;
  readonly rejected: number;
}

export interface DeliveredRun extends RunTotals {
  /** Milliseconds since 1970: when it ended, or now. */
  readonly deliveredAt: number;
}

/**
 * Event runs on an object of the last 24 hours. A person who approved a batch has approved what led to it: nothing of
 * that run, and nothing before, counts any more.
 *
 * @param but a run that is left out
 */
export async function deliveredOfLate(
  db: Queryable,
  { object, but }: { readonly object: string; readonly but?: number },
): Promise<readonly DeliveredRun[]> {
  const { rows } = await db.query<{ no: number; at: Date | null; totals: RunTotals | null }>(
    `with late as (
       select r.no, r.ended_at, r.totals, r.gate from run r join sync s on s.no = r.sync_no
       where r.kind = 'event' and s.object = $1 and (r.ended_at is null or r.ended_at > now() - interval '24 hours')
     )
     select no, ended_at as at, totals from late
     where no is distinct from $2 and no > coalesce((select max(no) from late where gate ->> 'decision' like 'approve%'), 0)`,
    [object, but ?? null],
  );
  return Promise.all(
    rows.map(async ({ no, at, totals }) => ({
      deliveredAt: at?.getTime() ?? Date.now(),
      ...(totals ?? (await totalsOf(db, no))),
    })),
  );
}

/** Sums what a run's batches have delivered. */
export async function totalsOf(db: Queryable, runNo: number): Promise<RunTotals> {
  const nulls: Record<string, number> = {};
  const totals = { creates: 0, deletes: 0, validated: 0, rejected: 0 };
  for (const { stats, changeStats, outcomeStats } of await listBatches(db, runNo)) {
    const validated = stats['validated'] as ValidatedCounts | undefined; // written by saveBody
    totals.rejected += validated?.quarantined ?? 0;
    totals.validated += (validated?.accepted ?? 0) + (validated?.quarantined ?? 0);
    if (outcomeStats === null) continue;
    totals.creates += outcomeStats.created ?? 0;
    totals.deletes += outcomeStats.deleted ?? 0;
    for (const [field, count] of Object.entries(changeStats?.nulls ?? {})) nulls[field] = (nulls[field] ?? 0) + count;
  }
  return { ...totals, nulls };
}

/** Whether an event run of the sync has written anything yet. */
export async function hasDeliveredEvents(db: Queryable, syncNo: number): Promise<boolean> {
  const sql = `select 1 from run where sync_no = $1 and kind = 'event' and outcome = 'delivered' limit 1`;
  return (await db.query(sql, [syncNo])).rowCount === 1;
}
