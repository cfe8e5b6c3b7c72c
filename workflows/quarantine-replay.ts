// Quarantined records once more, under the current definition: the path of any run, with the quarantine as its source.

import type { RunSummary } from '../src/domain/run.ts';
import { syncRun, type SyncRunInput } from './sync-run.ts';

export async function quarantineReplay(input: Omit<SyncRunInput, 'kind'>): Promise<RunSummary> {
  return syncRun({ ...input, kind: 'replay' });
}
