// The columns of a sample: every path that leads to a value, with what stands there.

import type { SourceRecord, SourceValue } from '../domain/values.ts';

export interface Column {
  /** As it is written in a mapping: `address.city`, `contacts[0].phone`, `"name.with.dots"`. */
  readonly path: string;
  /** The names on the way, without indexes. */
  readonly names: readonly string[];
  /** Records with a value that is neither null nor white space. */
  readonly filled: number;
  /** Different values among those, white space around them aside. */
  readonly distinct: number;
  /** The filled values in order, as they stand; of a list its first. */
  readonly values: readonly Cell[];
  /** Records where the value is a list of several. */
  readonly lists: number;
}

export interface Cell {
  readonly text: string;
  /** True and false as the format knows them, not their words. */
  readonly isBoolean: boolean;
  readonly record: SourceRecord;
}

const MAX_COLUMNS = 500;
const MAX_DEPTH = 8;

interface Building {
  readonly path: string;
  readonly names: readonly string[];
  readonly values: Cell[];
  readonly distinct: Set<string>;
  lists: number;
}

/** In order of first appearance. Of lists the first item is looked at; wide and deep records are cut off. */
export function profile(records: readonly SourceRecord[]): readonly Column[] {
  const columns = new Map<string, Building>();
  for (const record of records) {
    const add = (place: Place, value: SourceValue): void => {
      const column = columns.get(place.path) ?? { ...place, values: [], distinct: new Set(), lists: 0 };
      if (!columns.has(place.path)) {
        if (columns.size === MAX_COLUMNS) return;
        columns.set(place.path, column);
      }
      if (Array.isArray(value) && value.length > 1) column.lists++;
      const scalar: SourceValue | undefined = Array.isArray(value) ? value[0] : value;
      if (typeof scalar !== 'string' && typeof scalar !== 'boolean') return;
      const text = String(scalar);
      if (text.trim() === '') return;
      column.values.push({ text, isBoolean: typeof scalar === 'boolean', record });
      column.distinct.add(text.trim());
    };
    visit(record, { path: '', names: [] }, add);
  }
  return [...columns.values()].map(({ distinct, values, ...column }) => ({
    ...column,
    values,
    filled: values.length,
    distinct: distinct.size,
  }));
}

interface Place {
  readonly path: string;
  readonly names: readonly string[];
}

function visit(value: SourceRecord, place: Place, add: (place: Place, value: SourceValue) => void): void {
  for (const [name, part] of Object.entries(value)) {
    const names = [...place.names, name];
    const path = place.path === '' ? quoted(name) : `${place.path}.${quoted(name)}`;
    const first: SourceValue | undefined = Array.isArray(part) ? part[0] : part;
    if (!isObject(first)) add({ path, names }, part);
    else if (names.length < MAX_DEPTH) visit(first, { path: Array.isArray(part) ? `${path}[0]` : path, names }, add);
  }
}

function quoted(name: string): string {
  return /^[^."[\]][^.[\]]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

function isObject(value: SourceValue | undefined): value is SourceRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
