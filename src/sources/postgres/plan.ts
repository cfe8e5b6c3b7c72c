// Planning: what is read (everything, or what has changed), up to which time, and where the next read goes on.

import type { StreamDefinition, TableRead } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import type { Backfill } from '../../domain/run.ts';
import { quoteIdentifier, type Queryable } from '../../postgres/client.ts';
import { type Description, tableOf } from './describe.ts';
import { boundType, relationOf } from './statements.ts';
import type { TablePlan } from './state.ts';

/** What was found before, and is asked for now. */
export interface Wish {
  /** The last read's plan, where its records were made by the same reader; else null. */
  readonly last: TablePlan | null;
  readonly backfill: Backfill | null;
}

export interface Planned {
  readonly plan: TablePlan;
  /** The server's time, ms since 1970. */
  readonly nowMs: number;
  readonly watermarkMs: number | null;
  readonly notes: readonly string[];
}

export async function planTable(
  db: Queryable,
  { stream, description }: { readonly stream: StreamDefinition; readonly description: Description },
  { last, backfill }: Wish,
): Promise<Planned> {
  const read = tableOf(stream);
  const { columns, unique, identity } = description;
  const times = await timesOf(db, read, { stream, description, backfill, watermark: last?.watermark ?? null });
  const { part, why } = choosePart(read, { last, identity, nowMs: times.nowMs, backfill });
  const since = part === 'backfill' ? times.from : last === null ? times.first : times.since;
  const plan: TablePlan = {
    part,
    columns: [...columns],
    unique,
    clock: times.clock,
    since: part === 'snapshot' ? null : since,
    until: part === 'snapshot' ? null : part === 'backfill' ? times.to : times.until,
    watermark: times.next,
    wholeAt: part === 'snapshot' ? times.nowMs : (last?.wholeAt ?? null),
    identity,
  };
  const notes = [why, ...(part === 'incremental' && times.held !== null ? [times.held] : [])];
  return { plan, nowMs: times.nowMs, watermarkMs: part === 'incremental' ? times.watermarkMs : null, notes };
}

interface Choice {
  readonly last: Pick<TablePlan, 'watermark' | 'identity' | 'wholeAt'> | null;
  readonly identity: string;
  readonly nowMs: number;
  readonly backfill: Backfill | null;
}

const whole = (why: string) => ({ part: 'snapshot', why }) as const;

/** What is read, and a sentence that says so. */
export function choosePart(
  { read, cursor, snapshotEveryMs, backfillMs }: Pick<TableRead, 'read' | 'cursor' | 'snapshotEveryMs' | 'backfillMs'>,
  { last, identity, nowMs, backfill }: Choice,
): { readonly part: TablePlan['part']; readonly why: string } {
  if (backfill !== null) {
    if (cursor === null)
      throw new SyncError('source.backfill', { message: 'the stream has no `cursor` to tell by which time a row is' });
    return { part: 'backfill', why: `rows changed from ${backfill.from} to ${backfill.to}` };
  }
  if (read === 'snapshot' || cursor === null) return whole('all rows');
  if (last === null)
    return backfillMs === null
      ? whole('all rows: nothing was read before')
      : { part: 'incremental', why: 'the newest rows' };
  if (last.identity !== identity) return whole('all rows: the table was reloaded or restored since the last read');
  if (last.watermark === null) return whole('all rows: there was none before');
  if (snapshotEveryMs !== null && (last.wholeAt === null || nowMs - last.wholeAt >= snapshotEveryMs))
    return whole('all rows: their time has come again');
  return { part: 'incremental', why: `rows changed since ${last.watermark}` };
}

interface Times {
  readonly nowMs: number;
  readonly clock: string | null;
  readonly until: string | null;
  readonly since: string | null;
  readonly first: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly next: string | null;
  readonly watermarkMs: number | null;
  /** What keeps the watermark back, for people. */
  readonly held: string | null;
}

interface TimesRow extends Omit<Times, 'nowMs' | 'watermarkMs' | 'held'> {
  now_ms: number;
  watermark_ms: number | null;
  fence: string | null;
  blind: boolean;
}

/**
 * All by the server's clock and in the cursor's type. The next watermark is the newest change that this read will see,
 * and never past the begin of a transaction that is still open: `now()` in it is that old, and it may yet commit.
 */
async function timesOf(
  db: Queryable,
  { cursor, lookbackMs, backfillMs, ...read }: TableRead,
  of: {
    readonly stream: StreamDefinition;
    readonly description: Description;
    readonly backfill: Backfill | null;
    readonly watermark: string | null;
  },
): Promise<Times> {
  const { stream, description, backfill, watermark } = of;
  if (cursor === null) return { ...NO_TIMES, nowMs: await clockOf(db) };
  const type = boundType(description.columns, cursor);
  const column = quoteIdentifier(cursor);
  const { rows } = await db.query<TimesRow>(
    `with clock as (select clock_timestamp() as at),
       open as (select min(xact_start) as at from pg_stat_activity
         where pid <> pg_backend_pid() and backend_type = 'client backend' and application_name <> $6),
       bound as (select clock.at::${type} as clock, (clock.at - make_interval(secs => $1))::${type} as until,
         open.at::${type} as fence, (clock.at - make_interval(secs => $3))::${type} as first, clock.at as now
         from clock, open),
       newest as (select max(${column})::${type} as at
         from ${relationOf({ ...read, cursor, lookbackMs, backfillMs })} r, bound where ${column} <= bound.until)
     select (extract(epoch from now) * 1000)::float8 as now_ms, clock::text, until::text, first::text,
       (least($2::${type}, clock) - make_interval(secs => $7))::text as since, fence::text,
       $4::text::${type}::text as "from", $5::text::${type}::text as "to",
       nullif(least(greatest(newest.at, nullif($2::${type}, '-infinity')), fence, until)::text, '-infinity') as next,
       (extract(epoch from nullif($2::${type}, '-infinity')) * 1000)::float8 as watermark_ms,
       not pg_has_role(current_user, 'pg_read_all_stats', 'usage') as blind
     from bound, newest`,
    [
      stream.settleMs / 1000,
      watermark,
      (backfillMs ?? 0) / 1000,
      backfill?.from ?? null,
      backfill?.to ?? null,
      READER_NAME,
      lookbackMs / 1000,
    ],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the server has no clock');
  const { now_ms: nowMs, watermark_ms: watermarkMs, fence, blind, ...times } = row;
  const held = blind
    ? 'open transactions of others cannot be seen, so that late commits are covered by `lookback` alone (grant pg_read_all_stats)'
    : fence !== null && fence === times.next
      ? `a transaction has been open since ${fence}: the next read begins before it`
      : null;
  return { ...times, nowMs, watermarkMs, held };
}

/** By which our own readers are told from those that may write. */
export const READER_NAME = 'tributary-read';

const NO_TIMES = {
  clock: null,
  until: null,
  since: null,
  first: null,
  from: null,
  to: null,
  next: null,
  watermarkMs: null,
  held: null,
};

async function clockOf(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ ms: number }>(
    'select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms',
  );
  return rows[0]?.ms ?? 0;
}
