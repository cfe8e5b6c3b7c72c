// The boundary: the one place where errors become ApplicationFailure, and where heartbeats and cancellation come in.

import { ApplicationFailure, Context } from '@temporalio/activity';
import { SyncError } from '../src/domain/errors.ts';
import { atFailpoint } from '../src/domain/failpoints.ts';
import type { StepContext } from '../src/steps/deps.ts';
import { storeError } from '../src/store/store.ts';

/** Makes an activity of a step. Expected errors carry their code as the failure's type; only `retry` is retried. */
export function activity<Input, Output>(
  step: (input: Input, context: StepContext) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return async (input) => {
    const context = Context.current();
    try {
      const result = await step(input, {
        signal: context.cancellationSignal,
        progress: (details) => {
          context.heartbeat(details);
        },
      });
      await atFailpoint('activity.answered', 'before');
      return result;
    } catch (error) {
      if (context.cancellationSignal.aborted) await context.cancelled; // rejects with the CancelledFailure that says why
      throw toFailure(storeError(error));
    }
  };
}

/** The same activities; each first makes sure of something about its input. */
export function checkedFirst<Activities extends Readonly<Record<string, (input: never) => Promise<unknown>>>>(
  activities: Activities,
  check: (input: unknown) => Promise<void>,
): Activities {
  const checked = Object.entries(activities).map(([name, run]) => [
    name,
    async (input: never) => {
      await check(input).catch((error: unknown) => Promise.reject(toFailure(storeError(error))));
      return run(input);
    },
  ]);
  return Object.fromEntries(checked) as Activities; // the same names, each with its own input and result
}

function toFailure(error: unknown): Error {
  const cause = error instanceof Error && error.cause instanceof Error ? { cause: error.cause } : {};
  if (error instanceof SyncError) {
    const { code, message, details, hint, disposition } = error;
    return ApplicationFailure.create({
      type: code,
      message,
      nonRetryable: disposition !== 'retry',
      details: [{ hint, ...details }],
      ...cause,
    });
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return ApplicationFailure.create({
    type: 'internal.bug',
    message,
    nonRetryable: true,
    ...(error instanceof Error ? { cause: error } : {}),
  });
}
