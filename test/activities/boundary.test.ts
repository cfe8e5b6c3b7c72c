import { asyncLocalStorage, type Context } from '@temporalio/activity';
import type { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { activity } from '../../activities/boundary.ts';
import { SyncError } from '../../src/domain/errors.ts';
import type { StepContext } from '../../src/steps/deps.ts';

const MINUTE = 60_000;

interface Attempt {
  readonly attempt: number;
  readonly dueMs?: number;
  readonly heartbeatDetails?: unknown;
}

/** Runs a step as one attempt of an activity that was due so long ago. */
async function attempted(
  { attempt, dueMs = 0, heartbeatDetails }: Attempt,
  step: (input: object, context: StepContext) => Promise<unknown>,
): Promise<{ readonly failure: ApplicationFailure | null; readonly beats: readonly unknown[] }> {
  const beats: unknown[] = [];
  const context = {
    info: { attempt, scheduledTimestampMs: Date.now() - dueMs, heartbeatDetails },
    cancellationSignal: new AbortController().signal,
    heartbeat: (details: unknown) => beats.push(details),
  };
  const run = activity(step, { stalledAfterMs: 30 * MINUTE });
  // What the boundary asks of it.
  const failed = await asyncLocalStorage.run(context as unknown as Context, () =>
    run({}).then(
      () => null,
      (error: ApplicationFailure) => error,
    ),
  );
  return { failure: failed, beats };
}

const failing =
  (code: 'destination.throttled' | 'store.unreachable' | 'source.empty', details = {}) =>
  async (): Promise<never> => {
    throw new SyncError(code, { message: 'what happened', details });
  };

test('whoever asks for patience is given it, and it is no failure of ours', async () => {
  const { failure } = await attempted({ attempt: 1 }, failing('destination.throttled', { retryAfterMs: 5_000 }));
  expect(failure).toMatchObject({
    type: 'destination.throttled',
    nonRetryable: false,
    nextRetryDelay: 5_000,
    category: 'BENIGN',
  });
});

test('a step that came no further for long is a matter for a person, in the words of its last failure', async () => {
  const { failure } = await attempted({ attempt: 9, dueMs: 31 * MINUTE }, failing('store.unreachable'));
  expect(failure).toMatchObject({ type: 'run.stalled', nonRetryable: true });
  expect(failure?.message).toBe('no progress in 9 attempts and 31 minutes: store.unreachable: what happened');
});

test.each<readonly [string, Attempt]>([
  ['it was tried often, but not for long', { attempt: 50, dueMs: MINUTE }],
  ['it takes long, but was tried seldom', { attempt: 2, dueMs: 600 * MINUTE }],
  [
    'an attempt came further a while ago',
    {
      attempt: 50,
      dueMs: 600 * MINUTE,
      heartbeatDetails: { reached: { best: 3, attempt: 40, at: Date.now() - MINUTE } },
    },
  ],
])('is tried again: %s', async (_what, attempt) => {
  const { failure } = await attempted(attempt, failing('store.unreachable'));
  expect(failure).toMatchObject({ type: 'store.unreachable', nonRetryable: false });
});

test('a step whose workers died each time is not begun once more', async () => {
  let begun = false;
  const { failure } = await attempted({ attempt: 6, dueMs: 40 * MINUTE }, async () => (begun = true));
  expect([begun, failure?.type]).toEqual([false, 'run.stalled']);
  expect(failure?.message).toContain('its workers died, or did not answer');
});

test('what no attempt can mend keeps its code, however long it took', async () => {
  const { failure } = await attempted({ attempt: 9, dueMs: 31 * MINUTE }, failing('source.empty'));
  expect(failure).toMatchObject({ type: 'source.empty', nonRetryable: true });
});

test('a heartbeat carries how far the best attempt came', async () => {
  const { beats } = await attempted(
    { attempt: 2, heartbeatDetails: { reached: { best: 1, attempt: 1, at: 5 } } },
    async (_input, { progress }) => {
      progress({ batch: 1 });
      progress({ batch: 1 });
    },
  );
  expect(beats).toEqual([
    { batch: 1, reached: { best: 1, attempt: 1, at: 5 } },
    { batch: 1, reached: { best: 2, attempt: 2, at: expect.any(Number) } },
  ]);
});
