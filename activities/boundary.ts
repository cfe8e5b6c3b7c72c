// The boundary: the one place where errors become ApplicationFailure, and where heartbeats and cancellation come in.

import { ApplicationFailure, Context } from '@temporalio/activity';
import { type Attempts, isStalled, Progressing } from '../src/domain/attempts.ts';
import { SyncError } from '../src/domain/errors.ts';
import { atFailpoint } from '../src/domain/failpoints.ts';
import type { Deps, RunRef, StepContext } from '../src/steps/deps.ts';
import { ownRun } from '../src/steps/own-run.ts';
import { storeError } from '../src/store/store.ts';

interface Manner {
  /** A person is asked after attempts without progress, for longer than this. */
  readonly stalledAfterMs?: number;
}

/** Makes an activity of a step. Expected errors carry their code as the failure's type; only `retry` is retried. */
export function activity<Input, Output>(
  step: (input: Input, context: StepContext) => Promise<Output>,
  { stalledAfterMs = Infinity }: Manner = {},
): (input: Input) => Promise<Output> {
  return async (input) => {
    const context = Context.current();
    const { attempt, scheduledTimestampMs, heartbeatDetails } = context.info;
    const going = new Progressing(attempt, scheduledTimestampMs, reachedIn(heartbeatDetails));
    try {
      // Whoever could say why has said it by then: what killed these attempts said nothing.
      const before = going.attempts(Date.now(), false);
      if (isStalled(before, 1.2 * stalledAfterMs)) throw stalled(before, null);
      const result = await step(input, {
        signal: context.cancellationSignal,
        progress: (details) => {
          context.heartbeat({ ...details, reached: going.advance(Date.now()) });
        },
      });
      await atFailpoint('activity.answered', 'before');
      return result;
    } catch (error) {
      if (context.cancellationSignal.aborted) await context.cancelled; // rejects with the CancelledFailure that says why
      const known = storeError(error);
      const so = going.attempts(Date.now(), true);
      const hopeless = known instanceof SyncError && known.disposition === 'retry' && isStalled(so, stalledAfterMs);
      throw toFailure(hopeless ? stalled(so, known) : known);
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

/** As `advance` left it in the last heartbeat. */
function reachedIn(details: unknown): unknown {
  return typeof details === 'object' && details !== null && 'reached' in details ? details.reached : undefined;
}

function stalled({ fruitless, sinceMs }: Attempts, error: SyncError | null): SyncError {
  const why = error === null ? 'its workers died, or did not answer' : `${error.code}: ${error.message}`;
  const message = `no progress in ${fruitless} attempts and ${Math.round(sinceMs / 60_000)} minutes: ${why}`;
  return new SyncError('run.stalled', { message, ...(error === null ? {} : { cause: error }) });
}

/** For a step of a run: only the execution that carries the run may do it. Errors: `run.reset`, `run.stalled`. */
export function ownActivity<Input extends RunRef, Output>(
  deps: Deps,
  step: (input: Input, context: StepContext) => Promise<Output>,
): (input: Input) => Promise<Output> {
  const { stalledAfterMs = STALLED_AFTER_MS } = deps;
  return activity(
    async (input: Input, context) => {
      await ownRun(deps, input, executionId());
      return step(input, context);
    },
    { stalledAfterMs },
  );
}

const STALLED_AFTER_MS = 30 * 60_000;

/** The execution of the workflow that called the activity; a reset, and continue-as-new, begin another one. */
export function executionId(): string {
  return Context.current().info.workflowExecution?.runId ?? '';
}

/** Whoever asks for patience says for how long; that is no failure of ours. */
function patience(details: SyncError['details']): { nextRetryDelay?: number; category?: 'BENIGN' } {
  const { retryAfterMs } = details;
  return typeof retryAfterMs === 'number' ? { nextRetryDelay: retryAfterMs, category: 'BENIGN' } : {};
}

function toFailure(error: unknown): Error {
  const cause = error instanceof Error && error.cause instanceof Error ? { cause: error.cause } : {};
  if (error instanceof SyncError) {
    const { code, message, details, hint, disposition } = error;
    return ApplicationFailure.create({
      type: code,
      message,
      nonRetryable: disposition !== 'retry',
      ...patience(details),
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
