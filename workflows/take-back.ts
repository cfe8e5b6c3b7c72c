// All or nothing: what a run has written before it ended half way is taken back by an undo of its own.

import { ApplicationFailure, executeChild, TemporalFailure, uuid4 } from '@temporalio/workflow';
import { ALL_OR_NOTHING } from '../src/domain/run.ts';
import { problemOf } from './run-state.ts';
import { undoRun } from './undo-run.ts';

/** Runs the undo of a run that ended half way. @returns its id */
export async function takeBack(sync: string, run: string): Promise<string> {
  const workflowId = `undo-${run}-${uuid4().slice(0, 4)}`;
  try {
    await executeChild(undoRun, {
      workflowId,
      args: [{ sync, run, trigger: ALL_OR_NOTHING }],
      staticSummary: `undo ${run}, which ended half way`,
      // Whoever terminates the run does not mean what it has written.
      parentClosePolicy: 'ABANDON',
    });
  } catch (error) {
    const problem = problemOf(error);
    if (problem === null || !(error instanceof TemporalFailure)) throw error;
    throw ApplicationFailure.nonRetryable(
      `${run} ended half way, and ${workflowId} could not take it back: ${problem.message}`,
      problem.code,
    );
  }
  return workflowId;
}
