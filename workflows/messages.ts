// What a run can be told and asked. Names and payloads are permanent: the Temporal UI's form and other systems use them.

import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { AwaitedEvent, AwaitInput } from '../src/steps/await-events.ts';
import type { GateDecision, Phase, RunCounts } from '../src/domain/run.ts';

/** `hash` is the root hash of the change sets that were looked at, or at least its first 8 characters. */
export interface Decide {
  readonly decision: GateDecision;
  readonly hash: string;
  readonly by: string;
}

export interface Pause {
  readonly by?: string;
  readonly note?: string;
}

/** Stops between batches until `resume`. From the UI: `{"by": "…", "note": "…"}`, or nothing at all. */
export const pauseSignal = defineSignal<[Pause?]>('pause');

/** Goes on after `pause`, or tries again after an error that paused the run. */
export const resumeSignal = defineSignal<[Pause?]>('resume');

/** Which open records of the sync; nothing: all. */
export interface Retry {
  readonly ids?: readonly number[];
  readonly rule?: string;
  readonly field?: string;
  readonly key?: string;
}

/** Once the run has ended, its sync's quarantined records go through it again. From the UI: `{"rule": "…"}`, or nothing. */
export const retryQuarantinedSignal = defineSignal<[Retry?]>('retryQuarantined');

/** Answers the gate. From the UI: `{"decision": "approve", "hash": "…", "by": "…"}`. A wrong hash is noted, not applied. */
export const decideSignal = defineSignal<[Decide]>('decide');

/** The same with an answer: rejected when the run is not waiting or the hash is another one. */
export const decideUpdate = defineUpdate<{ readonly accepted: true }, [Decide]>('decideGate');

/** Wakes an intake: there is something in the inbox. */
export const wakeSignal = defineSignal('wake');

/**
 * Events of a system that speaks Temporal, for the workflow `eventIntake` of their stream. From the UI:
 * `{"events": [{"id": "…", "record": {…}}]}`, or one such event alone. Ids are optional; in place of `record` there may be
 * `body` (text) with `content_type`. What is malformed is refused and counted, and nothing else happens.
 */
export const eventsSignal = defineSignal<[unknown]>('events');

export interface IntakeView {
  readonly system: string;
  readonly stream: string;
  /** The event run that is open. */
  readonly run: string | null;
  /** Event runs so far, and events that came by signal. */
  readonly runs: number;
  readonly signalled: number;
  /** Signals that were malformed, and why the last one was. */
  readonly refused: number;
  readonly lastRefusal: string | null;
  /** Why events wait, where they do. */
  readonly waits: string | null;
}

export const intakeQuery = defineQuery<IntakeView>('intake');

/** Waits until events of the inbox are done, `waitMs` at most, and answers with them. */
export const awaitEventsUpdate = defineUpdate<readonly AwaitedEvent[], [AwaitInput]>('awaitEvents');

/** Work done by one verb. */
export interface VerbProgress {
  readonly done: number;
  /** Null while it is unknown. */
  readonly total: number | null;
}

export interface GateView {
  readonly rootHash: string;
  readonly tripped: readonly string[];
  readonly creates: number;
  readonly updates: number;
  readonly deletes: number;
  readonly round: number;
}

export interface Progress {
  readonly sync: string;
  readonly phase: Phase;
  /** Set while the run waits for a person. */
  readonly paused: { readonly code: string | null; readonly message: string; readonly activity?: string } | null;
  readonly gate: GateView | null;
  readonly bytes: VerbProgress;
  /** Records that passed the verb. */
  readonly records: Readonly<Record<'fetch' | 'transform' | 'validate', number>>;
  /** Batches that passed the verb. */
  readonly batches: Readonly<Record<'merge' | 'deliver' | 'compensate', VerbProgress>>;
  /** How many records each lane of the format decoded. */
  readonly lanes: { readonly fast: number; readonly reference: number };
  readonly counts: RunCounts;
  readonly notes: readonly string[];
  /** What is replayed after the end, if anybody asked. */
  readonly retry?: Retry;
}

export const progressQuery = defineQuery<Progress>('progress');
