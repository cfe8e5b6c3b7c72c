// What is so at this moment, and somebody should know. Small answers from indexes: asked for every few seconds.

import type { Queryable } from '../postgres/client.ts';
import type { StoredError, StoredGate } from './runs.ts';

export interface RunAtGate {
  readonly sync: string;
  readonly run: string;
  readonly gate: StoredGate;
  readonly since: Date;
  readonly creates: number;
  readonly updates: number;
  readonly deletes: number;
}

function sum(name: string): string {
  return `coalesce(sum((b.change_stats ->> '${name}')::bigint), 0)::float8 as ${name}`;
}

export async function runsAtGate(db: Queryable): Promise<readonly RunAtGate[]> {
  const { rows } = await db.query<RunAtGate>(
    `select s.name as sync, r.id as run, r.gate, r.phase_at as since, ${sum('creates')}, ${sum('updates')}, ${sum('deletes')}
     from sync s join run r on r.no = s.lease_run
       left join batch b on b.run_no = r.no and b.round = (r.gate ->> 'round')::integer
     where r.phase = 'gate' and r.outcome is null and r.gate is not null
     group by s.name, r.no order by r.no`,
  );
  return rows;
}

export interface RunStopped {
  readonly sync: string;
  readonly run: string;
  readonly error: StoredError;
  readonly since: Date;
}

/** Runs that wait after an error that a person can mend. */
export async function pausedRuns(db: Queryable): Promise<readonly RunStopped[]> {
  const { rows } = await db.query<RunStopped>(
    `select s.name as sync, r.id as run, r.error, r.phase_at as since from sync s join run r on r.no = s.lease_run
     where r.phase = 'paused' and r.outcome is null and r.error is not null order by r.no`,
  );
  return rows;
}

/** Of each sync the run that ended last, where it failed. */
export async function failedLast(db: Queryable): Promise<readonly RunStopped[]> {
  const { rows } = await db.query<RunStopped>(
    `select s.name as sync, r.id as run, r.error, r.ended_at as since
     from sync s cross join lateral (
       select id, error, ended_at, outcome from run where sync_no = s.no and ended_at is not null and not dry_run
       order by no desc limit 1) r
     where r.outcome = 'failed' and r.error is not null order by s.no`,
  );
  return rows;
}

export interface PausedSync {
  readonly sync: string;
  readonly by: string;
  readonly note: string | null;
  readonly since: Date;
}

export async function pausedSyncs(db: Queryable): Promise<readonly PausedSync[]> {
  const { rows } = await db.query<PausedSync>(
    `select name as sync, coalesce(paused_by, 'somebody') as by, paused_note as note, paused_at as since
     from sync where paused_at is not null order by no`,
  );
  return rows;
}

/** Records of a sync that wait for the same thing, begun on one day. */
export interface WaitingRecords {
  readonly sync: string;
  /** `2026-03-01`, in UTC. */
  readonly day: string;
  readonly records: number;
  readonly oldest: Date;
}

/** Open reviews, by the day on which they were opened; with an age, only older ones, all under the day of the newest. */
export async function waitingReviews(db: Queryable, olderThanMs?: number): Promise<readonly WaitingRecords[]> {
  const day = `to_char(created_at at time zone 'UTC', 'YYYY-MM-DD')`;
  const { rows } = await db.query<WaitingRecords>(
    olderThanMs === undefined
      ? `select s.name as sync, ${day} as day, count(*) as records, min(created_at) as oldest
         from review v join sync s on s.no = v.sync_no where decided_at is null group by 1, 2 order by 1, 2`
      : `select s.name as sync, max(${day}) as day, count(*) as records, min(created_at) as oldest
         from review v join sync s on s.no = v.sync_no
         where decided_at is null and created_at < now() - $1 * interval '1 ms' group by 1 order by 1`,
    olderThanMs === undefined ? [] : [olderThanMs],
  );
  return rows;
}

/** Claims that have waited longer for another record, or for the CRM to be as it was. */
export async function waitingClaims(db: Queryable, olderThanMs: number): Promise<readonly WaitingRecords[]> {
  const { rows } = await db.query<WaitingRecords>(
    `select s.name as sync, max(to_char(observed_at at time zone 'UTC', 'YYYY-MM-DD')) as day, count(*) as records,
       min(observed_at) as oldest
     from crosswalk c join sync s on s.no = c.sync_no
     where c.state in ('waiting', 'parked') and observed_at < now() - $1 * interval '1 ms' group by 1 order by 1`,
    [olderThanMs],
  );
  return rows;
}
