// The stored form of a change set: the same content in about a third of the characters. What is empty is left out, and
// what stands in every field of every entry (who said it, by which rule) stands once for the change set.
//
// Equal change sets pack equally, whatever the order of their keys; keys are in order wherever there are many of them.

import type { ChangeRef, ChangeSet, Claim, Entry, FieldConflict, FieldWrite, Why } from './claims.ts';
import { areClaimed, type Claimed, claimedValues, isPlainCreate } from './claimed-writes.ts';
import type { Value } from './values.ts';

/** A reason without its key: few in a change set. */
type Reason = Omit<Why, 'key'>;

/** The number of the reason; with the claim's key where that is not the entry's. */
type PackedWhy = number | readonly [reason: number, key: string | null];

type PackedWrite =
  | readonly [after: Value, before: Value, why: PackedWhy]
  | readonly [after: Value, before: Value, why: PackedWhy, base: Value];

type PackedAgreed = readonly [value: Value] | readonly [value: Value, base: Value];

type PackedConflict = readonly [crm: Value, source: Value, kept: FieldConflict['kept'], policy: string];

type ByField<T> = Readonly<Record<string, T>>;

interface PackedEntry extends Pick<
  Entry,
  'action' | 'apart' | 'candidates' | 'key' | 'left' | 'ordinal' | 'outcome' | 'reason' | 'missing' | 'kept'
> {
  readonly agreed?: ByField<PackedAgreed>;
  /** It writes what its claim says. */
  readonly claimed?: true;
  readonly conflicts?: ByField<PackedConflict>;
  readonly crmId?: string;
  readonly drift?: readonly string[];
  readonly previous?: readonly [run: number, round: number, batch: number];
  readonly recordId?: number;
  readonly revision?: number;
  readonly writes?: ByField<PackedWrite>;
}

export interface PackedChangeSet {
  /** The digest of the claims that entries refer to. */
  readonly claims?: string;
  readonly entries: readonly PackedEntry[];
  readonly object: string;
  readonly reasons?: readonly Reason[];
  /** By field, the reason of what claims say. */
  readonly said?: ByField<number>;
}

/** @param claimed the batch's claims; without them every value is written out */
export function packChangeSet({ object, entries }: ChangeSet, claimed?: Claimed): PackedChangeSet {
  const reasons = new Reasons();
  const said = new Map<string, number>();
  const isUsual = (field: string, { why }: FieldWrite, key: string): boolean => {
    const reason = reasons.pack(why, key);
    if (!said.has(field) && typeof reason === 'number') said.set(field, reason);
    return said.get(field) === reason;
  };
  let refers = false;
  const packed = entries.map((entry): PackedEntry => {
    const { action, key, ordinal, outcome } = entry;
    const claim = isPlainCreate(entry) ? claimed?.claims[ordinal] : undefined;
    if (!areClaimed(entry, claim, (field, write) => isUsual(field, write, key))) return packEntry(entry, reasons);
    refers = true;
    return { action, claimed: true, key, ordinal, outcome };
  });
  return {
    ...(refers && claimed !== undefined ? { claims: claimed.digest } : {}),
    entries: packed,
    object,
    ...(reasons.list.length === 0 ? {} : { reasons: reasons.list }),
    ...(refers ? { said: mapByName(Object.fromEntries(said), (reason) => reason) } : {}),
  };
}

/** @param claims those of the batch, where the change set refers to them */
export function unpackChangeSet(packed: PackedChangeSet, claims: readonly Claim[] = []): ChangeSet {
  const { object, entries, reasons = [], said = {} } = packed;
  return {
    object,
    entries: entries.map((entry) => {
      if (entry.claimed !== true) return unpackEntry(entry, reasons);
      return unpackClaimed(entry, claims[entry.ordinal], { reasons, said });
    }),
  };
}

/** Its writes are made when they are asked for: delivery does without. */
function unpackClaimed(
  entry: PackedEntry,
  claim: Claim | undefined,
  { reasons, said }: { readonly reasons: readonly Reason[]; readonly said: ByField<number> },
): Entry {
  if (claim?.key !== entry.key) throw new Error(`the change set refers to a claim ${entry.ordinal} that is not there`);
  let made: Entry['writes'] | undefined;
  return {
    ...unpackEntry(entry, reasons),
    get writes() {
      const whys = new Whys(reasons, entry.key);
      return (made ??= mapByName(claimedValues(claim.fields), (after, field) => {
        return { before: null, after, why: whys.unpack(said[field] ?? -1) };
      }));
    },
  };
}

/** The ordinals of the entries that write what their claims say. */
export function claimedOrdinals({ entries }: PackedChangeSet): ReadonlySet<number> {
  return new Set(entries.flatMap(({ claimed, ordinal }) => (claimed === true ? [ordinal] : [])));
}

class Reasons {
  readonly list: Reason[] = [];

  pack({ key, policy, rule, sync }: Why, entryKey: string): PackedWhy {
    let number = this.list.findIndex((one) => one.rule === rule && one.sync === sync && one.policy === policy);
    if (number === -1) {
      number = this.list.push(policy === undefined ? { rule, sync } : { policy, rule, sync }) - 1;
    }
    return key === entryKey ? number : [number, key];
  }
}

