// What only the CRM has changed, put right where the fields' policies say so: the path of any run, from merge on.

import type { RunSummary } from '../src/domain/run.ts';
import { syncRun, type SyncRunInput } from './sync-run.ts';

export async function driftRepair(input: Omit<SyncRunInput, 'kind'>): Promise<RunSummary> {
  return syncRun({ ...input, kind: 'repair' });
}
