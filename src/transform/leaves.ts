// The ends of a record: every text, truth value and null with the path that reads it.

import type { SourceRecord, SourceValue } from '../domain/values.ts';
import { isSourceList } from './path.ts';

export interface Leaf {
  /** As `compilePath` takes it. */
  readonly path: string;
  readonly value: string | boolean | null;
}

/** In the order of the record. Empty lists and objects have no end. */
export function leavesOf(record: SourceRecord): readonly Leaf[] {
  const leaves: Leaf[] = [];
  collect(leaves, '', record);
  return leaves;
}

function collect(leaves: Leaf[], path: string, value: SourceValue): void {
  if (value === null || typeof value !== 'object') leaves.push({ path, value });
  else if (isSourceList(value)) for (const [index, item] of value.entries()) collect(leaves, `${path}[${index}]`, item);
  else for (const [name, part] of Object.entries(value)) collect(leaves, append(path, name), part);
}

function append(path: string, name: string): string {
  // What a path would take for more than a name stands in quotes.
  const plain = name !== '' && !/[."[\]]/.test(name);
  const step = plain ? name : `"${name.replaceAll('"', '""')}"`;
  return path === '' ? step : `${path}.${step}`;
}
