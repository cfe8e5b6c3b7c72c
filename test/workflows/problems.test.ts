import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  ServerFailure,
  type TemporalFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import { describe, expect, test } from 'vitest';
import { ERRORS, isErrorCode } from '../../src/domain/errors.ts';
import { pausableProblem, problemOf, type RunProblem } from '../../workflows/run-state.ts';

/** As a workflow sees an activity that failed. */
function failedWith(cause: Error): ActivityFailure {
  return new ActivityFailure(
    'Activity task failed',
    'deliver',
    'deliver-0-1',
    'NON_RETRYABLE_FAILURE',
    'worker',
    cause,
  );
}

/** As the boundary of the activities makes them. */
function failure(type: string | undefined, message = 'what happened'): ApplicationFailure {
  return ApplicationFailure.create({ ...(type === undefined ? {} : { type }), message, nonRetryable: true });
}

const bug = (message: string): RunProblem => ({ code: 'internal.bug', message });

describe('the problem of a failure', () => {
  test.each<readonly [string, unknown, RunProblem | null]>([
    [
      'an activity’s own code and words',
      failedWith(failure('source.empty')),
      { code: 'source.empty', message: 'what happened' },
    ],
    ['a code of its own making', failedWith(failure('not.ours')), { code: 'not.ours', message: 'what happened' }],
    ['a failure without a code is a bug', failedWith(failure(undefined)), bug('what happened')],
    ['a failure of the workflow itself', failure('run.busy'), { code: 'run.busy', message: 'what happened' }],
    [
      'of nested failures the outermost code counts',
      failedWith(ApplicationFailure.create({ type: 'store.fenced', message: 'outer', cause: failure('source.empty') })),
      { code: 'store.fenced', message: 'outer' },
    ],
    [
      'through a child workflow',
      new ChildWorkflowFailure(
        undefined,
        { workflowId: 'w', runId: 'r' },
        'syncRun',
        'NON_RETRYABLE_FAILURE',
        failure('gate.hash'),
      ),
      { code: 'gate.hash', message: 'what happened' },
    ],
    [
      'a timeout has no code',
      failedWith(new TimeoutFailure('timed out', undefined, 'HEARTBEAT')),
      bug('Activity task failed'),
    ],
    ['an error of ours in the workflow', new TypeError('x is not a function'), bug('x is not a function')],
    ['something thrown that is no error', 'text', bug('text')],
    ['a cancellation is none', new CancelledFailure('cancelled'), null],
    ['nor is that of an activity', failedWith(new CancelledFailure('cancelled')), null],
  ])('%s', (_title, error, problem) => {
    expect(problemOf(error)).toEqual(problem);
  });
});

describe('what a person can mend pauses the run, everything else ends it', () => {
  test.each(Object.entries(ERRORS))('%s', (code, { disposition }) => {
    const pauses = disposition === 'pause' || disposition === 'bug' || code.startsWith('config.');
    expect(pausableProblem(failedWith(failure(code)))).toEqual(pauses ? { code, message: 'what happened' } : null);
  });

  test.each<readonly [string, unknown]>([
    ['a cancellation ends it', failedWith(new CancelledFailure('cancelled'))],
    ['a code that is not in the catalogue ends it', failedWith(failure('not.ours'))],
    ['a code that every object has ends it', failedWith(failure('toString'))],
    ['an error in the workflow’s own code lets its task fail: it is mended by a new release', new TypeError('x')],
    ['something thrown that is no error too', 'text'],
  ])('%s', (_title, error) => {
    expect(pausableProblem(error)).toBeNull();
  });

  test.each<readonly [string, TemporalFailure]>([
    ['a timeout', failedWith(new TimeoutFailure('timed out', undefined, 'START_TO_CLOSE'))],
    ['a failure of the server', failedWith(new ServerFailure('went wrong', true))],
    ['a termination', failedWith(new TerminatedFailure('terminated'))],
  ])('%s is a bug that waits', (_title, error) => {
    expect(pausableProblem(error)?.code).toBe('internal.bug');
  });

  test('every code that pauses tells the person what to do', () => {
    for (const code of Object.keys(ERRORS)) {
      const problem = pausableProblem(failedWith(failure(code)));
      if (problem !== null) expect(isErrorCode(problem.code) && ERRORS[problem.code].hint).toBeTruthy();
    }
  });
});
