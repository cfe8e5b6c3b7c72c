// Gate: what a round of change sets would do, as a whole, against the object's limits. Nothing has been written yet.

import { type GateFacts, trippedLimits } from '../merge/gate.ts';
import { rootHash } from '../merge/change-set.ts';
import { type BatchSummary, listBatches, type ValidatedCounts } from '../store/batches.ts';
import { countLive } from '../store/claims.ts';
import { findRun, type StoredGate, updateRun } from '../store/runs.ts';
import { loadUnexpected } from '../store/profiles.ts';
import { findSync } from '../store/syncs.ts';
import type { Deps, RunRef } from './deps.ts';
import { runContext } from './run-context.ts';

export interface GateResult {
  readonly rootHash: string;
  /** A sentence for each limit; empty: the round may go on. */
  readonly tripped: readonly string[];
  readonly creates: number;
  readonly updates: number;
  readonly deletes: number;
  readonly expiresMs: number;
}

export async function evaluateGate(deps: Deps, ref: RunRef & { readonly round: number }): Promise<GateResult> {
  const { pool } = deps.store;
  const run = await runContext(deps, ref);
  const batches = (await listBatches(pool, ref.runNo, ref.round)).filter((batch) => batch.changeHash !== null);
  const staged = ref.round === 0 ? batches : await listBatches(pool, ref.runNo, 0);
  const totals = totalsOf(batches, staged);
  const sync = await findSync(pool, run.definition.sync.sync);
  const live = totals.writes === 0 ? 0 : await countLive(pool, run.object.name);
  const facts: GateFacts = { ...totals, live, firstRun: sync?.deliveredRun == null };
  const limits = [...trippedLimits(facts, run.object.gate), ...rejectedBatches(staged)];
  // The first run has nothing to be compared with; one that writes nothing says it at its end.
  const unexpected = ref.round === 0 && totals.writes > 0 ? (await loadUnexpected(pool, ref.runNo)).waits : [];
  const tripped = run.run.kind === 'undo' ? [] : [...limits, ...unexpected];
  const root = rootHash(batches.map((batch) => batch.changeHash ?? ''));
  const waits = tripped.length > 0;
  const gate = { round: ref.round, rootHash: root, tripped, decision: null, by: null, decidedAt: null };
  // A later round that nobody has to look at does not take the place of the one that somebody decided.
  const shown = ref.round === 0 || waits ? { gate: await afterEarlier(deps, ref, gate), root_hash: root } : {};
  await updateRun(pool, ref.runNo, { phase: waits ? 'gate' : 'deliver', ...shown });
  const { creates, updates, deletes } = totals;
  return { rootHash: root, tripped, creates, updates, deletes, expiresMs: run.object.gate.expiresMs };
}

/** Keeps the decision with the run, for `gate show` and the audit. */
export async function recordDecision(
  deps: Deps,
  ref: RunRef & {
    readonly gate: GateResult;
    readonly round: number;
    readonly decision: 'approve' | 'reject' | 'approve_without_deletes';
    readonly by: string;
  },
): Promise<void> {
  const { gate, round, decision, by } = ref;
  const stored = {
    round,
    rootHash: gate.rootHash,
    tripped: gate.tripped,
    decision,
    by,
    decidedAt: new Date().toISOString(),
  };
  await updateRun(deps.store.pool, ref.runNo, { phase: 'deliver', gate: await afterEarlier(deps, ref, stored) });
}

/** The gate of this round, with those of the rounds before. */
async function afterEarlier(deps: Deps, { runNo }: RunRef, gate: StoredGate): Promise<StoredGate> {
  const last = (await findRun(deps.store.pool, { no: runNo }))?.gate;
  if (last == null) return gate;
  const { earlier = [], ...own } = last;
  const before = own.round < gate.round ? [...earlier, own] : earlier;
  return before.length === 0 ? gate : { ...gate, earlier: before };
}

function totalsOf(
  batches: readonly BatchSummary[],
  staged: readonly BatchSummary[],
): Omit<GateFacts, 'live' | 'firstRun'> & { readonly updates: number } {
  const nulls: Record<string, number> = {};
  const totals = { creates: 0, updates: 0, deletes: 0, validated: 0, rejected: 0 };
  for (const { changeStats } of batches) {
    totals.creates += changeStats?.creates ?? 0;
    totals.updates += changeStats?.updates ?? 0;
    totals.deletes += changeStats?.deletes ?? 0;
    for (const [field, count] of Object.entries(changeStats?.nulls ?? {})) nulls[field] = (nulls[field] ?? 0) + count;
  }
  for (const batch of staged) {
    const validated = validatedOf(batch);
    totals.rejected += validated?.quarantined ?? 0;
    totals.validated += (validated?.accepted ?? 0) + (validated?.quarantined ?? 0);
  }
  return { ...totals, nulls, writes: totals.creates + totals.updates + totals.deletes };
}

function rejectedBatches(staged: readonly BatchSummary[]): readonly string[] {
  return staged.some((batch) => validatedOf(batch)?.rejectBatch === true)
    ? ['a rule of level reject_batch failed']
    : [];
}

function validatedOf(batch: BatchSummary): ValidatedCounts | undefined {
  return batch.stats['validated'] as ValidatedCounts | undefined; // written by saveBody
}
