// Waiting for events to be done: for whoever wants the outcome in the answer.

import { eventOutcome, type StoredEvent } from '../store/inbox.ts';
import type { Deps, StepContext } from './deps.ts';

export type AwaitedEvent = StoredEvent;

export interface AwaitInput {
  /** Of the inbox. */
  readonly ids: readonly number[];
  readonly waitMs: number;
}

const LOOK_MS = 20;

/** @returns the events as they are when all are done, or the time is over; unknown ids are left out */
export async function awaitEvents(
  { store }: Deps,
  { ids, waitMs }: AwaitInput,
  { signal, progress }: StepContext,
): Promise<readonly AwaitedEvent[]> {
  const until = Date.now() + waitMs;
  for (;;) {
    const found = await Promise.all(ids.map((id) => eventOutcome(store.pool, id)));
    const events = found.filter((event) => event !== undefined);
    if (events.every(({ state }) => state === 'done') || Date.now() >= until || signal.aborted) return events;
    progress({ waiting: true });
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
