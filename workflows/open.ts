// Opening a run from its workflow: at its beginning, after continue-as-new, and once more after a reset.

import { TemporalFailure, workflowInfo } from '@temporalio/workflow';
import type { RunRef } from '../src/steps/deps.ts';
import type { Opened, OpenInput } from '../src/steps/open-run.ts';
import { call } from './activity-stubs.ts';
import { problemOf } from './run-state.ts';
import { settle } from './settle.ts';

export type Opening = Omit<OpenInput, 'execution'>;

/** Opens a run, once what an earlier one of its sync left half done is settled. */
export async function open(input: Opening): Promise<Exclude<Opened, { kind: 'settle' }>> {
  const summary = input.ofRun === undefined ? `open ${input.sync}` : `undo ${input.ofRun}`;
  for (let turn = 0; ; turn++) {
    const opened = await call('openRun', { id: turn === 0 ? 'open' : `open-${turn}`, summary }, input);
    if (opened.kind !== 'settle') return opened;
    await settle(input.sync, opened);
  }
}

/** For the store: which execution carried the run before continue-as-new. */
export function continuation(): Pick<RunRef, 'continues'> {
  const { continuedFromExecutionRunId: continues } = workflowInfo();
  return continues === undefined ? {} : { continues };
}

/** The workflow was reset: what the store has is ahead of it. */
export function isReset(error: unknown): boolean {
  return error instanceof TemporalFailure && problemOf(error)?.code === 'run.reset';
}