function packEntry(entry: Entry, reasons: Reasons): PackedEntry {
  const { action, agreed, conflicts, crmId, drift, kept, key, ordinal, outcome, previous } = entry;
  const { apart, candidates, left, reason, missing, recordId, revision, writes } = entry;
  return {
    action,
    ...(isEmpty(agreed) ? {} : { agreed: mapByName(agreed, packAgreed) }),
    ...(apart === undefined ? {} : { apart }),
    ...(candidates === undefined ? {} : { candidates }),
    ...(isEmpty(conflicts) ? {} : { conflicts: mapByName(conflicts, packConflict) }),
    ...(crmId === null ? {} : { crmId }),
    ...(drift.length === 0 ? {} : { drift }),
    ...(kept === undefined ? {} : { kept }),
    key,
    ...(left === undefined ? {} : { left }),
    ...(missing === undefined ? {} : { missing }),
    ordinal,
    outcome,
    ...(previous === null ? {} : { previous: packRef(previous) }),
    ...(reason === undefined ? {} : { reason }),
    ...(recordId === null ? {} : { recordId }),
    ...(revision === null ? {} : { revision }),
    ...(isEmpty(writes) ? {} : { writes: mapByName(writes, (write) => packWrite(write, key, reasons)) }),
  };
}

function packWrite({ after, before, base, why }: FieldWrite, entryKey: string, reasons: Reasons): PackedWrite {
  const packed = reasons.pack(why, entryKey);
  return base === undefined ? [after, before, packed] : [after, before, packed, base];
}

function packAgreed({ value, base }: Entry['agreed'][string]): PackedAgreed {
  return base === undefined ? [value] : [value, base];
}

function packConflict({ crm, source, kept, policy }: FieldConflict): PackedConflict {
  return [crm, source, kept, policy];
}

function packRef({ run, round, batch }: ChangeRef): readonly [number, number, number] {
  return [run, round, batch];
}

function unpackEntry(packed: PackedEntry, reasons: readonly Reason[]): Entry {
  const { action, agreed, conflicts, crmId, drift, kept, key, ordinal, outcome, previous } = packed;
  const { apart, candidates, left, reason, missing, recordId, revision, writes } = packed;
  const whys = new Whys(reasons, key);
  return {
    ordinal,
    key,
    action,
    outcome,
    ...(reason === undefined ? {} : { reason }),
    ...(missing === undefined ? {} : { missing }),
    recordId: recordId ?? null,
    crmId: crmId ?? null,
    revision: revision ?? null,
    writes: writes === undefined ? {} : mapByName(writes, (write) => unpackWrite(write, whys)),
    agreed: agreed === undefined ? {} : mapByName(agreed, unpackAgreed),
    conflicts: conflicts === undefined ? {} : mapByName(conflicts, unpackConflict),
    drift: drift ?? [],
    previous: previous === undefined ? null : unpackRef(previous),
    ...(apart === undefined ? {} : { apart }),
    ...(left === undefined ? {} : { left }),
    ...(kept === undefined ? {} : { kept }),
    ...(candidates === undefined ? {} : { candidates }),
  };
}

/** The reasons of one entry, each made once: most fields share one. */
class Whys {
  readonly #reasons: readonly Reason[];
  readonly #key: string;
  readonly #made: (Why | undefined)[] = [];

  constructor(reasons: readonly Reason[], key: string) {
    this.#reasons = reasons;
    this.#key = key;
  }

  unpack(why: PackedWhy): Why {
    if (typeof why !== 'number') return this.#make(why[0], why[1]);
    return (this.#made[why] ??= this.#make(why, this.#key));
  }

  #make(number: number, key: string | null): Why {
    const reason = this.#reasons[number];
    if (reason === undefined) throw new Error(`the change set has no reason ${number}`);
    return { ...reason, key };
  }
}

function unpackWrite([after, before, why, base]: PackedWrite, whys: Whys): FieldWrite {
  const reason = whys.unpack(why);
  return base === undefined ? { before, after, why: reason } : { before, after, why: reason, base };
}

function unpackAgreed([value, base]: PackedAgreed): Entry['agreed'][string] {
  return base === undefined ? { value } : { value, base };
}

function unpackConflict([crm, source, kept, policy]: PackedConflict): FieldConflict {
  return { crm, source, kept, policy };
}

function unpackRef([run, round, batch]: readonly [number, number, number]): ChangeRef {
  return { run, round, batch };
}

function isEmpty(object: object): boolean {
  for (const _key in object) return false;
  return true;
}

/** Maps the properties, in the order of their names. */
function mapByName<From, To>(object: ByField<From>, map: (value: From, name: string) => To): ByField<To> {
  const mapped: Record<string, To> = {};
  for (const name of sortedNames(object)) {
    const value = object[name];
    if (value !== undefined) mapped[name] = map(value, name);
  }
  return mapped;
}

function sortedNames(object: object): readonly string[] {
  const names = Object.keys(object);
  return names.every((name, index) => index === 0 || (names[index - 1] ?? '') <= name) ? names : names.toSorted();
}
