// How far each sync has come, and what is still on its way.

import type { ArrivalLag } from '../domain/arrival.ts';
import type { DeliveryFacts, PendingEvents } from '../domain/freshness.ts';
import type { Queryable } from '../postgres/client.ts';

export async function deliveryFacts(db: Queryable): Promise<readonly DeliveryFacts[]> {
  const { rows } = await db.query<DeliveryFacts>(
    `select s.name as sync, r.delivered_to as "deliveredTo",
       (select min(observed_at) from crosswalk c where c.sync_no = s.no and c.state in ('waiting', 'parked')) as "waitingSince"
     from sync s left join lateral (
       select coalesce(to_timestamp((plan ->> 'asOf')::float8 / 1000), started_at) as delivered_to
       from run where sync_no = s.no and kind in ('snapshot', 'incremental') and not dry_run and plan is not null
         and outcome in ('delivered', 'unchanged', 'rejected') order by no desc limit 1) r on true
     order by s.no`,
  );
  return rows;
}

export async function pendingEvents(db: Queryable): Promise<readonly PendingEvents[]> {
  const { rows } = await db.query<PendingEvents>(
    `select system, stream, min(received_at) as since from inbox where state <> 'done' group by system, stream`,
  );
  return rows;
}

const READS = 50;

/** How late records came in the last incremental reads of each sync. */
export async function arrivalLags(db: Queryable): Promise<ReadonlyMap<string, readonly ArrivalLag[]>> {
  const { rows } = await db.query<{ sync: string; lags: ArrivalLag[] }>(
    `select s.name as sync, array_agg(r.lag) as lags from sync s cross join lateral (
       select plan -> 'arrival' as lag from run where sync_no = s.no and kind = 'incremental' and plan ? 'arrival'
       order by no desc limit $1) r
     group by s.name`,
    [READS],
  );
  return new Map(rows.map(({ sync, lags }) => [sync, lags]));
}
