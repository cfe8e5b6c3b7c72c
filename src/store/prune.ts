// Removing what is not kept any more, in short statements: each may be repeated, and stops anywhere without harm.
//
//   a run's batches:  all ─ended─▶ staged ─14 days─▶ changes ─90 days─▶ nothing ─400 days─▶ the run itself

import type { Kept, Retention } from '../domain/retention.ts';
import type { Queryable } from '../postgres/client.ts';
import { tableParts } from './table-parts.ts';

/** Batches that a statement empties, and rows that one removes. */
const BATCHES = 100;
const ROWS = 5_000;
/** Runs that are removed in one go: what refers to them is looked for in all claims. */
const RUNS = 10_000;

export interface Pruning {
  /** Called between statements. */
  readonly progress: (removed: number) => void;
  /** Only counts. */
  readonly dryRun: boolean;
}

interface Stage {
  readonly from: readonly Kept[];
  readonly to: Kept;
  readonly afterMs: (retention: Retention) => number;
  readonly columns: readonly string[];
  readonly only: string;
}

const BODIES = ['body', 'folded', 'left_out', 'repeated', 'change_set', 'outcomes', 'source_from', 'source_next'];
const WROTE = ['created', 'updated', 'deleted'].map((name) => `coalesce((b.outcome_stats ->> '${name}')::bigint, 0)`);

const STAGES = {
  reads: { from: ['all'], to: 'staged', afterMs: () => 0, columns: ['seen', 'keys', 'bad', 'profile'], only: 'true' },
  staged: {
    from: ['staged'],
    to: 'changes',
    afterMs: ({ stagedMs }) => stagedMs,
    columns: BODIES,
    only: `${WROTE.join(' + ')} = 0`,
  },
  changes: {
    from: ['staged', 'changes'],
    to: 'nothing',
    afterMs: ({ changesMs }) => changesMs,
    columns: BODIES,
    only: 'true',
  },
} as const satisfies Record<string, Stage>;

export type BatchStage = keyof typeof STAGES;

/** Ended, old enough, and nobody works with it: no lease, no undo of it under way. */
const RIPE = `r.kept = any($1) and r.ended_at is not null and r.ended_at < now() - $2 * interval '1 ms'
  and not exists (select from sync s where s.lease_run = r.no)
  and not exists (select from run u where u.of_run = r.no and u.outcome is null)`;

/** Empties batches of runs that have come to the end of a stage. @returns how many batches */
export async function pruneBatches(
  db: Queryable,
  { stage, retention }: { readonly stage: BatchStage; readonly retention: Retention },
  { dryRun, progress }: Pruning,
): Promise<number> {
  const { from, to, afterMs, columns, only } = STAGES[stage];
  const values = [from, afterMs(retention)];
  const full = `(${columns.map((name) => `b.${name} is not null`).join(' or ')})`;
  const ripe = `from run r join batch b on b.run_no = r.no where ${RIPE} and ${only} and ${full}`;
  if (dryRun) return countOf(db, `select count(*) ${ripe}`, values);
  const empty = columns.map((name) => `${name} = null`).join(', ');
  const sql = `update batch set ${empty} where ctid = any(array(select b.ctid ${ripe} limit ${BATCHES}))`;
  const removed = await untilNone(db, { sql, values }, progress);
  const left = `exists (select from batch b where b.run_no = r.no and ${only} and ${full})`;
  await db.query(`update run r set kept = $3 where ${RIPE} and not ${left}`, [...values, to]);
  return removed;
}

/** Resolved quarantined records. */
export async function pruneQuarantine(db: Queryable, retention: Retention, pruning: Pruning): Promise<number> {
  const old = `from quarantine where state = 'resolved' and resolved_at < now() - $1 * interval '1 ms'`;
  return removeRows(db, { table: 'quarantine', old, values: [retention.quarantineMs] }, pruning);
}

