// What runs of late have done, for limits over a sliding day.

import type { Queryable } from '../postgres/client.ts';

export interface DeliveredRun {
  /** Milliseconds since 1970, of its last batch. */
  readonly deliveredAt: number;
  readonly creates: number;
  readonly deletes: number;
  /** By field: records that lost its value. */
  readonly nulls: Readonly<Record<string, number>>;
  readonly validated: number;
  readonly rejected: number;
}

/** Runs of events on an object that delivered something in the last 24 hours, but for the one that asks. */
export async function deliveredOfLate(
  db: Queryable,
  { object, runNo }: { readonly object: string; readonly runNo: number },
): Promise<readonly DeliveredRun[]> {
  const { rows } = await db.query<{ at: Date } & Omit<DeliveredRun, 'deliveredAt' | 'nulls'> & { nulls: NullCounts }>(
    `select max(b.delivered_at) as at,
       coalesce(sum((b.outcome_stats ->> 'created')::integer), 0)::float8 as creates,
       coalesce(sum((b.outcome_stats ->> 'deleted')::integer), 0)::float8 as deletes,
       coalesce(sum((b.stats #>> '{validated,quarantined}')::integer), 0)::float8 as rejected,
       coalesce(sum((b.stats #>> '{validated,quarantined}')::integer + (b.stats #>> '{validated,accepted}')::integer), 0)::float8
         as validated,
       jsonb_agg(b.change_stats -> 'nulls') as nulls
     from run r join sync s on s.no = r.sync_no join batch b on b.run_no = r.no
     where s.object = $1 and r.no <> $2 and r.trigger in ('event', 'webhook')
       and b.delivered_at > now() - interval '24 hours'
     group by r.no`,
    [object, runNo],
  );
  return rows.map(({ at, nulls, ...counts }) => ({ ...counts, deliveredAt: at.getTime(), nulls: addAll(nulls) }));
}

type NullCounts = readonly (Readonly<Record<string, number>> | null)[];

function addAll(counts: NullCounts): Readonly<Record<string, number>> {
  const sum: Record<string, number> = {};
  for (const one of counts) {
    for (const [field, count] of Object.entries(one ?? {})) sum[field] = (sum[field] ?? 0) + count;
  }
  return sum;
}
