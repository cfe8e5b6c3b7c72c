// Change sets: canonical encoding, hash, and what the gate counts in them. Pure.

import { createHash } from 'node:crypto';
import type { ChangeSet, Entry } from '../domain/claims.ts';
import type { Claimed } from '../domain/claimed-writes.ts';
import { packChangeSet } from '../domain/packed-change-set.ts';
import { isEmpty } from '../domain/values.ts';

/** JSON with sorted keys: the same content always has the same text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(isOrdered(value) ? value : ordered(value));
}

/** Looking is ten times cheaper than making everything anew, and packed change sets are in order already. */
function isOrdered(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isOrdered);
  const keys = Object.keys(value);
  const entries: Readonly<Record<string, unknown>> = { ...value };
  return keys.every((key, index) => (index === 0 || (keys[index - 1] ?? '') < key) && isOrdered(entries[key]));
}

function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(ordered);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, ordered(item)]));
}

export interface EncodedChangeSet {
  /** The canonical JSON of its packed form: what is stored. */
  readonly text: string;
  /** SHA-256 of the text, in hex: what an approval is bound to and a delivery checks. */
  readonly hash: string;
}

/** @param claimed the batch's claims, which the text then refers to where it would repeat them */
export function encodeChangeSet(changeSet: ChangeSet, claimed?: Claimed): EncodedChangeSet {
  const text = canonicalJson(packChangeSet(changeSet, claimed));
  return { text, hash: createHash('sha256').update(text).digest('hex') };
}

export function hashChangeSet(changeSet: ChangeSet): string {
  return encodeChangeSet(changeSet).hash;
}

/** The hash of a round: over its batches' hashes, in order. */
export function rootHash(hashes: readonly string[]): string {
  return createHash('sha256').update(hashes.join('\n')).digest('hex');
}

export interface ChangeCounts {
  readonly creates: number;
  readonly updates: number;
  readonly deletes: number;
  readonly conflicts: number;
  readonly drift: number;
  /** By field: records that would lose a value. */
  readonly nulls: Readonly<Record<string, number>>;
}

export function countChanges(entries: readonly Entry[]): ChangeCounts {
  const nulls: Record<string, number> = {};
  const counts = { creates: 0, updates: 0, deletes: 0, conflicts: 0, drift: 0 };
  for (const entry of entries) {
    if (entry.action === 'create') counts.creates++;
    if (entry.action === 'update') counts.updates++;
    if (entry.action === 'deactivate' || entry.action === 'delete') counts.deletes++;
    if (Object.keys(entry.conflicts).length > 0) counts.conflicts++;
    counts.drift += entry.drift.length;
    if (entry.action === 'update') countNulls(entry, nulls);
  }
  return { ...counts, nulls };
}

function countNulls(entry: Entry, nulls: Record<string, number>): void {
  for (const [field, write] of Object.entries(entry.writes)) {
    if (isEmpty(write.after) && !isEmpty(write.before)) nulls[field] = (nulls[field] ?? 0) + 1;
  }
}
