import type { Appended, EventStream, NewEvent, StoredEvent } from '../store/inbox.ts';
import type { Counters } from './counters.ts';
import type { OpenSystems } from './systems.ts';

/** What the receiver works with. */
export interface ReceiverDeps {
  /** As the project's files are now. */
  systems(): OpenSystems;
  /** Durable when it resolves. Errors: `store.unreachable`. */
  append(events: readonly NewEvent[]): Promise<Appended>;
  /** Errors: `store.unreachable`. */
  outcome(id: number): Promise<StoredEvent | undefined>;
  /** How many events of a system wait, as known lately; at most one more than the limit. */
  waiting(system: string, limit: number): number;
  /** Tells the intake of a stream that there are events. Never fails: what is durable is found anyway. */
  wake(stream: EventStream): void;
  /** Resolves when all events are done, or the time is over, or nobody can tell. Never rejects. */
  settled(stream: EventStream, events: readonly number[], timeoutMs: number): Promise<void>;
  /** Whether events can be made durable now. */
  ready(): Promise<boolean>;
  now(): number;
  /** Without a path. Null: the `Host` of each request. */
  readonly publicUrl: string | null;
  readonly counters: Counters;
  /** An error of ours, for the log; the caller learns its code only. */
  failed(error: unknown): void;
}
