// Runs: what was started, how far it came, how it ended. Never removed before their retention ends.

import type { ArrivalLag } from '../domain/arrival.ts';
import type { RunDefinition } from '../domain/definition.ts';
import type { Kept } from '../domain/retention.ts';
import type { Backfill, Phase, RunCounts, RunKind, RunOutcome } from '../domain/run.ts';
import type { Queryable } from '../postgres/client.ts';
import { SEAL_ROUND } from './batches.ts';
import type { RunTotals } from './recent-runs.ts';

export interface RunRow {
  readonly no: number;
  readonly id: string;
  readonly sync: string;
  readonly syncNo: number;
  readonly kind: RunKind;
  readonly trigger: string;
  readonly dryRun: boolean;
  readonly definitionHash: string;
  readonly attempt: number;
  readonly epoch: number;
  /** Names its deliveries in the destination; null: its id. */
  readonly marker: string | null;
  readonly phase: Phase;
  readonly outcome: RunOutcome | null;
  readonly ofRun: number | null;
  readonly plan: StoredPlan | null;
  readonly reader: string | null;
  readonly gate: StoredGate | null;
  readonly counts: Partial<RunCounts>;
  readonly rootHash: string | null;
  readonly error: StoredError | null;
  readonly notices: readonly StoredError[];
  /** What is left of its batches. */
  readonly kept: Kept;
  readonly phaseAt: Date;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

/** A source's read plan, or for a replay the quarantined records asked for. */
export interface StoredPlan {
  /** How many ranges the read has. */
  readonly ranges: number;
  /** The files are those of the last read: nothing is read, and its fingerprints stay. */
  readonly idle?: boolean;
  /** What these very files do not hold was counted as absent before: they are not another snapshot. */
  readonly counted?: boolean;
  /** When the source wrote it, ms since 1970. */
  readonly asOf?: number;
  /** It cannot be read again: what was read is kept with the batches. */
  readonly passing?: true;
  /** What was changed before then had been read, ms since 1970. */
  readonly watermark?: number;
  /** Set at the checkpoint: how late new records were. */
  readonly arrival?: ArrivalLag;
  /** The time that was asked for. */
  readonly backfill?: Backfill;
  readonly plan: unknown;
  readonly notes: readonly string[];
  readonly totalBytes: number | null;
}

export interface StoredError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** What tripped, and what was decided. */
export interface StoredGate {
  readonly round: number;
  readonly rootHash: string;
  readonly tripped: readonly string[];
  readonly decision: 'approve' | 'reject' | 'approve_without_deletes' | null;
  readonly by: string | null;
  readonly decidedAt: string | null;
  /** The gates of earlier rounds at which the run waited. */
  readonly earlier?: readonly StoredGate[];
}

const COLUMNS = `run.no, run.id, sync.name as sync, run.sync_no as "syncNo", run.kind, run.trigger,
  run.dry_run as "dryRun", run.definition_hash as "definitionHash", run.attempt, run.epoch, run.marker, run.phase, run.outcome,
  run.of_run as "ofRun", run.plan, run.reader, run.gate, run.counts, run.root_hash as "rootHash", run.error,
  run.notices, run.kept, run.phase_at as "phaseAt", run.started_at as "startedAt", run.ended_at as "endedAt"`;
const FROM = 'from run join sync on sync.no = run.sync_no';

export async function saveDefinition(db: Queryable, definition: RunDefinition): Promise<void> {
  await db.query('insert into definition (hash, body) values ($1, $2) on conflict do nothing', [
    definition.hash,
    JSON.stringify(definition),
  ]);
}

export async function loadDefinition(db: Queryable, hash: string): Promise<RunDefinition> {
  const { rows } = await db.query<{ body: RunDefinition }>('select body from definition where hash = $1', [hash]);
  const [row] = rows;
  if (row === undefined) throw new Error(`definition ${hash} is not in the store`);
  return row.body;
}

export interface NewRun {
  readonly id: string;
  readonly syncNo: number;
  readonly kind: RunKind;
  readonly trigger: string;
  readonly dryRun: boolean;
  readonly definitionHash: string;
  readonly phase: Phase;
  readonly ofRun: number | null;
  readonly marker: string | null;
}

/** @returns the run's number */
export async function insertRun(db: Queryable, run: NewRun): Promise<number> {
  const { rows } = await db.query<{ no: number }>(
    `insert into run (id, sync_no, kind, trigger, dry_run, definition_hash, phase, of_run, marker)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning no`,
    [run.id, run.syncNo, run.kind, run.trigger, run.dryRun, run.definitionHash, run.phase, run.ofRun, run.marker],
  );
  return rows[0]?.no ?? 0;
}

export async function findRun(
  db: Queryable,
  by: { readonly id: string } | { readonly no: number },
): Promise<RunRow | undefined> {
  const [column, value] = 'id' in by ? ['id', by.id] : ['no', by.no];
  return (await db.query<RunRow>(`select ${COLUMNS} ${FROM} where run.${column} = $1`, [value])).rows[0];
}

/** The newest undo of a run that something started, by its id. */
export async function findUndoOf(
  db: Queryable,
  { runNo, trigger }: { readonly runNo: number; readonly trigger: string },
): Promise<string | undefined> {
  const sql = 'select id from run where of_run = $1 and trigger = $2 order by no desc limit 1';
  return (await db.query<{ id: string }>(sql, [runNo, trigger])).rows[0]?.id;
}

/** Event runs of a sync that have not ended: one, or those whose workflow is gone. */
export async function openEventRuns(db: Queryable, syncNo: number): Promise<readonly RunRow[]> {
  const where = `where run.sync_no = $1 and run.kind = 'event' and run.outcome is null order by run.no`;
  return (await db.query<RunRow>(`select ${COLUMNS} ${FROM} ${where}`, [syncNo])).rows;
}

/** No run that is opened from now on has a smaller number. */
export async function nextRunNo(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ next: number }>('select coalesce(max(no), 0) + 1 as next from run');
  return rows[0]?.next ?? 1;
}

