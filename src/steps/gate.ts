// Gate: what a round of change sets would do, as a whole, against the object's limits. Nothing has been written yet.

import { durably } from '../domain/failpoints.ts';
import { type GateFacts, liveThatSettles, trippedLimits, withinDay } from '../merge/gate.ts';
import { rootHash } from '../merge/change-set.ts';
import type { GateDecision } from '../domain/run.ts';
import { type BatchSummary, type ChangeStats, listBatches, type ValidatedCounts } from '../store/batches.ts';
import { countLive } from '../store/claims.ts';
import { deliveredOfLate } from '../store/recent-runs.ts';
import { findRun, type RunRow, type StoredGate, updateRun } from '../store/runs.ts';
import { loadUnexpected } from '../store/profiles.ts';
import { findSync } from '../store/syncs.ts';
import type { Deps, RunRef, StepContext } from './deps.ts';
import { type RunContext, runContext } from './run-context.ts';

/** Runs of single events, each too small for a share to say anything. */
const EVENT_TRIGGERS: ReadonlySet<string> = new Set(['event', 'webhook']);

export interface GateResult {
  readonly rootHash: string;
  /** A sentence for each limit; empty: the round may go on. */
  readonly tripped: readonly string[];
  readonly creates: number;
  readonly updates: number;
  readonly deletes: number;
  readonly expiresMs: number;
  /** This round was answered before: the workflow was reset since. */
  readonly decided?: { readonly decision: GateDecision; readonly by: string };
}

export async function evaluateGate(
  deps: Deps,
  ref: RunRef & { readonly round: number },
  context?: StepContext,
): Promise<GateResult> {
  const { pool } = deps.store;
  const run = await runContext(deps, ref);
  const all = await listBatches(pool, ref.runNo);
  const merged = all.filter((batch) => batch.changeHash !== null && batch.round >= 0 && batch.round <= ref.round);
  const batches = merged.filter((batch) => batch.round === ref.round);
  const staged = all.filter((batch) => batch.round === 0);
  const facts = await factsOf(deps, { ref, run, context }, { batches, merged, staged });
  const limits = [...trippedLimits(facts, run.object.gate), ...rejectedBatches(staged)];
  // The first run has nothing to be compared with; one that writes nothing says it at its end.
  const unexpected = ref.round === 0 && facts.writes > 0 ? (await loadUnexpected(pool, ref.runNo)).waits : [];
  const tripped = run.run.kind === 'undo' ? [] : [...limits, ...unexpected];
  const root = rootHash(batches.map((batch) => batch.changeHash ?? ''));
  const { creates, updates, deletes } = plannedBy(batches);
  const result = { rootHash: root, tripped, creates, updates, deletes, expiresMs: run.object.gate.expiresMs };
  const passed = passedBefore(await findRun(pool, { no: ref.runNo }), { round: ref.round, root, batches });
  if (passed !== null) return { ...result, ...passed };
  const waits = tripped.length > 0;
  const gate = { round: ref.round, rootHash: root, tripped, decision: null, by: null, decidedAt: null };
  // A later round that nobody has to look at does not take the place of the one that somebody decided.
  const shown = ref.round === 0 || waits ? { gate: await afterEarlier(deps, ref, gate), root_hash: root } : {};
  await durably('gate.evaluated', () => updateRun(pool, ref.runNo, { phase: waits ? 'gate' : 'deliver', ...shown }));
  return result;
}

/** Who was answered is not asked again, and what is delivered in part has passed: null when neither is so. */
function passedBefore(
  run: RunRow | undefined,
  { round, root, batches }: { readonly round: number; readonly root: string; readonly batches: Batches['batches'] },
): Pick<GateResult, 'tripped' | 'decided'> | null {
  const answered = decisionsOf(run).find((gate) => gate.round === round && gate.rootHash === root);
  if (answered?.decision != null)
    return { tripped: answered.tripped, decided: { decision: answered.decision, by: answered.by ?? 'nobody' } };
  return batches.some(({ delivered }) => delivered) ? { tripped: [] } : null;
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
  const kept = await afterEarlier(deps, ref, stored);
  await durably('gate.decided', () => updateRun(deps.store.pool, ref.runNo, { phase: 'deliver', gate: kept }));
}

