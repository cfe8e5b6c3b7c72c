// Opening and closing a run: its row, its definition, the sync's lease, and what an earlier attempt left behind.

import type { RunDefinition } from '../domain/definition.ts';
import { ERRORS, type ErrorCode, SyncError } from '../domain/errors.ts';
import type { Backfill, RunCounts, RunKind, RunOutcome } from '../domain/run.ts';
import { durably } from '../domain/failpoints.ts';
import type { Client, Queryable } from '../postgres/client.ts';
import { discardBatches, discardLaterRounds, dropRaw } from '../store/attempts.ts';
import { listBatches } from '../store/batches.ts';
import { requireKept } from '../store/kept.ts';
import { releaseReservations } from '../store/reservations.ts';
import { findRun, insertRun, loadDefinition, type RunRow, saveDefinition, updateRun } from '../store/runs.ts';
import { findSync, lockSync, pauseSync, releaseLease, resumeSyncOf, type SyncRow, takeLease } from '../store/syncs.ts';
import { collectCounts } from './counts.ts';
import { adoptDelivered, adoptIfReachable } from './adopt.ts';
import { type CarryOn, carryOn } from './carry-on.ts';
import type { Deps, RunRef } from './deps.ts';
import type { ReplayOnly } from './quarantine-reader.ts';

export interface OpenInput {
  readonly runId: string;
  readonly sync: string;
  readonly kind: RunKind;
  readonly trigger: string;
  readonly dryRun: boolean;
  /** Undo: the run to take back. */
  readonly ofRun?: string;
  /** Replay: which quarantined records; absent: all open ones of the sync. */
  readonly only?: ReplayOnly;
  /** Backfill: the time whose changes are read. */
  readonly backfill?: Backfill;
  /** What the run has sealed or planned stays, where it is opened once more. */
  readonly keep?: boolean;
  /** Only to bring to its end what is delivered in part: the next run waits for it. */
  readonly carriesOn?: boolean;
  /** The execution of the workflow that asks, as Temporal knows it. */
  readonly execution?: string;
}

export type Opened =
  | {
      readonly kind: 'opened';
      readonly ref: RunRef;
      readonly object: string;
      readonly destination: string;
      /** Once it has begun to write, it fails rather than wait for a person. */
      readonly allOrNothing?: boolean;
      /** Where it goes on, when it was sealed before: after a reset, or to be brought to its end. */
      readonly at?: CarryOn;
    }
  | Settle
  /** Another run holds the sync, or a person paused it. */
  | { readonly kind: 'skipped'; readonly because: string };

/** What an earlier run has delivered in part comes first. */
export interface Settle {
  readonly kind: 'settle';
  readonly run: string;
  /** `take_back`: it was all or nothing. `carry_on`: what passed the gate is delivered. Absent: `take_back`. */
  readonly how?: 'take_back' | 'carry_on';
  readonly runKind?: RunKind;
  readonly object?: string;
  /** The run that it takes back, if it is an undo. */
  readonly ofRun?: string;
}

/**
 * Begins a run or a new attempt of it. The lease goes to this attempt under a new epoch, so that an older one can write
 * no more. What that one staged is discarded when nothing of it was delivered; else it is carried on, or taken back where
 * the sync is all or nothing. The workflow of a run that has ended was reset: that is a new run.
 */
export async function openRun(deps: Deps, input: OpenInput): Promise<Opened> {
  for (;;) {
    const result = await tryOpen(deps, input);
    if (result.kind !== 'busy') return result;
    const first = await settleHolder(deps, input, result.holder);
    if (first !== null) return first;
  }
}

