// One batch of events through the verbs, in one go or one activity each.
//
//   fetch ─► transform ─► validate ─► seal ─► merge ─► gate ─► deliver ─► finish
//
// Every verb keeps what it made before the next one begins; first writer wins. So a batch that was cut off anywhere is
// simply begun again: what is there is found, and nothing is delivered twice.

import type { RunCounts } from '../domain/run.ts';
import { ACCEPTED, forEachEntry } from '../fingerprint/entries.ts';
import { listBatches, loadChangeStats, loadKeyBlobs } from '../store/batches.ts';
import { saveSealed } from '../store/event-batches.ts';
import type { BatchRef, Deps, StepContext } from './deps.ts';
import { type DeliverMode, deliverBatch } from './deliver.ts';
import { gateEvents } from './event-gate.ts';
import { fetchBatch } from './fetch.ts';
import { sayFinished } from './finish-events.ts';
import type { GateResult } from './gate.ts';
import { mergeBatch } from './merge.ts';
import { runContext } from './run-context.ts';
import { leaveRepeatedEvents } from './repeated-events.ts';
import { RepeatedKeys } from './repeated-keys.ts';
import { transformBatch } from './transform.ts';
import { settleUnique, uniqueChecks } from './unique.ts';
import { validateBatch } from './validate.ts';

/** Milliseconds that each verb took. */
export type VerbTimes = Partial<
  Record<'fetch' | 'transform' | 'validate' | 'seal' | 'merge' | 'gate' | 'deliver', number>
>;

export interface EventBatchResult {
  readonly records: number;
  readonly counts: Partial<RunCounts>;
  readonly ms: VerbTimes;
  /** The batch waits for a person; it is not delivered. */
  readonly gate: GateResult | null;
}

/** All verbs. Does not go on at a gate that somebody has to look at. */
export async function runEventBatch(deps: Deps, ref: BatchRef, context: StepContext): Promise<EventBatchResult> {
  const ms: VerbTimes = {};
  const timed = async <T>(verb: keyof VerbTimes, work: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    const result = await work();
    ms[verb] = performance.now() - began;
    return result;
  };
  const { read, kept } = await timed('fetch', () => fetchBatch(deps, { ...ref, range: 0, position: null }, context));
  if (kept > 0) {
    await timed('transform', () => transformBatch(deps, ref, context));
    await timed('validate', () => validateBatch(deps, ref, context));
  }
  const { claims } = await timed('seal', () => sealEvents(deps, ref, context));
  let counts: Partial<RunCounts> = {};
  if (claims > 0) {
    const stats = await timed('merge', () => mergeBatch(deps, ref, context));
    const gate = await timed('gate', () => gateEvents(deps, { ...ref, stats }));
    if (gate.tripped.length > 0) return { records: read, counts, ms, gate };
    counts = await timed('deliver', () => deliverBatch(deps, { ...ref, mode: 'apply' }, context));
  }
  await sayFinished(deps.store.pool, ref);
  return { records: read, counts, ms, gate: null };
}

/** Stored claims that are due, in the same way. */
export async function runDueBatch(
  deps: Deps,
  ref: BatchRef & { readonly mode?: DeliverMode },
  context: StepContext,
): Promise<Omit<EventBatchResult, 'ms'>> {
  const stats = await mergeBatch(deps, ref, context);
  const gate = await gateEvents(deps, { ...ref, stats });
  if (gate.tripped.length > 0) return { records: 0, counts: {}, gate };
  const counts = await deliverBatch(deps, { ...ref, mode: 'apply' }, context);
  return { records: 0, counts, gate: null };
}

export interface SealedEvents {
  /** How many there are to merge. */
  readonly claims: number;
}

/** One winner for each key of the batch, and what must be unique in it. */
export async function sealEvents(deps: Deps, ref: BatchRef, context: StepContext): Promise<SealedEvents> {
  const { pool } = deps.store;
  const { accepted, repeats } = await countKeys(deps, ref);
  if (accepted === 0) return { claims: 0 };
  const run = await runContext(deps, ref);
  const isUnique = uniqueChecks(run).length > 0;
  // What has been merged was sealed before: stored claims may have moved on since, and would be taken for repeats.
  if ((await loadChangeStats(pool, ref)) !== null) return { claims: accepted };
  const of = { ref, stream: run.definition.sync.stream };
  const repeated = new RepeatedKeys(deps, of, [{ n: ref.n, stats: { kept: accepted } }]);
  if (repeats) await repeated.settle({ number: 0, of: 1 });
  const { unchanged, duplicates, leftOut } = await repeated.finish();
  const again = await leaveRepeatedEvents(deps, ref, of.stream);
  const staged = isUnique ? (await listBatches(pool, ref.runNo, 0)).filter(({ n }) => n === ref.n) : [];
  const { refused } = await settleUnique({ deps, ref, run, context, staged });
  const left = leftOut + again;
  if (left > 0) await saveSealed(pool, ref, { accepted: -left, unchanged, duplicates: duplicates + again });
  return { claims: accepted - left - refused };
}

async function countKeys(deps: Deps, ref: BatchRef): Promise<{ readonly accepted: number; readonly repeats: boolean }> {
  const hashes = new Set<bigint>();
  let accepted = 0;
  const { keys } = await loadKeyBlobs(deps.store.pool, ref);
  forEachEntry(keys, WHOLE, ({ flag, keyHash }) => {
    if (flag !== ACCEPTED) return;
    accepted++;
    hashes.add(keyHash);
  });
  return { accepted, repeats: hashes.size < accepted };
}

const WHOLE = { number: 0, of: 1 };
