// What seal finds out about values that must be unique, batch by batch. Seal may run again: it begins by forgetting.

import type { Queryable } from '../postgres/client.ts';
import type { BatchId, ValidatedCounts } from './batches.ts';
import { decodeBody, encodeBody } from './body.ts';

export interface RepeatedValues {
  /** Ordinals of claims that are quarantined after all. */
  readonly refused: readonly number[];
  /** By ordinal: the field whose value another record of the run has too. */
  readonly contested: Readonly<Record<string, string>>;
}

export const NOTHING_REPEATED: RepeatedValues = { refused: [], contested: {} };

/** The counts of the batch become `counts`; what they were before is kept for `forgetRepeatedValues`. */
export async function saveRepeatedValues(
  db: Queryable,
  id: BatchId,
  found: { readonly values: RepeatedValues; readonly counts: ValidatedCounts },
): Promise<void> {
  await db.query(
    `update batch set repeated = $4,
       stats = stats || jsonb_build_object('alone', coalesce(stats -> 'alone', stats -> 'validated'), 'validated', $5::jsonb)
     where run_no = $1 and round = $2 and n = $3`,
    [id.runNo, id.round, id.n, await encodeBody(found.values), JSON.stringify(found.counts)],
  );
}

/** Undoes what an earlier attempt at the seal has found. */
export async function forgetRepeatedValues(db: Queryable, runNo: number): Promise<void> {
  await db.query(
    `update batch set repeated = null, stats = (stats - 'alone') || jsonb_build_object('validated', stats -> 'alone')
     where run_no = $1 and round = 0 and repeated is not null`,
    [runNo],
  );
}

export async function loadRepeatedValues(stored: Buffer | null | undefined): Promise<RepeatedValues> {
  return stored ? decodeBody<RepeatedValues>(stored) : NOTHING_REPEATED;
}
