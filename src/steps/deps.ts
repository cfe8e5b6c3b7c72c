// What the steps work with. The composition root fills it in; tests may too.

import type { ConnectionDefinition, RunDefinition } from '../domain/definition.ts';
import type { Destination } from '../destinations/destination.ts';
import type { Hasher } from '../fingerprint/hash.ts';
import type { Notification } from '../notify/notify.ts';
import type { Source } from '../sources/source.ts';
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
  /** Compiles the sync from the project's files as they are now. */
  readonly currentDefinition: (sync: string) => Promise<RunDefinition>;
  /** How people are told, from the project's files as they are now. */
  readonly notifications: () => Promise<Notifications>;
  /** Calls the functions that a definition brings along. Rejects when they cannot be loaded. */
  readonly functions: (definition: RunDefinition, context: StepContext) => RunCalls;
  readonly source: (connection: ConnectionDefinition) => Promise<Source>;
  readonly destination: (connection: ConnectionDefinition) => Promise<Destination>;
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
}

export interface BatchRef extends RunRef {
  readonly round: number;
  readonly n: number;
}