async function tryOpen(deps: Deps, input: OpenInput): Promise<OpenedOrBusy> {
  const { pool } = deps.store;
  const own = await findRun(pool, { id: input.runId });
  const way = own === undefined ? 'anew' : await wayOn(deps, own, input.keep === true);
  if (input.carriesOn === true && way !== 'carry_on')
    return { kind: 'skipped', because: `${input.runId} has nothing to carry on` };
  if (own !== undefined && way === 'take_back') {
    await closeAbandoned(deps, own, { release: false });
    const run = await deps.store.transaction((client) => setAside(client, own));
    return { kind: 'settle', how: 'take_back', run };
  }
  const undone = input.ofRun === undefined ? null : await runToUndo(deps, input.ofRun);
  const pinned = way === 'carry_on' ? own : undone;
  const definition =
    pinned == null ? await deps.currentDefinition(input.sync) : await loadDefinition(pool, pinned.definitionHash);
  const { stream } = definition.sync;
  const named = { name: input.sync, connection: stream.connection, object: definition.sync.object };
  return deps.store.transaction(async (client) => {
    const sync = await lockSync(client, named);
    return openLocked(client, { input, definition, sync, undone, way });
  }, 'run.opened');
}

/** What becomes of what the run has done so far, before its workflow was reset or its reading began anew. */
type Way = 'anew' | 'discard' | 'carry_on' | 'take_back';

async function wayOn(deps: Deps, own: RunRow, keep: boolean): Promise<Way> {
  if (own.outcome !== null) {
    const sync = await findSync(deps.store.pool, own.sync);
    return sync?.leaseRun === own.no && (await isToUndo(deps, own)) ? 'take_back' : 'anew';
  }
  await adoptDelivered(deps, own);
  if (await hasDelivered(deps.store.pool, own)) return (await isToUndo(deps, own)) ? 'take_back' : 'carry_on';
  return keep ? 'carry_on' : 'discard';
}

/**
 * The run that holds the sync: whether its workflow goes on, or what it left is settled first.
 *
 * @returns null when the sync is free now
 */
async function settleHolder(deps: Deps, input: OpenInput, holder: RunRow): Promise<Opened | null> {
  if (await deps.isWorkflowOpen(holder.id)) return { kind: 'skipped', because: `run ${holder.id} is under way` };
  await adoptDelivered(deps, holder);
  // Whoever undoes the holder does not want the rest of it.
  const wanted = input.ofRun !== holder.id;
  const takeBack = wanted && (await isToUndo(deps, holder));
  if (wanted && !takeBack && holder.outcome === null && (await hasDelivered(deps.store.pool, holder))) {
    const of = holder.ofRun === null ? undefined : await findRun(deps.store.pool, { no: holder.ofRun });
    const { sync } = await loadDefinition(deps.store.pool, holder.definitionHash);
    const ofRun = of === undefined ? {} : { ofRun: of.id };
    return { kind: 'settle', how: 'carry_on', run: holder.id, runKind: holder.kind, object: sync.object, ...ofRun };
  }
  await closeAbandoned(deps, holder, { release: !takeBack });
  return takeBack ? { kind: 'settle', how: 'take_back', run: holder.id } : null;
}

async function hasDelivered(db: Queryable, { no }: RunRow): Promise<boolean> {
  return (await listBatches(db, no)).some((batch) => batch.delivered);
}

/** What it wrote must not stay without the rest. */
async function isToUndo({ store }: Deps, run: RunRow): Promise<boolean> {
  if (run.kind === 'undo' || run.dryRun) return false;
  const { sync } = await loadDefinition(store.pool, run.definitionHash);
  return sync.allOrNothing === true && (await hasDelivered(store.pool, run));
}

async function runToUndo(deps: Deps, id: string): Promise<RunRow> {
  const run = await findRun(deps.store.pool, { id });
  if (run === undefined) throw new SyncError('run.not_found', { message: `there is no run ${id}` });
  requireKept(run);
  return run;
}

type OpenedOrBusy = Opened | { readonly kind: 'busy'; readonly holder: RunRow };

interface Opening {
  readonly input: OpenInput;
  readonly definition: RunDefinition;
  readonly sync: SyncRow;
  readonly undone: RunRow | null;
  readonly way: Way;
}

/** What a paused sync does not begin. */
const READS: ReadonlySet<RunKind> = new Set(['snapshot', 'backfill']);

