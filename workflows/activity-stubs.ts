// How activities are called: time limits, retries, and a readable name for each in the UI.

import {
  ActivityFailure,
  type ActivityOptions,
  ApplicationFailure,
  proxyActivities,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { eventQueue } from '../src/domain/task-queues.ts';
import type { Activities } from '../activities/index.ts';

const RETRY = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' } as const;

/** Cancellation waits until the activity has stopped: otherwise compensation could start before it did. */
const SHARED: ActivityOptions = {
  startToCloseTimeout: '30m',
  heartbeatTimeout: '15s',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: RETRY,
};

/** Steps that hash, read or write; a lost worker is noticed after the heartbeat timeout. */
const work = proxyActivities<Activities>(SHARED);
/** A few statements over a batch's rows, in a database that may not be ours. */
const steady = proxyActivities<Activities>({ ...SHARED, heartbeatTimeout: '20s' });
/** Steps with single statements over a whole run's rows: no progress to report meanwhile. */
const slow = proxyActivities<Activities>({ ...SHARED, heartbeatTimeout: '30s' });
/** A few rows in the store, no progress to report. */
const brief = proxyActivities<Activities>({
  startToCloseTimeout: '1m',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: RETRY,
});

/** Telling people: not worth holding a run up for. */
const courtesy = proxyActivities<Activities>({
  startToCloseTimeout: '1m',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { ...RETRY, maximumAttempts: 3 },
});

/** A drain says every second or so that it is there. */
const events = proxyActivities<Activities>({ ...SHARED, heartbeatTimeout: '8s' });

const STUBS: { readonly [Name in keyof Activities]: typeof work } = {
  openRun: brief,
  planRead: work,
  fetch: work,
  transform: work,
  validate: work,
  seal: slow,
  merge: work,
  gate: slow,
  recordDecision: brief,
  deliver: steady,
  stageRepair: slow,
  stageRound: slow,
  checkpoint: slow,
  compensate: slow,
  listUndo: brief,
  closeRun: brief,
  notePause: brief,
  remind: courtesy,
  openEventRun: brief,
  drainEvents: events,
  sealEvents: events,
  gateEvents: events,
  finishEvents: events,
  appendSignalled: events,
  awaitEvents: events,
};

export interface Named {
  /** Unique among the run's pending activities: `merge-12`. */
  readonly id: string;
  /** What the UI's timeline says. */
  readonly summary: string;
}

type Input<Name extends keyof Activities> = Parameters<Activities[Name]>[0];
type Output<Name extends keyof Activities> = Awaited<ReturnType<Activities[Name]>>;

export async function call<Name extends keyof Activities>(
  name: Name,
  { id, summary }: Named,
  input: Input<Name>,
): Promise<Output<Name>> {
  return run(STUBS[name], { name, id, summary }, input);
}

/**
 * Calls an activity on the process that holds the batch in memory. When that process is gone or too busy, any other one
 * makes the batch again from the source.
 */
export async function callWhere<Name extends keyof Activities>(
  name: Name,
  { id, summary, queue }: Named & { readonly queue: string },
  input: Input<Name>,
): Promise<Output<Name>> {
  const there = proxyActivities<Activities>({
    ...SHARED,
    taskQueue: queue,
    scheduleToStartTimeout: '10s',
    retry: { maximumAttempts: 1 },
  });
  try {
    return await run(there, { name, id, summary }, input);
  } catch (error) {
    if (!mayGoElsewhere(error)) throw error;
    return call(name, { id: `${id}-elsewhere`, summary }, input);
  }
}

/** Calls an activity on the queue of events, where it does not wait for those of snapshots. */
export async function callForEvents<Name extends keyof Activities>(
  name: Name,
  { id, summary }: Named,
  input: Input<Name>,
): Promise<Output<Name>> {
  return run(STUBS[name], { name, id, summary, taskQueue: eventQueue(workflowInfo().taskQueue) }, input);
}

function run<Name extends keyof Activities>(
  stubs: typeof work,
  named: Named & { readonly name: Name; readonly taskQueue?: string },
  input: Input<Name>,
): Promise<Output<Name>> {
  const { name, id, ...options } = named;
  // Each stub takes exactly its activity's one argument; the union over names cannot say so.
  const stub = stubs[name] as unknown as {
    executeWithOptions(options: object, args: [Input<Name>]): Promise<Output<Name>>;
  };
  return stub.executeWithOptions({ activityId: id, ...options }, [input]);
}

function mayGoElsewhere(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false;
  return (
    error.cause instanceof TimeoutFailure ||
    (error.cause instanceof ApplicationFailure && error.cause.nonRetryable !== true)
  );
}
