// Which values of a read occur more than once, though they must be unique.
//
//   hashes of the values, part by part ─► those that occur twice, or in a stored claim besides ─► claims that have them
//
// Memory: 8 bytes a value, in parts; 4 bytes a claim of batches that have such values.

import type { Claim } from '../domain/claims.ts';
import type { FieldType, RuleLevel } from '../domain/definition.ts';
import { matchKey } from '../domain/field-types.ts';
import { ACCEPTED, forEachEntry, partOf } from '../fingerprint/entries.ts';
import { HashList, type SortedHashes } from '../fingerprint/repeats.ts';
import { type BatchSummary, loadClaims, loadKeyBlobs, type ValidatedCounts } from '../store/batches.ts';
import { pageClaims } from '../store/claims.ts';
import type { Deps, RunRef, StepContext } from './deps.ts';
import type { RunContext } from './run-context.ts';

/** A rule `unique` of the sync; or a field of the object that is, whose claims are left to a person. */
export interface UniqueCheck {
  readonly field: string;
  readonly type: FieldType;
  readonly level: RuleLevel | 'review';
  readonly message: string;
}

export interface Sealing {
  readonly deps: Deps;
  readonly ref: RunRef;
  readonly run: RunContext;
  readonly context: StepContext;
  /** The batches that hold accepted claims. */
  readonly staged: readonly BatchSummary[];
}

const PART_VALUES = 4_000_000;
const PAGE = 5_000;
const MAX_CANDIDATES = 400_000;
const WHOLE = { number: 0, of: 1 };

/** By batch: for each claim, a bit for each check that it fails. */
export async function findRepeated(
  sealing: Sealing,
  checks: readonly UniqueCheck[],
): Promise<ReadonlyMap<number, Uint32Array>> {
  const found = new Map<number, Uint32Array>();
  const claims = sealing.staged.reduce((sum, batch) => sum + validatedOf(batch).accepted, 0);
  const of = Math.max(1, Math.ceil((claims * checks.length) / PART_VALUES));
  for (let number = 0; number < of; number++) {
    const hashes = new HashList();
    await eachValue(sealing, checks, ({ hash }) => {
      if (partOf(hash, of) === number) hashes.add(hash);
    });
    const stored = await heldByOthers(sealing, checks, hashes.sorted());
    const repeated = hashes.repeated();
    if (repeated.length + stored.size === 0) continue;
    await eachValue(sealing, checks, ({ hash, check, n, ordinal, count }) => {
      if (!repeated.has(hash) && !stored.has(hash)) return;
      const bits = found.get(n) ?? new Uint32Array(count);
      found.set(n, bits);
      bits[ordinal] = (bits[ordinal] ?? 0) | (1 << check);
    });
  }
  return found;
}

interface ClaimValue {
  readonly hash: bigint;
  readonly check: number;
  readonly n: number;
  readonly ordinal: number;
  /** Claims in the batch. */
  readonly count: number;
}

async function eachValue(
  { deps, ref, staged, context }: Sealing,
  checks: readonly UniqueCheck[],
  visit: (value: ClaimValue) => void,
): Promise<void> {
  for (const { n } of staged) {
    const { body, leftOut } = await loadClaims(deps.store.pool, { runNo: ref.runNo, round: 0, n });
    const count = body.claims.length;
    for (const [ordinal, claim] of body.claims.entries()) {
      if (leftOut.has(ordinal) || claim.operation !== 'upsert') continue;
      for (const { hash, check } of hashesOf(deps, checks, claim)) visit({ hash, check, n, ordinal, count });
    }
    context.progress({ compared: n });
  }
}

/** The values of one claim; those without any are left out. */
function hashesOf(
  deps: Deps,
  checks: readonly UniqueCheck[],
  { fields }: Pick<Claim, 'fields'>,
): readonly Pick<ClaimValue, 'hash' | 'check'>[] {
  return checks.flatMap(({ field, type }, check) => {
    const key = matchKey(type, fields[field]);
    return key === null ? [] : [{ hash: deps.hasher.keyHash(`${check} ${key}`), check }];
  });
}

/** Of these hashes, those that a stored claim of the sync has whose key the run has not read anew. Rules only: of the
 * object's own fields the CRM is asked. */
async function heldByOthers(
  sealing: Sealing,
  checks: readonly UniqueCheck[],
  wanted: SortedHashes,
): Promise<ReadonlySet<bigint>> {
  const { deps, ref } = sealing;
  const held = new Set<bigint>();
  const rules = checks.filter(({ level }) => level !== 'review');
  if (rules.length === 0 || wanted.length === 0) return held;
  let candidates: { readonly hash: bigint; readonly keyHash: bigint }[] = [];
  const flush = async (): Promise<void> => {
    const anew = await readAnew(sealing, new Set(candidates.map(({ keyHash }) => keyHash)));
    for (const { hash, keyHash } of candidates) if (!anew.has(keyHash)) held.add(hash);
    candidates = [];
  };
  for (let afterKey = ''; ;) {
    const page = await pageClaims(deps.store.pool, { syncNo: ref.syncNo, afterKey, limit: PAGE });
    for (const claim of page) {
      const shared = hashesOf(deps, rules, claim).filter(({ hash }) => wanted.has(hash));
      for (const { hash } of shared) candidates.push({ hash, keyHash: claim.keyHash });
    }
    sealing.context.progress({ comparedWith: page.length });
    if (candidates.length > MAX_CANDIDATES) await flush();
    if (page.length < PAGE) break;
    afterKey = page.at(-1)?.key ?? afterKey;
  }
  await flush();
  return held;
}

async function readAnew({ deps, ref, staged }: Sealing, keys: ReadonlySet<bigint>): Promise<ReadonlySet<bigint>> {
  const anew = new Set<bigint>();
  for (const { n } of keys.size === 0 ? [] : staged) {
    const blobs = await loadKeyBlobs(deps.store.pool, { runNo: ref.runNo, round: 0, n });
    forEachEntry(blobs.keys, WHOLE, ({ keyHash, flag }) => {
      if (flag === ACCEPTED && keys.has(keyHash)) anew.add(keyHash);
    });
  }
  return anew;
}

export function validatedOf(batch: BatchSummary): ValidatedCounts {
  return batch.stats['validated'] as ValidatedCounts; // written by saveBody: the batch holds claims
}
