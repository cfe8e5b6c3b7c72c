// Seal: the run's claims are complete. One winner for each source key; what a proven snapshot no longer holds.
// Memory is bounded: key hashes are compared a part at a time.

import type { Claim } from '../domain/claims.ts';
import type { StreamDefinition } from '../domain/definition.ts';
import type { RunCounts } from '../domain/run.ts';
import { groupBy } from '../domain/collections.ts';
import { type Span, spansOf } from '../domain/spans.ts';
import { ACCEPTED, forEachEntry, GROUP, type KeyEntry, type Part } from '../fingerprint/entries.ts';
import { canonicalJson } from '../merge/change-set.ts';
import { compareClaims } from '../merge/claim-order.ts';
import { foldClaim } from '../merge/fold.ts';
import {
  type BatchSummary,
  type FetchedRange,
  insertBody,
  listBatches,
  loadClaims,
  loadKeyBlobs,
  saveFolded,
  saveLeftOut,
  SEAL_ROUND,
  type ValidatedCounts,
} from '../store/batches.ts';
import { claimsByKey, type StoredClaim } from '../store/claims.ts';
import { forgetRepeatedValues } from '../store/repeated-values.ts';
import { updateRun } from '../store/runs.ts';
import { AbsenceFinder } from './absences.ts';
import type { Deps, RunRef, StepContext } from './deps.ts';
import { EndBatches } from './ends.ts';
import { detachFiltered } from './left-filter.ts';
import { ofReadParents } from './parents.ts';
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

/** Records of the read that lost to another one with their key, and the first few of these keys. */
export interface LostRecords {
  readonly records: number;
  readonly keys: readonly string[];
}

const SHOWN_KEYS = 3;
const PART_ENTRIES = 400_000;
/** States in which a repeated claim has nothing left to do. */
const SETTLED = new Set(['applied', 'no_change', 'conflict', 'held', 'review']);

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
  const stats = { kind: 'seal', counts, counted: absences !== null, lost };
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
): Promise<ReadonlySet<bigint>> {
  const held = new Set<bigint>();
  for (const { n } of staged) {
    const { seen, keys } = await loadKeyBlobs(deps.store.pool, { runNo: ref.runNo, round: 0, n });
    for (const blob of [seen, keys]) {
      forEachEntry(blob, part, ({ keyHash, flag }) => {
        if (flag !== GROUP) held.add(keyHash);
      });
    }
  }
  return held;
}

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

