// The stored form of a change set: the same content in about a third of the characters. What is empty is left out, and
// what stands in every field of every entry (who said it, by which rule) stands once for the change set.

import type { ChangeSet, Entry, FieldWrite, Why } from './claims.ts';
import type { Value } from './values.ts';

/** A reason without its key: few in a change set. */
type Reason = Omit<Why, 'key'>;

/** The number of the reason; with the claim's key where that is not the entry's. */
type PackedWhy = number | readonly [reason: number, key: string | null];

type PackedWrite =
  | readonly [after: Value, before: Value, why: PackedWhy]
  | readonly [after: Value, before: Value, why: PackedWhy, base: Value];

type PackedAgreed = readonly [value: Value] | readonly [value: Value, base: Value];

type Optional = 'recordId' | 'crmId' | 'revision' | 'conflicts' | 'drift' | 'previous';

interface PackedEntry extends Omit<Entry, Optional | 'writes' | 'agreed'>, Partial<Pick<Entry, Optional>> {
  readonly writes?: Readonly<Record<string, PackedWrite>>;
  readonly agreed?: Readonly<Record<string, PackedAgreed>>;
}

export interface PackedChangeSet {
  readonly entries: readonly PackedEntry[];
  readonly object: string;
  readonly reasons?: readonly Reason[];
}

/** Equal change sets pack equally, whatever the order of their keys: names are sorted, reasons numbered as they come. */
export function packChangeSet({ object, entries }: ChangeSet): PackedChangeSet {
  const reasons = new Reasons();
  const packed = entries.map((entry) => packEntry(entry, reasons));
  return reasons.list.length === 0 ? { entries: packed, object } : { entries: packed, object, reasons: reasons.list };
}

export function unpackChangeSet({ object, entries, reasons = [] }: PackedChangeSet): ChangeSet {
  return { object, entries: entries.map((entry) => unpackEntry(entry, reasons)) };
}

class Reasons {
  readonly list: Reason[] = [];
  readonly #numbers = new Map<string, number>();

  pack(why: Why, entryKey: string): PackedWhy {
    const { key, ...reason } = why;
    const number = this.#number(reason);
    return key === entryKey ? number : [number, key];
  }

  #number(reason: Reason): number {
    const text = JSON.stringify([reason.sync, reason.rule, reason.policy]);
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.list.length);
    return this.list.push(reason) - 1;
  }
}

function packEntry(entry: Entry, reasons: Reasons): PackedEntry {
  const { recordId, crmId, revision, writes, agreed, conflicts, drift, previous, ...frame } = entry;
  const packedWrites = mapSorted(writes, (write) => packWrite(write, entry.key, reasons));
  const packedAgreed = mapSorted(agreed, ({ value, base }): PackedAgreed =>
    base === undefined ? [value] : [value, base],
  );
  return {
    ...frame,
    ...(packedAgreed === null ? {} : { agreed: packedAgreed }),
    ...(isEmpty(conflicts) ? {} : { conflicts }),
    ...(crmId === null ? {} : { crmId }),
    ...(drift.length === 0 ? {} : { drift }),
    ...(previous === null ? {} : { previous }),
    ...(recordId === null ? {} : { recordId }),
    ...(revision === null ? {} : { revision }),
    ...(packedWrites === null ? {} : { writes: packedWrites }),
  };
}

function packWrite({ after, before, base, why }: FieldWrite, entryKey: string, reasons: Reasons): PackedWrite {
  const packed = reasons.pack(why, entryKey);
  return base === undefined ? [after, before, packed] : [after, before, packed, base];
}

function unpackEntry(packed: PackedEntry, reasons: readonly Reason[]): Entry {
  const { writes, agreed, recordId, crmId, revision, conflicts, drift, previous, ...frame } = packed;
  const whys = new Map<number, Why>();
  const unpackWhy = (why: PackedWhy): Why => {
    if (typeof why !== 'number') return unpackReason(reasons, why);
    const known = whys.get(why) ?? unpackReason(reasons, [why, packed.key]);
    whys.set(why, known);
    return known;
  };
  return {
    ...frame,
    recordId: recordId ?? null,
    crmId: crmId ?? null,
    revision: revision ?? null,
    writes: mapSorted(writes ?? {}, (write) => unpackWrite(write, unpackWhy)) ?? {},
    agreed: mapSorted(agreed ?? {}, unpackAgreed) ?? {},
    conflicts: conflicts ?? {},
    drift: drift ?? [],
    previous: previous ?? null,
  };
}

function unpackReason(reasons: readonly Reason[], [number, key]: readonly [number, string | null]): Why {
  const reason = reasons[number];
  if (reason === undefined) throw new Error(`the change set has no reason ${number}`);
  return { ...reason, key };
}

function unpackWrite([after, before, why, base]: PackedWrite, unpackWhy: (why: PackedWhy) => Why): FieldWrite {
  const unpacked = { before, after, why: unpackWhy(why) };
  return base === undefined ? unpacked : { ...unpacked, base };
}

function unpackAgreed([value, base]: PackedAgreed): { readonly value: Value; readonly base?: Value } {
  return base === undefined ? { value } : { value, base };
}

function isEmpty(object: object): boolean {
  for (const _key in object) return false;
  return true;
}

/** The properties in the order of their names; null when there are none. */
function mapSorted<From, To>(
  object: Readonly<Record<string, From>>,
  map: (value: From) => To,
): Readonly<Record<string, To>> | null {
  const names = Object.keys(object);
  if (names.length === 0) return null;
  const mapped: Record<string, To> = {};
  for (const name of names.toSorted()) {
    const value = object[name];
    if (value !== undefined) mapped[name] = map(value);
  }
  return mapped;
}