async function openLocked(client: Client, opening: Opening): Promise<OpenedOrBusy> {
  const { input, definition, sync, undone, way } = opening;
  const own = await findRun(client, { id: input.runId });
  if (sync.pausedAt !== null && READS.has(input.kind) && (way === 'anew' || own === undefined))
    return { kind: 'skipped', because: `the sync is paused by ${sync.pausedBy ?? 'somebody'}` };
  // A failed run keeps the sync for the undo that it starts.
  const handedOver = undone !== null && undone.outcome !== null && sync.leaseRun === undone.no;
  if (sync.leaseRun !== null && sync.leaseRun !== own?.no && !handedOver) {
    const holder = await findRun(client, { no: sync.leaseRun });
    if (holder !== undefined) return { kind: 'busy', holder };
  }
  await saveDefinition(client, definition);
  const before = own?.outcome === null ? own : undefined;
  const runNo = before?.no ?? (await insertNew(client, opening, own));
  const ref = { runNo, runId: input.runId, syncNo: sync.no, epoch: await takeLease(client, sync.no, runNo) };
  const { epoch } = ref;
  const taken = { epoch, error: null, ...(input.execution === undefined ? {} : { execution: input.execution }) };
  const named = {
    kind: 'opened',
    object: definition.sync.object,
    destination: definition.objects[definition.sync.object]?.destination ?? '',
    allOrNothing: definition.sync.allOrNothing === true,
  } as const;
  if (way === 'carry_on' && before !== undefined) {
    await updateRun(client, runNo, { ...taken, phase: input.kind === 'undo' ? 'compensate' : 'merge' });
    if (input.carriesOn === true) await discardLaterRounds(client, runNo);
    return { ...named, ref: { ...ref, attempt: before.attempt }, at: await carryOn(client, before) };
  }
  const attempt = (before?.attempt ?? 0) + 1;
  await updateRun(client, runNo, { ...taken, attempt, phase: input.kind === 'undo' ? 'compensate' : 'fetch' });
  if (before !== undefined) await startOver(client, runNo, definition);
  if (input.kind === 'replay')
    await updateRun(client, runNo, {
      plan: { ranges: 1, plan: { only: input.only ?? {} }, notes: [], totalBytes: null },
    });
  if (input.backfill !== undefined)
    await updateRun(client, runNo, {
      plan: { ranges: 0, plan: null, notes: [], totalBytes: null, backfill: input.backfill },
    });
  return { ...named, ref: { ...ref, attempt } };
}

/** The run's row is locked by now: an older attempt stages no more. */
async function startOver(client: Client, runNo: number, { hash }: RunDefinition): Promise<void> {
  await discardBatches(client, runNo);
  await client.query('update run set definition_hash = $2 where no = $1', [runNo, hash]);
}

/** @param ended the run that this workflow was before it was reset */
async function insertNew(client: Client, opening: Opening, ended: RunRow | undefined): Promise<number> {
  const { input, definition, sync, undone } = opening;
  const { runId: id, kind, trigger, dryRun } = input;
  const aside = ended === undefined ? null : await setAside(client, ended);
  return insertRun(client, {
    id,
    syncNo: sync.no,
    kind,
    trigger,
    dryRun,
    definitionHash: definition.hash,
    phase: kind === 'undo' ? 'compensate' : 'fetch',
    ofRun: undone?.no ?? null,
    marker: aside === null ? null : `${id} after ${aside}`,
  });
}

/** The id goes to the run that follows under the same workflow. @returns the run's id from now on */
async function setAside(client: Client, { no, id }: RunRow): Promise<string> {
  const { rows } = await client.query<{ count: number }>(
    'select count(*) from run where sync_no = (select sync_no from run where no = $1) and starts_with(id, $2)',
    [no, `${id}~`],
  );
  const aside = `${id}~${(rows[0]?.count ?? 0) + 1}`;
  await updateRun(client, no, { id: aside });
  return aside;
}

/** A run whose workflow is gone (terminated, timed out): what it delivered stands, what it staged is discarded. */
export async function closeAbandoned(
  deps: Deps,
  holder: RunRow,
  { release }: { readonly release: boolean },
): Promise<void> {
  const counts = await collectCounts(deps.store.pool, holder.no);
  await deps.store.transaction(async (client) => {
    await discardBatches(client, holder.no);
    const error = {
      code: 'store.fenced',
      message: 'the workflow ended without closing the run',
      hint: 'What it delivered stands; its sync reads everything again.',
    };
    if (holder.outcome === null)
      await updateRun(client, holder.no, { phase: 'ended', outcome: 'failed', counts, error });
    if (!release) return;
    await client.query('update sync set lease_run = null, epoch = epoch + 1 where no = $1 and lease_run = $2', [
      holder.syncNo,
      holder.no,
    ]);
  }, 'run.abandoned');
}