/** Newest first. */
export async function listRuns(
  db: Queryable,
  filter: { readonly sync?: string; readonly limit: number; readonly but?: RunKind },
): Promise<readonly RunRow[]> {
  const { rows } = await db.query<RunRow>(
    `select ${COLUMNS} ${FROM} where ($1::text is null or sync.name = $1) and run.kind is distinct from $3
     order by run.no desc limit $2`,
    [filter.sync ?? null, filter.limit, filter.but ?? null],
  );
  return rows;
}

/** The newest run of each sync. */
export async function latestRuns(db: Queryable): Promise<readonly RunRow[]> {
  const { rows } = await db.query<RunRow>(
    `select distinct on (sync.no) ${COLUMNS} ${FROM} order by sync.no, run.no desc`,
  );
  return rows;
}

/** A read that came to its checkpoint. */
export interface ReadRun {
  readonly id: string;
  readonly definitionHash: string;
  readonly reader: string;
  /** As the source made it. */
  readonly plan: unknown;
  /** What it did not hold was counted as absent, by it or by an earlier read of the same files. */
  readonly counted: boolean;
}

/** The newest read of a sync before a run: the one whose fingerprints are in force. */
export async function lastRead(
  db: Queryable,
  { syncNo, runNo }: { readonly syncNo: number; readonly runNo: number },
): Promise<ReadRun | undefined> {
  const { rows } = await db.query<ReadRun>(
    `select id, definition_hash as "definitionHash", reader, plan -> 'plan' as plan,
       coalesce((plan ->> 'counted')::boolean, false) or exists (
         select 1 from batch b where b.run_no = run.no and b.round = $3 and b.stats ->> 'counted' = 'true') as counted
     from run where sync_no = $1 and no < $2 and kind in ('snapshot', 'incremental') and not dry_run and reader is not null
       and plan is not null and outcome in ('delivered', 'unchanged', 'rejected')
     order by no desc limit 1`,
    [syncNo, runNo, SEAL_ROUND],
  );
  return rows[0];
}

export interface RunChange {
  readonly kind?: RunKind;
  readonly id?: string;
  readonly execution?: string;
  readonly attempt?: number;
  readonly epoch?: number;
  readonly phase?: Phase;
  readonly outcome?: RunOutcome;
  readonly plan?: StoredPlan;
  readonly reader?: string;
  readonly gate?: StoredGate;
  readonly counts?: RunCounts;
  readonly root_hash?: string;
  readonly error?: StoredError | null;
  readonly notices?: readonly StoredError[];
  readonly totals?: RunTotals;
}

const JSON_COLUMNS = new Set(['plan', 'gate', 'counts', 'error', 'notices', 'totals']);

export async function updateRun(db: Queryable, no: number, change: RunChange): Promise<void> {
  const columns = Object.entries(change);
  const sets = columns.map(([name], index) => `${name} = $${index + 2}`);
  if (change.outcome !== undefined) sets.push('ended_at = now()');
  if (change.phase !== undefined) sets.push('phase_at = now()');
  const values = columns.map(([name, value]) =>
    JSON_COLUMNS.has(name) && value !== null ? JSON.stringify(value) : value,
  );
  await db.query(`update run set ${sets.join(', ')} where no = $1`, [no, ...values]);
}
