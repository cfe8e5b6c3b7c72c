import type { Deps } from '../src/steps/deps.ts';
import { drainEvents } from '../src/steps/drain-events.ts';
import { activity } from './boundary.ts';

/** Drain: takes events out of the inbox and delivers them, batch by batch, for as long as they come. */
export const drainEventsActivity = (deps: Deps) =>
  activity((input: Parameters<typeof drainEvents>[1], context) => drainEvents(deps, input, context));
