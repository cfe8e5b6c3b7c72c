// An export of the quarantine that somebody has edited: what of each record is different now.

import { SyncError } from '../domain/errors.ts';
import type { SourceRecord, SourceValue } from '../domain/values.ts';
import { leavesOf } from '../transform/leaves.ts';
import { RECORD_PREFIX } from './quarantine-records.ts';
import { type Change, changeRecord } from './record-edits.ts';

/** A row of the file: which record it means, and what it says of it. */
export interface EditedRow {
  /** Its number in the file, from 1. */
  readonly number: number;
  readonly id: number;
  readonly fingerprint: bigint;
  readonly values: SourceRecord;
}

/** Reads who is meant. Errors: `quarantine.import` with what is wrong with the row. */
export function readRow(values: SourceRecord, number: number): EditedRow {
  const { id, fingerprint } = values;
  if (typeof id !== 'string' || !/^[1-9]\d{0,14}$/.test(id))
    throw refusal(number, 'has no `id` of a quarantined record');
  const digits = typeof fingerprint === 'string' ? /^x?([0-9a-f]{16})$/.exec(fingerprint)?.[1] : undefined;
  if (digits === undefined)
    throw refusal(number, '`fingerprint` is not as it was exported; spreadsheets must keep it as text');
  return { number, id: Number(id), fingerprint: BigInt(`0x${digits}`), values };
}

/**
 * The record as the row has it, or null when nothing is different.
 *
 * @param columns the columns of a CSV file: a cell that was emptied takes its part of the record out. Null for JSON and
 * NDJSON, whose `record` is taken whole.
 */
export function correctedBy(
  row: EditedRow,
  before: SourceRecord,
  columns: readonly string[] | null,
): SourceRecord | null {
  if (columns !== null) {
    const changes = changesOf(row, before, columns);
    return changes.length === 0 ? null : changeRecord(before, changes);
  }
  const { record } = row.values;
  if (record === undefined || !isRecord(record)) throw refusal(row.number, 'has no `record`');
  return JSON.stringify(record) === JSON.stringify(before) ? null : record;
}

export function refusal(number: number, problem: string): SyncError {
  return new SyncError('quarantine.import', { message: `record ${number} of the file: ${problem}` });
}

function changesOf({ values }: EditedRow, before: SourceRecord, columns: readonly string[]): readonly Change[] {
  const leaves = new Map(leavesOf(before).map(({ path, value }) => [path, value]));
  const changes = columns.flatMap((column): readonly Change[] => {
    if (!column.startsWith(RECORD_PREFIX)) return [];
    const path = column.slice(RECORD_PREFIX.length);
    const leaf = leaves.get(path) ?? '';
    const cell = values[column] ?? '';
    // An apostrophe keeps spreadsheets from running a cell as a formula.
    if (typeof cell !== 'string' || cell === String(leaf) || cell === `'${String(leaf)}`) return [];
    if (cell === '') return [{ path, value: undefined }];
    return [{ path, value: typeof leaf === 'boolean' && /^(true|false)$/.test(cell) ? cell === 'true' : cell }];
  });
  // Items of lists are taken out from the last to the first, so that each is still where its path says.
  return [...changes.filter((change) => !isOut(change)), ...changes.filter(isOut).toReversed()];
}

function isOut({ value }: Change): boolean {
  return value === undefined;
}

function isRecord(value: SourceValue): value is SourceRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
