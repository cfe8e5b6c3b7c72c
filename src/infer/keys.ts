// Which column tells records apart, and which one newer from older.

import { instantOf } from '../domain/versions.ts';
import type { Column } from './columns.ts';
import type { Kind } from './kinds.ts';
import type { Meaning } from './meaning.ts';

/** A column with what was found out about it. */
export interface KnownColumn {
  readonly column: Column;
  readonly meaning: Meaning;
  readonly kind: Kind;
}

export interface Candidate {
  readonly path: string;
  /** For a person. */
  readonly says: string;
}

export interface Keys {
  /** The best first; none when no column is nearly unique. */
  readonly keys: readonly Candidate[];
  /** The best first. */
  readonly versions: readonly Candidate[];
}

/** Exports hold copies of records: a key may occur again, but not often. */
const UNIQUE = 0.95;
/** The weight of a key that its name shows to be one. */
const NAMED = 3;
const MAX_KEY_LENGTH = 64;

export function findKeys(columns: readonly KnownColumn[], records: number): Keys {
  const keys = columns
    .filter((one) => isKey(one, records))
    .map((one) => ({ path: one.column.path, says: keyEvidence(one, records), weight: keyWeight(one, records) }))
    .toSorted((a, b) => b.weight - a.weight);
  const versions = columns
    .flatMap((one) => {
      const weight = versionWeight(one, records);
      return weight === 0 ? [] : [{ path: one.column.path, says: versionEvidence(one, records), weight }];
    })
    .toSorted((a, b) => b.weight - a.weight);
  // Next to a number of its own an address that is unique for now is no alternative.
  const named = keys.filter(({ weight }) => weight >= NAMED);
  return { keys: (named.length > 0 ? named : keys).map(plain), versions: versions.map(plain) };
}

function plain({ path, says }: Candidate): Candidate {
  return { path, says };
}

function isKey({ column, kind }: KnownColumn, records: number): boolean {
  if (column.lists > 0 || column.filled < records * 0.99 || column.distinct < column.filled * UNIQUE) return false;
  if (['boolean', 'date', 'datetime', 'decimal', 'codes'].includes(kind.name)) return false;
  return column.values.every(({ text }) => text.length <= MAX_KEY_LENGTH);
}

/** Names speak louder than numbers: a list of people has unique e-mail addresses, which change. */
function keyWeight({ column, meaning, kind }: KnownColumn, records: number): number {
  const name = meaning.attribute === 'id' ? 4 : meaning.attribute === 'uscc' ? 2 : 0;
  const shallow = 1 / column.names.length;
  const spaced = column.values.some(({ text }) => /\s/.test(text.trim())) ? -2 : 0;
  const personal = ['email', 'phone'].includes(kind.name) || meaning.attribute === 'name' ? -1 : 0;
  return name + shallow + spaced + personal + column.distinct / records;
}

function keyEvidence({ column: { filled, distinct } }: KnownColumn, records: number): string {
  const copies = filled - distinct;
  const again =
    copies === 0 ? '' : `; ${copies === 1 ? '1 record repeats' : `${copies} records repeat`} an earlier one’s`;
  const empty = filled === records ? 'none empty' : `${records - filled} empty`;
  return `${distinct} different values in ${records} records, ${empty}${again}`;
}

function versionWeight({ column, meaning, kind }: KnownColumn, records: number): number {
  if (column.lists > 0 || column.filled < records * 0.95) return 0;
  const stamped = (kind.name === 'datetime' || kind.name === 'date') && isOrdered(column);
  if (meaning.attribute === 'updated_at' && stamped) return 3 + 1 / column.names.length;
  const counted =
    kind.name === 'integer' && /^(row)?version|revision|版本/.test(column.names.at(-1)?.toLowerCase() ?? '');
  return counted ? 2 : 0;
}

/** Versions are compared as instants, as numbers, else letter by letter: 2026/9/8 would come after 2026/10/1. */
function isOrdered({ values }: Column): boolean {
  const texts = values.map(({ text }) => text.trim());
  const sameWidth = new Set(texts.map(({ length }) => length)).size === 1;
  return texts.every((text) => instantOf(text) !== null || /^\d+$/.test(text) || (sameWidth && /^\d{4}\D/.test(text)));
}

function versionEvidence({ kind, column }: KnownColumn, records: number): string {
  const empty = column.filled === records ? '' : `; ${records - column.filled} empty`;
  return `by its name it grows with every change; ${kind.says}${empty}`;
}