/** The gate of this round, with those of the rounds before. */
async function afterEarlier(deps: Deps, { runNo }: RunRef, gate: StoredGate): Promise<StoredGate> {
  const last = (await findRun(deps.store.pool, { no: runNo }))?.gate;
  if (last == null) return gate;
  const { earlier = [], ...own } = last;
  const before = own.round < gate.round ? [...earlier, own] : earlier;
  return before.length === 0 ? gate : { ...gate, earlier: before };
}

interface Batches {
  /** Of this round. */
  readonly batches: readonly BatchSummary[];
  /** Of this round and those before. */
  readonly merged: readonly BatchSummary[];
  /** What was read. */
  readonly staged: readonly BatchSummary[];
}

async function factsOf(
  { store: { pool } }: Deps,
  { ref, run, context }: { readonly ref: RunRef; readonly run: RunContext; readonly context: StepContext | undefined },
  { batches, merged, staged }: Batches,
): Promise<GateFacts> {
  const own = plannedBy(batches);
  const writes = own.creates + own.updates + own.deletes - own.approved;
  const sync = await findSync(pool, run.definition.sync.sync);
  const { creates, deletes, nulls } = plannedBy(merged);
  const facts = {
    creates,
    deletes,
    nulls,
    writes,
    ...validatedBy(staged),
    firstRun: sync?.deliveredRun == null,
    erased: run.object.deletes === 'delete' ? own.deletes : 0,
    approved: decisionsOf(await findRun(pool, { no: ref.runNo })).some(({ decision }) =>
      decision?.startsWith('approve'),
    ),
  };
  const { name: object, gate: limits } = run.object;
  const ofEvents = writes > 0 && EVENT_TRIGGERS.has(run.run.trigger);
  const whole = ofEvents
    ? withinDay(facts, await deliveredOfLate(pool, { object, but: ref.runNo }), Date.now())
    : facts;
  const asked = { object, enough: liveThatSettles(whole, limits) };
  return { ...whole, live: await countLive(pool, asked, (live) => context?.progress({ live })) };
}

function plannedBy(batches: readonly BatchSummary[]): Required<Omit<ChangeStats, 'counts'>> {
  const nulls: Record<string, number> = {};
  const totals = { creates: 0, updates: 0, deletes: 0, approved: 0 };
  for (const { changeStats } of batches) {
    totals.creates += changeStats?.creates ?? 0;
    totals.updates += changeStats?.updates ?? 0;
    totals.deletes += changeStats?.deletes ?? 0;
    totals.approved += changeStats?.approved ?? 0;
    for (const [field, count] of Object.entries(changeStats?.nulls ?? {})) nulls[field] = (nulls[field] ?? 0) + count;
  }
  return { ...totals, nulls };
}

function validatedBy(staged: readonly BatchSummary[]): Pick<GateFacts, 'validated' | 'rejected'> {
  const totals = { validated: 0, rejected: 0 };
  for (const batch of staged) {
    const { accepted = 0, quarantined = 0 } = validatedOf(batch) ?? {};
    totals.rejected += quarantined;
    totals.validated += accepted + quarantined;
  }
  return totals;
}

/** The run's gates at which somebody has decided, the latest first. */
export function decisionsOf(run: Pick<RunRow, 'gate'> | undefined): readonly StoredGate[] {
  if (run?.gate == null) return [];
  return [run.gate, ...(run.gate.earlier ?? [])].filter(({ decision }) => decision !== null);
}

function rejectedBatches(staged: readonly BatchSummary[]): readonly string[] {
  return staged.some((batch) => validatedOf(batch)?.rejectBatch === true)
    ? ['a rule of level reject_batch failed']
    : [];
}

function validatedOf(batch: BatchSummary): ValidatedCounts | undefined {
  return batch.stats['validated'] as ValidatedCounts | undefined; // written by saveBody
}