/** Events that are done with. */
export async function pruneInbox(db: Queryable, retention: Retention, pruning: Pruning): Promise<number> {
  const old = `from inbox where state = 'done' and done_at < now() - $1 * interval '1 ms'`;
  return removeRows(db, { table: 'inbox', old, values: [retention.inboxMs] }, pruning);
}

/** Ended claims that nothing is left to do about. */
export async function pruneTombstones(db: Queryable, retention: Retention, pruning: Pruning): Promise<number> {
  const old = `from crosswalk c where operation = 'delete' and observed_at < now() - $1 * interval '1 ms'
    and state in ('applied', 'no_change')
    and not exists (select from gate_hold h where h.sync_no = c.sync_no and h.key = c.key)
    and not exists (select from review v where v.sync_no = c.sync_no and v.key = c.key and v.decided_at is null)`;
  return removeRows(db, { table: 'crosswalk', old, values: [retention.tombstonesMs] }, pruning);
}

/** Runs of which nothing else is kept, and that nothing refers to; then definitions that no run has. */
export async function pruneRuns(db: Queryable, retention: Retention, pruning: Pruning): Promise<number> {
  const { rows } = await db.query<{ no: number }>(
    `select r.no from run r where r.kept = 'nothing' and r.ended_at < now() - $1 * interval '1 ms'
       and not exists (select from sync s where r.no in (s.lease_run, s.delivered_run))
       and not exists (select from run u where u.of_run = r.no)
       and not exists (select from review v where v.run_no = r.no)
       and not exists (select from quarantine q where r.no in (q.first_run, q.last_run, q.read))
       and r.no < (select max(l.no) from run l where l.sync_no = r.sync_no and l.kind = r.kind and not l.dry_run
                   and l.outcome in ('delivered', 'unchanged', 'rejected'))
     order by r.no limit ${RUNS}`,
    [retention.runsMs],
  );
  const free = await unclaimed(
    db,
    rows.map(({ no }) => no),
    pruning.progress,
  );
  if (pruning.dryRun || free.length === 0) return free.length;
  await db.query('delete from run where no = any($1)', [free]);
  await db.query('delete from definition d where not exists (select from run r where r.definition_hash = d.hash)');
  return free.length;
}

/** Of these runs, those that read none of the claims as they are now: `explain` says of a claim where it was read. */
async function unclaimed(
  db: Queryable,
  runs: readonly number[],
  progress: Pruning['progress'],
): Promise<readonly number[]> {
  const free = new Set(runs);
  for (const { from, to } of free.size === 0 ? [] : await tableParts(db, 'crosswalk')) {
    const { rows } = await db.query<{ read: number }>(
      'select distinct read from crosswalk where ctid >= $1::tid and ctid < $2::tid and read = any($3)',
      [from, to, runs],
    );
    for (const { read } of rows) free.delete(read);
    progress(0);
  }
  return [...free];
}

/** @param old `from TABLE where …`, with the values' places */
async function removeRows(
  db: Queryable,
  { table, old, values }: { readonly table: string; readonly old: string; readonly values: readonly unknown[] },
  { dryRun, progress }: Pruning,
): Promise<number> {
  if (dryRun) return countOf(db, `select count(*) ${old}`, values);
  const sql = `delete from ${table} where ctid = any(array(select ctid ${old} limit ${ROWS}))`;
  return untilNone(db, { sql, values }, progress);
}

async function untilNone(
  db: Queryable,
  { sql, values }: { readonly sql: string; readonly values: readonly unknown[] },
  progress: Pruning['progress'],
): Promise<number> {
  for (let removed = 0; ;) {
    const { rowCount } = await db.query(sql, [...values]);
    if (rowCount === null || rowCount === 0) return removed;
    removed += rowCount;
    progress(removed);
  }
}

async function countOf(db: Queryable, sql: string, values: readonly unknown[]): Promise<number> {
  return (await db.query<{ count: number }>(sql, [...values])).rows[0]?.count ?? 0;
}
