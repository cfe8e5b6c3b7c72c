// Property names of source records.

import type { SourceRecord, SourceValue } from '../domain/values.ts';

const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Names that would reach into JavaScript's objects if a later step forgot that records have no prototype. */
export function isForbiddenName(name: string): boolean {
  return FORBIDDEN.has(name);
}

export type MutableRecord = { [name: string]: SourceValue };

export function createRecord(): MutableRecord {
  return { __proto__: null };
}

export function isRecord(value: SourceValue | undefined): value is SourceRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
