// Folding: all records of one source key as one claim, field by field by version. Pure. Whatever the order in which
// records arrive, and however often, they fold to the same claim: the newest word on each field counts.
//
// A whole record speaks of every field: of those it leaves out it says that they are withdrawn. A change event, and a
// whole record whose bad field a rule left out, say nothing of what is missing.

import type { Claim, Dated } from '../domain/claims.ts';
import type { StreamDefinition } from '../domain/definition.ts';
import { sameValue, type Value } from '../domain/values.ts';
import { compareClaims } from './claim-order.ts';

/**
 * What a key's source says after one more of its records. Associative, commutative and idempotent, for versions that have
 * an order (all with a source version, or all without).
 *
 * @param stored what it said before, folded; undefined: nothing
 */
export function foldClaim(stream: Pick<StreamDefinition, 'records'>, claim: Claim, stored: Claim | undefined): Claim {
  const one = wordsOf(stream, claim);
  if (stored === undefined) return one;
  if (stored.versions === undefined && one.versions === undefined) {
    // Both speak of every field, so that the newer says it all.
    return compareClaims(stored, one) <= 0 ? one : stored;
  }
  return join(stored, one);
}

/** Whether both say the same, in the same versions. */
export function sameClaim(a: Claim, b: Claim): boolean {
  return (
    a.operation === b.operation &&
    sameDate(a, b) &&
    namesOf(a, b).every((field) => {
      const [one, other] = [wordOn(a, field), wordOn(b, field)];
      return sameDate(one.date, other.date) && sameValue(one.value, other.value);
    }) &&
    sameDate(othersOf(a), othersOf(b))
  );
}

/** The claim with what it says nothing of written down, rather than known from its stream. */
function wordsOf({ records }: Pick<StreamDefinition, 'records'>, claim: Claim): Claim {
  const { unsaid, ...plain } = claim;
  if (claim.versions !== undefined || claim.operation !== 'upsert') return plain;
  if (records === 'partial') return { ...plain, versions: { others: null, fields: {} } };
  if (unsaid === undefined) return plain;
  return {
    ...plain,
    versions: { others: dateOf(claim), fields: Object.fromEntries(unsaid.map((one) => [one, null])) },
  };
}

/** The newest word on a field. Without a value it is withdrawn; without a date nobody has ever said a word. */
interface Word {
  readonly value: Value | undefined;
  readonly date: Dated | null;
}

function wordOn(claim: Claim, field: string): Word {
  const { versions, fields } = claim;
  const own = versions !== undefined && Object.hasOwn(versions.fields, field) ? versions.fields[field] : undefined;
  if (Object.hasOwn(fields, field)) return { value: fields[field], date: own ?? dateOf(claim) };
  return { value: undefined, date: own === undefined ? othersOf(claim) : own };
}

/** From when the claim is, as far as it concerns fields that it does not name. */
function othersOf(claim: Claim): Dated | null {
  return claim.versions === undefined ? dateOf(claim) : claim.versions.others;
}

function dateOf({ version, observedAt }: Dated): Dated {
  return { version, observedAt };
}

function join(a: Claim, b: Claim): Claim {
  // Named one by one: what is stored has columns that are no part of a claim.
  const { key, version, operation, observedAt } = compareClaims(a, b) <= 0 ? b : a;
  const others = newer(othersOf(a), othersOf(b)) === 'a' ? othersOf(a) : othersOf(b);
  const fields: Record<string, Value> = {};
  const named: Record<string, Dated | null> = {};
  const head: Claim = { key, version, operation, fields, observedAt };
  for (const field of namesOf(a, b)) {
    const [one, other] = [wordOn(a, field), wordOn(b, field)];
    const { value, date } = newer(one.date, other.date) === 'a' ? one : other;
    if (value !== undefined) fields[field] = value;
    if (!sameDate(date, value === undefined ? others : head)) named[field] = date;
  }
  const whole = sameDate(others, head) && Object.keys(named).length === 0;
  return whole ? head : { ...head, versions: { others, fields: named } };
}

function namesOf(...claims: readonly Claim[]): readonly string[] {
  const names = claims.flatMap(({ fields, versions }) => [
    ...Object.keys(fields),
    ...Object.keys(versions?.fields ?? {}),
  ]);
  return [...new Set(names)].toSorted();
}

function newer(a: Dated | null, b: Dated | null): 'a' | 'b' {
  if (a === null || b === null) return a === null ? 'b' : 'a';
  return compareClaims(a, b) > 0 ? 'a' : 'b';
}

function sameDate(a: Dated | null, b: Dated | null): boolean {
  if (a === null || b === null) return a === b;
  const [one, other] = [a.version, b.version];
  const sameVersion = one.source === other.source && one.read === other.read && one.position === other.position;
  return sameVersion && a.observedAt === b.observedAt;
}
