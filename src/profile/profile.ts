// What the records of a read look like, column by column: how often each is filled, and what kind of values it holds.
// Pure. Profiles of batches add up to the profile of a read, in any order.

import type { SourceRecord, SourceValue } from '../domain/values.ts';
import { type Kind, kindOf } from './kind.ts';

export interface ColumnProfile {
  /** Records in which the column stands at all, even empty. */
  readonly present: number;
  /** Records in which it has a value. */
  readonly filled: number;
  /** Values by kind, of the records whose kinds were looked at. */
  readonly kinds: Readonly<Partial<Record<Kind, number>>>;
}

export interface Profile {
  readonly records: number;
  /** By path: `name`, `address.city`. */
  readonly columns: Readonly<Record<string, ColumnProfile>>;
}

export const NO_PROFILE: Profile = { records: 0, columns: {} };

/** Kinds are looked at in so many records of each batch: what they tell does not need all. */
const KIND_RECORDS = 500;
const MAX_COLUMNS = 500;
const MAX_DEPTH = 4;

interface Column {
  present: number;
  filled: number;
  kinds: Partial<Record<Kind, number>>;
}

/** Takes the records of one batch. Memory grows with the columns only, and with no more than 500 of them. */
export class Profiler {
  #records = 0;
  readonly #columns = new Map<string, Column>();

  add(record: SourceRecord): void {
    this.#records++;
    this.#addParts(record, '', 1);
  }

  result(): Profile {
    return { records: this.#records, columns: Object.fromEntries(this.#columns) };
  }

  #addParts(record: SourceRecord, prefix: string, depth: number): void {
    for (const name in record) {
      const value = record[name];
      if (value === undefined) continue;
      const path = prefix + name;
      if (isParts(value) && depth < MAX_DEPTH) this.#addParts(value, `${path}.`, depth + 1);
      else this.#addValue(path, value);
    }
  }

  #addValue(path: string, value: SourceValue): void {
    const column = this.#columns.get(path) ?? this.#newColumn(path);
    if (column === null) return;
    column.present++;
    if (value === null || value === '') return;
    column.filled++;
    if (this.#records > KIND_RECORDS) return;
    const kind = kindOf(value);
    column.kinds[kind] = (column.kinds[kind] ?? 0) + 1;
  }

  #newColumn(path: string): Column | null {
    if (this.#columns.size >= MAX_COLUMNS) return null;
    const column: Column = { present: 0, filled: 0, kinds: {} };
    this.#columns.set(path, column);
    return column;
  }
}

export function addProfiles(a: Profile, b: Profile): Profile {
  const columns: Record<string, ColumnProfile> = { ...a.columns };
  for (const [path, column] of Object.entries(b.columns)) {
    const before = Object.hasOwn(columns, path) ? columns[path] : undefined;
    columns[path] = before === undefined ? column : addColumns(before, column);
  }
  return { records: a.records + b.records, columns };
}

function addColumns(a: ColumnProfile, b: ColumnProfile): ColumnProfile {
  const kinds = { ...a.kinds };
  for (const [kind, count] of Object.entries(b.kinds) as [Kind, number][]) kinds[kind] = (kinds[kind] ?? 0) + count; // its own keys
  return { present: a.present + b.present, filled: a.filled + b.filled, kinds };
}

function isParts(value: SourceValue): value is SourceRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
