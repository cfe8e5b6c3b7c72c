// Opening and closing a run: its row, its definition, the sync's lease, and what an earlier attempt left behind.

import type { RunDefinition } from '../domain/definition.ts';
import { ERRORS, type ErrorCode, SyncError } from '../domain/errors.ts';
import type { Backfill, RunCounts, RunKind, RunOutcome } from '../domain/run.ts';
import { durably } from '../domain/failpoints.ts';
import type { Client } from '../postgres/client.ts';
import { discardBatches, dropRaw, listBatches } from '../store/batches.ts';
import { requireKept } from '../store/kept.ts';
import { releaseReservations } from '../store/reservations.ts';
import { findRun, insertRun, loadDefinition, type RunRow, saveDefinition, updateRun } from '../store/runs.ts';
import { lockSync, releaseLease, type SyncRow, takeLease } from '../store/syncs.ts';
import { collectCounts } from './counts.ts';
import { adoptDelivered, adoptIfReachable } from './adopt.ts';
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
}

export type Opened =
  | {
      readonly kind: 'opened';
      readonly ref: RunRef;
      readonly object: string;
      readonly destination: string;
      /** Once it has begun to write, it fails rather than wait for a person. */
      readonly allOrNothing?: boolean;
    }
  /** A run that was all or nothing ended half way, with its workflow: it is to be taken back first. */
  | { readonly kind: 'settle'; readonly run: string }
  /** Another run holds the sync, or a person paused it. */
  | { readonly kind: 'skipped'; readonly because: string };

/**
 * Begins a run or a new attempt of it. The lease goes to this attempt under a new epoch, so that an older one can write
 * no more; what that one staged and did not deliver is discarded.
 */
export async function openRun(deps: Deps, input: OpenInput): Promise<Opened> {
  const { pool } = deps.store;
  const undone = input.ofRun === undefined ? null : await runToUndo(deps, input.ofRun);
  const definition =
    undone === null ? await deps.currentDefinition(input.sync) : await loadDefinition(pool, undone.definitionHash);
  const { stream } = definition.sync;
  const named = { name: input.sync, connection: stream.connection, object: definition.sync.object };
  const earlier = await findRun(pool, { id: input.runId });
  if (earlier?.outcome === null) await adoptDelivered(deps, earlier);
  for (;;) {
    const result = await deps.store.transaction(async (client) => {
      const sync = await lockSync(client, named);
      return openLocked(client, { input, definition, sync, undone });
    }, 'run.opened');
    if (result.kind !== 'busy') return result;
    if (await deps.isWorkflowOpen(result.holder.id))
      return { kind: 'skipped', because: `run ${result.holder.id} is under way` };
    await adoptDelivered(deps, result.holder);
    const settle = input.kind !== 'undo' && (await isToUndo(deps, result.holder));
    await closeAbandoned(deps, result.holder, { release: !settle });
    if (settle) return { kind: 'settle', run: result.holder.id };
  }
}

/** What it wrote must not stay without the rest. */
async function isToUndo({ store }: Deps, { no, kind, dryRun, definitionHash }: RunRow): Promise<boolean> {
  if (kind === 'undo' || dryRun) return false;
  const { sync } = await loadDefinition(store.pool, definitionHash);
  return sync.allOrNothing === true && (await listBatches(store.pool, no)).some((batch) => batch.delivered);
}

async function runToUndo(deps: Deps, id: string): Promise<RunRow> {
  const run = await findRun(deps.store.pool, { id });
  if (run === undefined) throw new SyncError('run.not_found', { message: `there is no run ${id}` });
  requireKept(run);
  return run;
}

type OpenedOrBusy = Opened | { readonly kind: 'busy'; readonly holder: RunRow };

async function openLocked(
  client: Client,
  {
    input,
    definition,
    sync,
    undone,
  }: {
    readonly input: OpenInput;
    readonly definition: RunDefinition;
    readonly sync: SyncRow;
    readonly undone: RunRow | null;
  },
): Promise<OpenedOrBusy> {
  if (sync.pausedAt !== null && (input.kind === 'snapshot' || input.kind === 'backfill'))
    return { kind: 'skipped', because: `the sync is paused by ${sync.pausedBy ?? 'somebody'}` };
  const own = await findRun(client, { id: input.runId });
  // A failed run keeps the sync for the undo that it starts.
  const handedOver = undone !== null && undone.outcome !== null && sync.leaseRun === undone.no;
  if (sync.leaseRun !== null && sync.leaseRun !== own?.no && !handedOver) {
    const holder = await findRun(client, { no: sync.leaseRun });
    if (holder !== undefined) return { kind: 'busy', holder };
  }
  if (own !== undefined && (await hasDelivered(client, own))) {
    throw new SyncError('run.delivered', { message: `${own.id} has delivered: it cannot be read anew from here` });
  }
  await saveDefinition(client, definition);
  const attempt = (own?.attempt ?? 0) + 1;
  const runNo = own?.no ?? (await insertNew(client, { input, definition, sync, undone }));
  if (own !== undefined) {
    await discardBatches(client, runNo);
    await client.query('update run set definition_hash = $2 where no = $1', [runNo, definition.hash]);
  }
  const epoch = await takeLease(client, sync.no, runNo);
  await updateRun(client, runNo, {
    attempt,
    epoch,
    phase: input.kind === 'undo' ? 'compensate' : 'fetch',
    error: null,
  });
  if (input.kind === 'replay')
    await updateRun(client, runNo, {
      plan: { ranges: 1, plan: { only: input.only ?? {} }, notes: [], totalBytes: null },
    });
  if (input.backfill !== undefined)
    await updateRun(client, runNo, {
      plan: { ranges: 0, plan: null, notes: [], totalBytes: null, backfill: input.backfill },
    });
  const ref = { runNo, runId: input.runId, syncNo: sync.no, attempt, epoch };
  const object = definition.objects[definition.sync.object];
  return {
    kind: 'opened',
    ref,
    object: definition.sync.object,
    destination: object?.destination ?? '',
    allOrNothing: definition.sync.allOrNothing === true,
  };
}

function insertNew(
  client: Client,
  {
    input,
    definition,
    sync,
    undone,
  }: {
    readonly input: OpenInput;
    readonly definition: RunDefinition;
    readonly sync: SyncRow;
    readonly undone: RunRow | null;
  },
): Promise<number> {
  const { runId: id, kind, trigger, dryRun } = input;
  const phase = kind === 'undo' ? 'compensate' : 'fetch';
  return insertRun(client, {
    id,
    syncNo: sync.no,
    kind,
    trigger,
    dryRun,
    definitionHash: definition.hash,
    phase,
    ofRun: undone?.no ?? null,
  });
}

/** A reset to the beginning, after something was written or the run had ended. */
async function hasDelivered(client: Client, own: RunRow): Promise<boolean> {
  return own.outcome !== null || (await listBatches(client, own.no)).some((batch) => batch.delivered);
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
}

function hintOf(code: string): string {
  return Object.hasOwn(ERRORS, code) ? ERRORS[code as ErrorCode].hint : ERRORS['internal.bug'].hint; // checked by hasOwn
}
