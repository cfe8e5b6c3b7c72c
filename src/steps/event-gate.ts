// The gate of event runs: each batch is too small for a share to say anything, so what events did in the last day counts
// with it. What a person has approved does not count again.

import { addFacts, liveThatSettles, type RunFacts, trippedLimits, withinDay } from '../merge/gate.ts';
import { rootHash } from '../merge/change-set.ts';
import type { ChangeStats } from '../store/batches.ts';
import { loadGateFacts } from '../store/event-batches.ts';
import { countLive } from '../store/claims.ts';
import { deliveredOfLate, hasDeliveredEvents } from '../store/recent-runs.ts';
import { updateRun } from '../store/runs.ts';
import { findSync } from '../store/syncs.ts';
import type { BatchRef, Deps } from './deps.ts';
import type { GateResult } from './gate.ts';
import { type RunContext, runContext } from './run-context.ts';

const KEPT_RUNS = 8;
/** How long what others did meanwhile may be unknown. */
const KNOWN_MS = 60_000;

interface Day {
  readonly since: number;
  facts: RunFacts;
  readonly firstRun: boolean;
}

/** By run: what events on its object did within a day, its own batches included. Can be dropped at any time. */
const days = new Map<number, Promise<Day>>();

/** @param ref with what merge found: in a batch of claims that came, or of stored ones that are due */
export async function gateEvents(
  deps: Deps,
  { stats, ...ref }: BatchRef & { readonly stats: ChangeStats },
): Promise<GateResult> {
  const run = await runContext(deps, ref);
  const { creates, updates, deletes, nulls } = stats;
  const { hash, validated, rejected, rejectBatch } = await loadGateFacts(deps.store.pool, ref);
  const own = { creates, deletes, nulls, validated, rejected };
  const day = await dayOf(deps, run, ref);
  const facts = { ...addFacts(own, day.facts), writes: creates + updates + deletes };
  const tripped = [...(await limitsOf(deps, run, { facts, day, deletes }))];
  if (rejectBatch) tripped.push('a rule of level reject_batch failed');
  const plan = { creates, updates, deletes, expiresMs: run.object.gate.expiresMs };
  if (tripped.length === 0) {
    day.facts = addFacts(own, day.facts);
    return { ...plan, rootHash: '', tripped };
  }
  const root = rootHash([hash]);
  const gate = { round: ref.round, rootHash: root, tripped, decision: null, by: null, decidedAt: null };
  await updateRun(deps.store.pool, ref.runNo, { phase: 'gate', gate, root_hash: root });
  return { ...plan, rootHash: root, tripped };
}

interface Judged {
  readonly facts: RunFacts & { readonly writes: number };
  readonly day: Day;
  readonly deletes: number;
}

async function limitsOf(
  deps: Deps,
  { object }: RunContext,
  { facts, day, deletes }: Judged,
): Promise<readonly string[]> {
  const erased = object.deletes === 'delete' ? deletes : 0;
  const known = { ...facts, firstRun: day.firstRun, erased, approved: false };
  const asked = { object: object.name, enough: liveThatSettles(known, object.gate) };
  return trippedLimits({ ...known, live: await countLive(deps.store.pool, asked) }, object.gate);
}

async function dayOf(deps: Deps, run: RunContext, { runNo }: BatchRef): Promise<Day> {
  const known = await days.get(runNo)?.catch(() => undefined);
  if (known !== undefined && Date.now() - known.since < KNOWN_MS) return known;
  const loading = loadDay(deps, run);
  days.set(runNo, loading);
  for (const oldest of days.keys()) {
    if (days.size <= KEPT_RUNS) break;
    days.delete(oldest);
  }
  return loading;
}

async function loadDay({ store: { pool } }: Deps, { object, definition }: RunContext): Promise<Day> {
  const nothing = { creates: 0, deletes: 0, nulls: {}, validated: 0, rejected: 0 };
  const facts = withinDay<RunFacts>(nothing, await deliveredOfLate(pool, { object: object.name }), Date.now());
  const sync = await findSync(pool, definition.sync.sync);
  const firstRun = sync?.deliveredRun == null && !(await hasDeliveredEvents(pool, sync?.no ?? 0));
  return { since: Date.now(), facts, firstRun };
}
