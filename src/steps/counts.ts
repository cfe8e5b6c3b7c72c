// A run's counts, always from what the store holds: they survive crashes, resets and continue-as-new.

import { addCounts, NO_COUNTS, NO_OUTCOMES, type RunCounts } from '../domain/run.ts';
import type { Queryable } from '../postgres/client.ts';
import {
  type BatchSummary,
  type ChangeStats,
  type FetchedRange,
  listBatches,
  SEAL_ROUND,
  type ValidatedCounts,
} from '../store/batches.ts';

/** @param planned count what change sets would do where they are not delivered: for a dry run, which ends there */
export async function collectCounts(db: Queryable, runNo: number, planned = false): Promise<RunCounts> {
  const batches = await listBatches(db, runNo);
  const sealed = batches.find((batch) => batch.round === SEAL_ROUND && batch.stats['kind'] === 'seal');
  let counts = addCounts(NO_COUNTS, sealed === undefined ? unsealed(batches) : sealedCounts(sealed));
  for (const { changeStats, outcomeStats } of batches) {
    const { outcomes: _planned, ...merged } = changeStats?.counts ?? {};
    counts = addCounts(counts, merged);
    counts = addCounts(counts, outcomeStats ?? (planned && changeStats !== null ? plannedCounts(changeStats) : {}));
  }
  return counts;
}

function plannedCounts({ counts, creates, updates, deletes }: ChangeStats): Partial<RunCounts> {
  const { outcomes = NO_OUTCOMES } = counts;
  return { outcomes, created: creates, updated: updates, deleted: deletes };
}

function sealedCounts(batch: BatchSummary): Partial<RunCounts> {
  return batch.stats['counts'] as Partial<RunCounts>; // written by sealRun
}

/** What the seal of single batches found: event runs have no other. */
function sealedBatch({ stats }: BatchSummary): Partial<RunCounts> {
  return (stats['sealed'] as Partial<RunCounts> | undefined) ?? {}; // written by saveSealed
}

/** A run without a seal, or that ended before it: what was fetched and validated so far. */
function unsealed(batches: readonly BatchSummary[]): Partial<RunCounts> {
  let counts: RunCounts = NO_COUNTS;
  for (const batch of batches.filter((one) => one.round === 0 && one.stats['from'] !== undefined)) {
    const range = batch.stats as unknown as FetchedRange; // written by saveRange
    const validated = batch.stats['validated'] as ValidatedCounts | undefined; // written by saveBody
    counts = addCounts(counts, {
      read: range.read,
      unchanged: range.unchanged,
      accepted: validated?.accepted ?? 0,
      quarantined: range.quarantined + (validated?.quarantined ?? 0),
      filtered: range.filtered + (validated?.filtered ?? 0),
    });
    counts = addCounts(counts, sealedBatch(batch));
  }
  return counts;
}
