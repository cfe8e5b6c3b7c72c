// What the steps work with. The composition root fills it in; tests may too.

import type { ConnectionDefinition, EventsDefinition, RunDefinition, StreamDefinition } from '../domain/definition.ts';
import type { Destination } from '../destinations/destination.ts';
import type { Hasher } from '../fingerprint/hash.ts';
import type { Notification } from '../notify/notify.ts';
import type { Source, SourceReader } from '../sources/source.ts';
import type { EventStream } from '../store/inbox.ts';
import type { InboxListener } from '../store/inbox-listener.ts';
import type { TakenEvent } from '../store/inbox-take.ts';
import type { Store } from '../store/store.ts';
import type { RunCalls } from '../transform/user-functions.ts';
import type { BatchCache } from './batch-cache.ts';
import type { OpenReads } from './open-reads.ts';

export interface Deps {
  readonly project: string;
  readonly store: Store;
  readonly hasher: Hasher;
  /** Batches between fetch, transform and validate, in this process. */
  readonly cache: BatchCache;
  /** Readers that wait in this process for the next batch of their range. */
  readonly reads: OpenReads;
  /** The task queue that only this process serves. */
  readonly ownQueue: string;
  /** The sync that takes a stream's events, by the project's files as they are now; null where none does. */
  readonly syncOfEvents: (stream: EventStream) => Promise<string | null>;
  /** Records of events' bodies. */
  readonly readEvents: (
    stream: StreamDefinition,
    events: EventsDefinition,
    bodies: readonly TakenEvent[],
  ) => SourceReader;
  /** Aborted when this process is about to stop: what could go on for long ends at the next good moment. */
  readonly stopping: AbortSignal;
  /** Hears of events that come in. */
  readonly inbox: InboxListener;
  /** Wakes the intakes of these syncs, where they take events: what they wait for may be there. */
  readonly wakeSyncs: (syncs: readonly string[]) => Promise<void>;
  /** Compiles the sync from the project's files as they are now. */
  readonly currentDefinition: (sync: string) => Promise<RunDefinition>;
  /** How people are told, from the project's files as they are now. */
  readonly notifications: () => Promise<Notifications>;
  /** Calls the functions that a definition brings along. Rejects when they cannot be loaded. */
  readonly functions: (definition: RunDefinition, context: StepContext) => RunCalls;
  readonly source: (connection: ConnectionDefinition) => Promise<Source>;
  readonly destination: (connection: ConnectionDefinition) => Promise<Destination>;
  /** Attempts of a step without progress for longer than this are a matter for a person. Default: 30 minutes. */
  readonly stalledAfterMs?: number;
  /** Pauses the schedule of a sync, or lets it go on, where it has one. Absent: nobody knows of schedules here. */
  readonly pauseSchedule?: (sync: string, to: { readonly paused: boolean; readonly note: string }) => Promise<void>;
  /** Whether a run's workflow is still open, as Temporal knows it. */
  readonly isWorkflowOpen: (runId: string) => Promise<boolean>;
}

export interface Notifications {
  readonly remindAfterMs: number;
  /** Null when the project says no way. Errors: `notify.failed`. */
  readonly send: ((notification: Notification, signal: AbortSignal) => Promise<void>) | null;
}

/** What a step may ask of whoever runs it. */
export interface StepContext {
  readonly signal: AbortSignal;
  /** Says how far it came; called after real progress, never from a timer. */
  readonly progress: (details: Readonly<Record<string, unknown>>) => void;
}

/** Identifies an attempt of a run; every step gets it. */
export interface RunRef {
  readonly runNo: number;
  readonly runId: string;
  readonly syncNo: number;
  readonly attempt: number;
  readonly epoch: number;
  /** After continue-as-new: the execution of the workflow before this one. */
  readonly continues?: string;
}

export interface BatchRef extends RunRef {
  readonly round: number;
  readonly n: number;
}
