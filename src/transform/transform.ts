// The contract of transform: a source record becomes a canonical record. Pure; compiled once for each definition.

import type { Answers } from './user-functions.ts';
import type { Fields, Operation, SourceRecord, Value, Violation } from '../domain/values.ts';

export interface Canonical {
  /** Null when the key is absent or empty: the record cannot be told from others. */
  readonly key: string | null;
  readonly version: string | null;
  readonly operation: Operation;
  /** Absent fields are missing properties. */
  readonly fields: Fields;
  /** Fields whose mapping failed (unparsable date, unmapped code …) are absent from `fields` and listed here. */
  readonly violations: readonly Violation[];
  /** The sync's `where` leaves the record out: nothing else of it counts but the key. */
  readonly filtered?: true;
}

/**
 * Never throws for anything in the record.
 *
 * @param answers of functions that the user wrote (`makeAll`); without them each use of one is a violation
 */
export type Transform = (record: SourceRecord, answers?: Answers) => Canonical;

/** What a transform function may answer: a value (empty text and lists count as empty), or a violation's message. */
export type FunctionResult = { readonly value: Value } | { readonly error: string };
