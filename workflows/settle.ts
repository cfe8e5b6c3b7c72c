// What an earlier run of the sync has delivered in part comes to its end first: the rest of it, or nothing of it.

import { type ChildWorkflowOptions, executeChild, log, TemporalFailure } from '@temporalio/workflow';
import { defineSearchAttributeKey, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Settle } from '../src/steps/open-run.ts';
import { problemOf } from './run-state.ts';
import type { syncRun } from './sync-run.ts';
import { takeBack } from './take-back.ts';
import type { undoRun } from './undo-run.ts';

const SYNC = defineSearchAttributeKey('SyncName', 'KEYWORD');
const OBJECT = defineSearchAttributeKey('SyncObject', 'KEYWORD');
const CARRY_ON = 'carry_on';

/** Returns when the sync can be opened again, whatever came of the earlier run. */
export async function settle(sync: string, earlier: Settle): Promise<void> {
  if (earlier.how !== 'carry_on') {
    await takeBack(sync, earlier.run);
    return;
  }
  try {
    await carryOn(sync, earlier);
  } catch (error) {
    // Another run may settle it at this very moment.
    if (error instanceof WorkflowExecutionAlreadyStartedError) return;
    const problem = problemOf(error);
    if (problem === null || !(error instanceof TemporalFailure)) throw error;
    log.warn('an earlier run could not be carried on', { run: earlier.run, code: problem.code });
  }
}

/** Under its own id: people find it where they left it, and its gate and its pauses are its own. */
async function carryOn(sync: string, { run, runKind = 'snapshot', object = '', ofRun }: Settle): Promise<void> {
  const options: ChildWorkflowOptions = {
    workflowId: run,
    staticSummary: `${run}, carried on`,
    typedSearchAttributes: [
      { key: SYNC, value: sync },
      { key: OBJECT, value: object },
    ],
    parentClosePolicy: 'ABANDON',
  };
  const input = { sync, trigger: CARRY_ON, carriesOn: true };
  if (runKind === 'undo')
    await executeChild<typeof undoRun>('undoRun', { ...options, args: [{ ...input, run: ofRun ?? '' }] });
  else await executeChild<typeof syncRun>('syncRun', { ...options, args: [{ ...input, kind: runKind }] });
}
