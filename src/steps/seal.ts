// Seal: the run's claims are complete. One winner for each source key; what a proven snapshot no longer holds.
// Memory is bounded: key hashes are compared a part at a time.

import type { RunCounts } from '../domain/run.ts';
import { type Span, spansOf } from '../domain/spans.ts';
import { flagOf, forEachKey, GROUP, type Part } from '../fingerprint/entries.ts';
import { KeyCounter } from '../fingerprint/key-counter.ts';
import {
  type BatchSummary,
  insertBody,
  listBatches,
  loadKeyBlobs,
  rangeOf,
  SEAL_ROUND,
  type ValidatedCounts,
} from '../store/batches.ts';
import { forgetRepeatedValues } from '../store/repeated-values.ts';
import { updateRun } from '../store/runs.ts';
import { AbsenceFinder } from './absences.ts';
import type { Deps, RunRef, StepContext } from './deps.ts';
import { EndBatches } from './ends.ts';
import { detachFiltered } from './left-filter.ts';
import { ofReadParents } from './parents.ts';
import { RepeatedKeys } from './repeated-keys.ts';
import { judgeRead } from './expectations.ts';
import { runContext } from './run-context.ts';
import { settleUnique, uniqueChecks } from './unique.ts';
import { countParentParts } from '../transform/explode.ts';

export type SealedCounts = Pick<
  RunCounts,
  'read' | 'unchanged' | 'accepted' | 'quarantined' | 'duplicates' | 'filtered' | 'bytes'
>;

export interface SealResult {
  /** Batches of round 0 that hold claims to merge, by number. */
  readonly batches: readonly Span[];
  readonly counts: SealedCounts;
  /** The snapshot is proven whole. */
  readonly complete: boolean;
  readonly rejectBatch: boolean;
}

const PART_ENTRIES = 400_000;

export async function sealRun(deps: Deps, ref: RunRef, context: StepContext): Promise<SealResult> {
  const run = await runContext(deps, ref);
  if (uniqueChecks(run).length > 0) await forgetRepeatedValues(deps.store.pool, ref.runNo);
  // A retry finds the deletes that it staged before: they are not part of what was read.
  const staged = (await listBatches(deps.store.pool, ref.runNo, 0)).filter(
    (batch) => batch.stats['from'] !== undefined,
  );
  const totals = totalsOf(staged, run.run.plan?.ranges ?? 0);
  const parts = Math.max(1, Math.ceil(totals.read / PART_ENTRIES));
  const { kind, plan } = run.run;
  // The same untouched files once more are no second snapshot.
  const certain = kind === 'snapshot' && totals.read > 0 && totals.unreadable === 0 && plan?.counted !== true;
  const complete = certain && totals.proven;
  const parentParts = countParentParts(run.definition.sync.stream);
  const ends = new EndBatches(deps, ref, staged.length);
  const absences =
    run.object.deletes !== 'none' && (complete || (certain && parentParts > 0))
      ? new AbsenceFinder(deps, ref, {
          ends,
          snapshot: { run: ref.runNo, asOf: plan?.asOf ?? run.run.startedAt.getTime() },
          ofReadParents: complete ? null : ofReadParents(deps, ref, { staged, parts: parentParts }),
        })
      : null;
  const repeated = new RepeatedKeys(deps, { ref, stream: run.definition.sync.stream }, staged);
  for (let number = 0; number < parts; number++) {
    const part = { number, of: parts };
    await repeated.settle(part);
    if (absences !== null) await absences.compare(part, await heldKeys(deps, { ref, staged }, part));
    if (totals.filtered > 0) await detachFiltered(deps, { ref, staged, ends }, part);
    context.progress({ part: number + 1, parts });
  }
  const { unchanged, duplicates, leftOut, lost } = await repeated.finish();
  const withClaims = staged.filter((batch) => (validatedOf(batch)?.accepted ?? 0) > 0);
  const { refused, rejectBatch } = await settleUnique({ deps, ref, run, context, staged: withClaims });
  const counts: SealedCounts = {
    read: totals.read,
    unchanged: totals.unchanged + unchanged,
    accepted: totals.accepted - leftOut - refused,
    quarantined: totals.quarantined + refused,
    duplicates,
    filtered: totals.filtered,
    bytes: totals.bytes,
  };
  await judgeRead(deps, ref, counts);
  const stats = { kind: 'seal', counts, complete, counted: absences !== null, lost };
  await insertBody(
    deps.store.pool,
    { runNo: ref.runNo, round: SEAL_ROUND, n: 0 },
    { body: { claims: [] }, keys: Buffer.alloc(0), stats },
  );
  await updateRun(deps.store.pool, ref.runNo, { phase: 'merge' });
  await absences?.finish();
  return {
    batches: spansOf([...withClaims.map((batch) => batch.n), ...ends.numbers]),
    counts,
    complete,
    rejectBatch: totals.rejectBatch || rejectBatch,
  };
}

/** Every key hash of the part that the read held. */
async function heldKeys(
  deps: Deps,
  { ref, staged }: { readonly ref: RunRef; readonly staged: readonly BatchSummary[] },
  part: Part,
): Promise<KeyCounter> {
  const held = new KeyCounter(totalsOf(staged, 0).read / part.of);
  for (const { n } of staged) {
    const { seen, keys } = await loadKeyBlobs(deps.store.pool, { runNo: ref.runNo, round: 0, n });
    for (const blob of [seen, keys]) {
      forEachKey(blob, part, (words, at) => {
        if (flagOf(words, at) !== GROUP_FLAG) held.add(words, at + 2);
      });
    }
  }
  return held;
}

const GROUP_FLAG = Number(GROUP);

interface Totals {
  read: number;
  unchanged: number;
  accepted: number;
  quarantined: number;
  unreadable: number;
  filtered: number;
  bytes: number;
  proven: boolean;
  rejectBatch: boolean;
}

function validatedOf(batch: BatchSummary): ValidatedCounts | undefined {
  return batch.stats['validated'] as ValidatedCounts | undefined; // written by saveBody
}

/** @param ranges how many the read has: each must have come to its end */
function totalsOf(staged: readonly BatchSummary[], ranges: number): Totals {
  const totals: Totals = {
    read: 0,
    unchanged: 0,
    accepted: 0,
    quarantined: 0,
    unreadable: 0,
    filtered: 0,
    bytes: 0,
    proven: false,
    rejectBatch: false,
  };
  let proven = 0;
  for (const batch of staged) {
    const range = rangeOf(batch);
    const validated = validatedOf(batch);
    totals.read += range.read;
    totals.unchanged += range.unchanged;
    totals.accepted += validated?.accepted ?? 0;
    totals.quarantined += range.quarantined + (validated?.quarantined ?? 0);
    totals.unreadable += range.unreadable + (validated?.unreadable ?? 0);
    totals.filtered += range.filtered + (validated?.filtered ?? 0);
    totals.bytes += range.bytes;
    if (range.end && range.proven) proven++;
    totals.rejectBatch ||= validated?.rejectBatch === true;
  }
  totals.proven = proven === ranges;
  return totals;
}