function rangeOf(batch: BatchSummary): FetchedRange {
  return batch.stats as unknown as FetchedRange; // written by saveRange
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

interface Place {
  readonly n: number;
  readonly ordinal: number;
}

/** All places of one key hash in the read. */
interface Group {
  readonly fresh: Place[];
  /** Positions of records that were known already, with the same key. */
  readonly known: number[];
}

/** Finds keys that occur more than once and decides which record counts: highest version, then later position. */
class RepeatedKeys {
  readonly #deps: Deps;
  readonly #ref: RunRef;
  readonly #staged: readonly BatchSummary[];
  readonly #stream: Pick<StreamDefinition, 'records'>;
  readonly #leftOut = new Map<number, number[]>();
  readonly #folded = new Map<number, Map<number, Claim>>();
  /** For the notice at the end of the run. */
  readonly #lost: { records: number; readonly keys: string[] } = { records: 0, keys: [] };
  #unchanged = 0;
  #duplicates = 0;

  constructor(
    deps: Deps,
    { ref, stream }: { readonly ref: RunRef; readonly stream: Pick<StreamDefinition, 'records'> },
    staged: readonly BatchSummary[],
  ) {
    this.#deps = deps;
    this.#ref = ref;
    this.#stream = stream;
    this.#staged = staged;
  }

  /** Most keys occur once: only for the others their places are kept. */
  async settle(part: Part): Promise<void> {
    const fresh = new Set<bigint>();
    const repeated = new Map<bigint, Group>();
    const groupOf = (keyHash: bigint): Group => {
      const group = repeated.get(keyHash) ?? { fresh: [], known: [] };
      repeated.set(keyHash, group);
      return group;
    };
    await this.#eachAccepted('keys', part, ({ keyHash }) => {
      if (fresh.has(keyHash)) groupOf(keyHash);
      else fresh.add(keyHash);
    });
    if (fresh.size === 0) return;
    await this.#eachAccepted('seen', part, ({ keyHash, position }) => {
      if (fresh.has(keyHash)) groupOf(keyHash).known.push(position);
    });
    if (repeated.size === 0) return;
    await this.#eachAccepted('keys', part, ({ keyHash }, place) => repeated.get(keyHash)?.fresh.push(place));
    await this.#decide([...repeated.values()]);
  }

  async #eachAccepted(
    blob: 'seen' | 'keys',
    part: Part,
    visit: (entry: KeyEntry, place: Place) => void,
  ): Promise<void> {
    for (const { n } of this.#staged) {
      const blobs = await loadKeyBlobs(this.#deps.store.pool, { runNo: this.#ref.runNo, round: 0, n });
      forEachEntry(blobs[blob], part, (entry, ordinal) => {
        if (entry.flag === ACCEPTED) visit(entry, { n, ordinal });
      });
    }
  }

  async finish(): Promise<{
    readonly unchanged: number;
    readonly duplicates: number;
    readonly leftOut: number;
    readonly lost: LostRecords;
  }> {
    let leftOut = 0;
    for (const [n, ordinals] of this.#leftOut) {
      leftOut += ordinals.length;
      await saveLeftOut(this.#deps.store.pool, { runNo: this.#ref.runNo, round: 0, n }, ordinals);
    }
    for (const [n, claims] of this.#folded)
      await saveFolded(this.#deps.store.pool, { runNo: this.#ref.runNo, round: 0, n }, claims);
    return { unchanged: this.#unchanged, duplicates: this.#duplicates, leftOut, lost: this.#lost };
  }

  async #decide(groups: readonly Group[]): Promise<void> {
    if (groups.length === 0) return;
    const claims = await this.#loadClaims(groups.flatMap((group) => group.fresh));
    const keys = [...new Set([...claims.values()].map((claim) => claim.key))];
    const stored = await claimsByKey(this.#deps.store.pool, this.#ref.syncNo, keys);
    for (const group of groups) {
      // Two keys may share a hash: only records that really have the same key compete.
      const byKey = groupBy(group.fresh, (place) => claims.get(idOf(place))?.key ?? '');
      for (const [key, places] of byKey) this.#decideKey({ places, known: group.known }, claims, stored.get(key));
    }
  }

  #decideKey(
    { places, known }: { readonly places: readonly Place[]; readonly known: readonly number[] },
    claims: ReadonlyMap<string, Claim>,
    stored: StoredClaim | undefined,
  ): void {
    const fresh = places.flatMap((place) => {
      const claim = claims.get(idOf(place));
      return claim === undefined ? [] : [{ place, claim }];
    });
    // In order of position, since versions with and without a source's stamp have no order of their own.
    const inOrder = fresh.toSorted((a, b) => a.claim.version.position - b.claim.version.position);
    const [first] = inOrder;
    if (first === undefined) return;
    const winner = inOrder.reduce((best, one) => (compareClaims(one.claim, best.claim) >= 0 ? one : best), first);
    const lastKnown =
      stored === undefined
        ? []
        : known.map((position) => ({
            version: { source: stored.version.source, read: this.#ref.runNo, position },
            observedAt: stored.observedAt,
          }));
    const whole = fresh.reduce<Claim | undefined>(
      (before, { claim }) => foldClaim(this.#stream, claim, before),
      undefined,
    );
    // A change event that is older than a known one still has its say on other fields.
    const isPart = whole?.versions !== undefined && winner.claim.version.source !== null;
    if (whole?.versions !== undefined) this.#fold(winner.place, whole);
    const knownWins = !isPart && lastKnown.some((one) => compareClaims(one, winner.claim) > 0);
    for (const { place } of fresh) if (place !== winner.place || knownWins) this.#leave(place);
    const lost = fresh.length - 1 + (knownWins ? 1 : 0);
    this.#duplicates += lost;
    if (whole?.versions === undefined) this.#noteLost(lost, winner.claim.key);
    if (knownWins) this.#countKnownDuplicates(known.length - 1);
    else {
      this.#countKnownDuplicates(lastKnown.length);
      const said = whole?.versions === undefined ? winner.claim : foldClaim(this.#stream, whole, stored);
      if (lost + lastKnown.length > 0 && repeats(said, stored)) {
        this.#leave(winner.place);
        this.#unchanged++;
      }
    }
  }

  #noteLost(records: number, key: string): void {
    if (records === 0) return;
    this.#lost.records += records;
    if (this.#lost.keys.length < SHOWN_KEYS) this.#lost.keys.push(key);
  }

  /** Known records that lost to another one of their key: duplicates, not unchanged. */
  #countKnownDuplicates(count: number): void {
    this.#duplicates += count;
    this.#unchanged -= count;
  }

  #fold(place: Place, claim: Claim): void {
    const claims = this.#folded.get(place.n) ?? new Map<number, Claim>();
    this.#folded.set(place.n, claims.set(place.ordinal, claim));
  }

  #leave(place: Place): void {
    const ordinals = this.#leftOut.get(place.n) ?? [];
    ordinals.push(place.ordinal);
    this.#leftOut.set(place.n, ordinals);
  }

  async #loadClaims(places: readonly Place[]): Promise<ReadonlyMap<string, Claim>> {
    const claims = new Map<string, Claim>();
    for (const [n, inBatch] of groupBy(places, (place) => place.n)) {
      const { body } = await loadClaims(this.#deps.store.pool, { runNo: this.#ref.runNo, round: 0, n });
      for (const place of inBatch) {
        const claim = body.claims[place.ordinal];
        if (claim !== undefined) claims.set(idOf(place), claim);
      }
    }
    return claims;
  }
}

function idOf(place: Place): string {
  return `${place.n}/${place.ordinal}`;
}

/** Keys that occur twice have no fingerprint in the index; the claim itself tells that nothing changed. */
function repeats(claim: Claim, stored: StoredClaim | undefined): boolean {
  return (
    stored !== undefined &&
    SETTLED.has(stored.state) &&
    stored.version.source === claim.version.source &&
    stored.operation === claim.operation &&
    canonicalJson(stored.fields) === canonicalJson(claim.fields) &&
    canonicalJson(stored.versions) === canonicalJson(claim.versions)
  );
}
