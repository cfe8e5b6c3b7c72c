// Keys that occur more than once in a read: one record of each counts, highest version, then later position.

import type { Claim } from '../domain/claims.ts';
import { groupBy } from '../domain/collections.ts';
import type { StreamDefinition } from '../domain/definition.ts';
import { ACCEPTED, flagOf, forEachKey, type Part, readEntry } from '../fingerprint/entries.ts';
import { KeyCounter } from '../fingerprint/key-counter.ts';
import { canonicalJson } from '../merge/change-set.ts';
import { compareClaims } from '../merge/claim-order.ts';
import { foldClaim } from '../merge/fold.ts';
import { type BatchSummary, loadClaims, loadKeyBlobs, rangeOf, saveFolded, saveLeftOut } from '../store/batches.ts';
import { claimsByKey, type StoredClaim } from '../store/claims.ts';
import type { Deps, RunRef } from './deps.ts';

/** Records of the read that lost to another one with their key, and the first few of these keys. */
export interface LostRecords {
  readonly records: number;
  readonly keys: readonly string[];
}

const SHOWN_KEYS = 3;
/** States in which a repeated claim has nothing left to do. */
const SETTLED = new Set(['applied', 'no_change', 'conflict', 'held', 'review']);
const ACCEPTED_FLAG = Number(ACCEPTED);

interface Place {
  readonly n: number;
  readonly ordinal: number;
}

/** An accepted record's entry: its place, and where the words of its key hash stand. */
interface Accepted {
  readonly words: Uint32Array;
  readonly at: number;
  readonly place: Place;
}

/** All places of one key hash in the read. */
interface Group {
  readonly fresh: Place[];
  /** Positions of records that were known already, with the same key. */
  readonly known: number[];
}

type Staged = Pick<BatchSummary, 'n' | 'stats'>;

/** Finds keys that occur more than once and decides which record counts: highest version, then later position. */
export class RepeatedKeys {
  readonly #deps: Deps;
  readonly #ref: RunRef;
  readonly #staged: readonly Staged[];
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
    staged: readonly Staged[],
  ) {
    this.#deps = deps;
    this.#ref = ref;
    this.#stream = stream;
    this.#staged = staged;
  }

  /** Most keys occur once: only for the others their places are kept. */
  async settle(part: Part): Promise<void> {
    const fresh = new KeyCounter(this.#staged.reduce((sum, batch) => sum + rangeOf(batch).kept, 0) / part.of);
    const repeated = new Map<bigint, Group>();
    const groupOf = (keyHash: bigint): Group => {
      const group = repeated.get(keyHash) ?? { fresh: [], known: [] };
      repeated.set(keyHash, group);
      return group;
    };
    await this.#eachAccepted('keys', part, (entries, { words, at, place }) => {
      if (fresh.add(words, at)) groupOf(readEntry(entries, place.ordinal).keyHash);
    });
    if (fresh.size === 0) return;
    await this.#eachAccepted('seen', part, (entries, { words, at, place }) => {
      if (!fresh.hasAt(words, at)) return;
      const { keyHash, position } = readEntry(entries, place.ordinal);
      groupOf(keyHash).known.push(position);
    });
    if (repeated.size === 0) return;
    await this.#eachAccepted('keys', part, (entries, { place }) =>
      repeated.get(readEntry(entries, place.ordinal).keyHash)?.fresh.push(place),
    );
    await this.#decide([...repeated.values()]);
  }

  async #eachAccepted(
    blob: 'seen' | 'keys',
    part: Part,
    visit: (entries: Buffer, accepted: Accepted) => void,
  ): Promise<void> {
    for (const batch of this.#staged) {
      const { n } = batch;
      if (blob === 'keys' && rangeOf(batch).kept === 0) continue;
      const entries = (await loadKeyBlobs(this.#deps.store.pool, { runNo: this.#ref.runNo, round: 0, n }))[blob];
      forEachKey(entries, part, (words, at, ordinal) => {
        if (flagOf(words, at) === ACCEPTED_FLAG) visit(entries, { words, at: at + 2, place: { n, ordinal } });
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
