// How the store stands: what waits, and for how long. Read every quarter of a minute, so from small tables and indexes.

import type { Queryable } from '../postgres/client.ts';

export interface SyncFigures {
  readonly sync: string;
  readonly paused: boolean;
  /** Of the run that holds the sync. */
  readonly phase: string | null;
  readonly gateSeconds: number;
  /** Null before the first good run. */
  readonly sinceGoodSeconds: number | null;
  readonly quarantined: number;
  readonly reviews: number;
}

export async function syncFigures(db: Queryable): Promise<readonly SyncFigures[]> {
  const { rows } = await db.query<SyncFigures>(
    `select s.name as sync, s.paused_at is not null as paused, r.phase,
       case when r.phase = 'gate' then extract(epoch from now() - r.phase_at)::float8 else 0 end as "gateSeconds",
       extract(epoch from now() - g.ended_at)::float8 as "sinceGoodSeconds",
       (select count(*) from quarantine q where q.sync_no = s.no and q.state = 'open')::float8 as quarantined,
       (select count(*) from review v where v.sync_no = s.no and v.decided_at is null)::float8 as reviews
     from sync s left join run r on r.no = s.lease_run and r.outcome is null
       left join lateral (
         select ended_at from run where sync_no = s.no and not dry_run and outcome in ('delivered', 'unchanged')
         order by no desc limit 1) g on true
     order by s.no`,
  );
  return rows;
}

export interface InboxFigures {
  readonly system: string;
  readonly stream: string;
  readonly waiting: number;
  readonly lagSeconds: number;
}

export async function inboxFigures(db: Queryable): Promise<readonly InboxFigures[]> {
  const { rows } = await db.query<InboxFigures>(
    `select system, stream, count(*)::float8 as waiting,
       extract(epoch from now() - min(received_at))::float8 as "lagSeconds"
     from inbox where state = 'waiting' group by system, stream`,
  );
  return rows;
}

export interface StoreFigures {
  readonly bytes: number;
  readonly notificationsDue: number;
}

export async function storeFigures(db: Queryable): Promise<StoreFigures> {
  const { rows } = await db.query<StoreFigures>(
    `select pg_database_size(current_database())::float8 as bytes,
       (select count(*) from notification where sent_at is null)::float8 as "notificationsDue"`,
  );
  return rows[0] ?? { bytes: 0, notificationsDue: 0 };
}
