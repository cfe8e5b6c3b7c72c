// The values that flow through a run. Pure data: everything here is JSON-safe.

import { compareSourceVersions } from './versions.ts';

/**
 * A canonical value: what a field holds after mapping and type conversion.
 *
 * Numbers are decimal strings (`"1234.5"`), so that no digit is lost; dates are `YYYY-MM-DD`, date-times ISO 8601 in
 * UTC with milliseconds. `null` means "sent empty on purpose"; an absent field is a missing property, never `undefined`.
 */
export type Value = string | boolean | null | readonly Value[];

/** Canonical fields by name. A missing property is an absent field. */
export type Fields = Readonly<Record<string, Value>>;

/** A decoded source value: text as it stood, lists and nested objects kept. Objects have no prototype. */
export type SourceValue = string | boolean | null | readonly SourceValue[] | SourceRecord;

/** A decoded source record. JSON numbers arrive as their source text, so that every digit is kept. */
export interface SourceRecord {
  readonly [name: string]: SourceValue;
}

/**
 * `delete`: the source says that the record has ended. `detach`: it says nothing of the record any more (merged away
 * there, out of what it shows us), which ends nothing.
 */
export type Operation = 'upsert' | 'delete' | 'detach';

/** A failed check on one record. `value` is cut to 200 characters; `field` is absent for whole-record violations. */
export interface Violation {
  readonly field?: string;
  /** What was checked: `email`, `required`, `type`, `codes`, `record.malformed`, … */
  readonly rule: string;
  readonly message: string;
  readonly value?: string;
}

/**
 * Orders the claims of one source key: source version first (when both have one), then the read in which the record was
 * first durable, then its position in that read.
 */
export interface Version {
  readonly source: string | null;
  readonly read: number;
  readonly position: number;
}

/**
 * Negative when `a` is older. Without two source versions the sequence alone counts. A total order among versions that
 * all have a source version, and among those that all have none; a mixture is decided pair by pair.
 */
export function compareVersions(a: Version, b: Version): number {
  const bySource = a.source === null || b.source === null ? 0 : compareSourceVersions(a.source, b.source);
  return bySource || a.read - b.read || a.position - b.position;
}

export function isEmpty(value: Value | undefined): boolean {
  return value === undefined || value === null || value === '' || (isList(value) && value.length === 0);
}

/** `Array.isArray` for readonly lists, which it does not narrow. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** Deep equality of canonical values; absent equals null only where the caller says so. */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true;
  if (!isList(a) || !isList(b) || a.length !== b.length) return false;
  return a.every((item, index) => sameValue(item, b[index]));
}
