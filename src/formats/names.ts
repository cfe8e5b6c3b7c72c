// Property names of source records.

import type { SourceRecord, SourceValue } from '../domain/values.ts';

const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Names that would reach into JavaScript's objects if a later step forgot that records have no prototype. */
export function isForbiddenName(name: string): boolean {
  return FORBIDDEN.has(name);
}

export type MutableRecord = { [name: string]: SourceValue };

/** `{ __proto__: null }` and `Object.create(null)` would be hash tables, twice as slow to fill and to read. */
export function createRecord(): MutableRecord {
  const record: MutableRecord = {};
  Object.setPrototypeOf(record, null);
  return record;
}

export function isRecord(value: SourceValue | undefined): value is SourceRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
