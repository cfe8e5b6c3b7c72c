// What every workflow of ours returns.

import { workflowInfo } from '@temporalio/workflow';
import type { RunCounts, RunSummary } from '../src/domain/run.ts';

export function summarise(sync: string, outcome: string, counts: RunCounts): RunSummary {
  const { read, unchanged, accepted, quarantined, duplicates, filtered, created, updated, deleted, conflicts } = counts;
  const run = workflowInfo().workflowId;
  return {
    sync,
    run,
    outcome,
    read,
    unchanged,
    accepted,
    quarantined,
    duplicates,
    filtered,
    created,
    updated,
    deleted,
    conflicts,
  };
}
