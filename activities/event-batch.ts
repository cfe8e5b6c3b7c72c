import { awaitEvents } from '../src/steps/await-events.ts';
import type { BatchRef, Deps } from '../src/steps/deps.ts';
import { sealEvents } from '../src/steps/event-batch.ts';
import { gateEvents } from '../src/steps/event-gate.ts';
import { sayFinished } from '../src/steps/finish-events.ts';
import { activity } from './boundary.ts';

/** Seal of one batch of events: one winner for each key. */
export const sealEventsActivity = (deps: Deps) =>
  activity((input: BatchRef, context) => sealEvents(deps, input, context));

/** Gate of one batch of events, with what events did in the last day. */
export const gateEventsActivity = (deps: Deps) =>
  activity((input: Parameters<typeof gateEvents>[1]) => gateEvents(deps, input));

/** Says of each event of a batch what became of it. */
export const finishEventsActivity = (deps: Deps) => activity((input: BatchRef) => sayFinished(deps.store.pool, input));

/** Waits until events are done, for a while. */
export const awaitEventsActivity = (deps: Deps) =>
  activity((input: Parameters<typeof awaitEvents>[1], context) => awaitEvents(deps, input, context));