export interface CloseInput {
  readonly ref: RunRef;
  readonly outcome: Exclude<RunOutcome, 'delivered' | 'unchanged' | 'skipped'>;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface Closed {
  readonly counts: RunCounts;
  readonly delivered: number;
  /** The run is all or nothing and has delivered: it keeps the sync until an undo of it takes it over. */
  readonly undo?: boolean;
}

/** Ends a run that does not reach its checkpoint: a dry run, a cancelled or a failed one. */
export async function closeRun(deps: Deps, { ref, outcome, error }: CloseInput): Promise<Closed> {
  const { pool } = deps.store;
  const run = await findRun(pool, { no: ref.runNo });
  if (run?.outcome === null && outcome !== 'dry_run') await adoptIfReachable(deps, run);
  const counts = await collectCounts(pool, ref.runNo, outcome === 'dry_run');
  const delivered = (await listBatches(pool, ref.runNo)).filter((batch) => batch.delivered).length;
  const undo = outcome !== 'dry_run' && run !== undefined && (await isToUndo(deps, run));
  if (run?.outcome != null) return { counts: run.counts as RunCounts, delivered, undo }; // written here or by the checkpoint
  await deps.store.transaction(async (client) => {
    await dropRaw(client, ref.runNo);
    if (outcome !== 'dry_run')
      await client.query(
        'delete from batch where run_no = $1 and delivered_at is null and round >= 0 and change_set is null',
        [ref.runNo],
      );
    await releaseReservations(client, ref.runNo);
    if (!undo) await releaseLease(client, ref.syncNo, ref.runNo);
    const stored = error === undefined ? null : { ...error, hint: hintOf(error.code) };
    await updateRun(client, ref.runNo, { phase: 'ended', outcome, counts, error: stored });
  }, 'run.closed');
  return { counts, delivered, undo };
}

/** Notes that the run waits for a person, and why; `null` when it goes on. */
export async function notePause(
  deps: Deps,
  ref: RunRef & {
    readonly error: { readonly code: string; readonly message: string } | null;
    readonly phase: RunRow['phase'];
  },
): Promise<void> {
  const { error, phase } = ref;
  const stored = error === null ? null : { ...error, hint: hintOf(error.code) };
  await durably('run.paused', () => updateRun(deps.store.pool, ref.runNo, { phase, error: stored }));
  const run = await findRun(deps.store.pool, { no: ref.runNo });
  if (run === undefined) return;
  if (error === null) await letGoOn(deps, run.sync);
  else if (isRevoked(error.code)) await pauseRevoked(deps, run.sync, error);
}

/** Who paused a sync that no person has. */
const OURSELVES = 'tributary';

/** No run of the sync can do any better until a person has seen to it. */
async function pauseRevoked(
  deps: Deps,
  name: string,
  { code, message }: { readonly code: string; readonly message: string },
): Promise<void> {
  const sync = await findSync(deps.store.pool, name);
  if (sync?.pausedAt !== null) return;
  const note = `${code}: ${message}`;
  await pauseSync(deps.store.pool, { name, by: OURSELVES, note });
  await deps.pauseSchedule?.(name, { paused: true, note: `paused by ${OURSELVES}: ${note}` });
}

/** What a person has paused stays so. */
async function letGoOn(deps: Deps, name: string): Promise<void> {
  if (await resumeSyncOf(deps.store.pool, name, OURSELVES))
    await deps.pauseSchedule?.(name, { paused: false, note: 'the run that was refused goes on' });
}

function isRevoked(code: string): boolean {
  return code.endsWith('.unauthorized');
}

function hintOf(code: string): string {
  return Object.hasOwn(ERRORS, code) ? ERRORS[code as ErrorCode].hint : ERRORS['internal.bug'].hint; // checked by hasOwn
}
