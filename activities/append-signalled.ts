import { appendSignalled } from '../src/steps/append-signalled.ts';
import type { Deps } from '../src/steps/deps.ts';
import { activity } from './boundary.ts';

/** Makes the events of a signal durable. */
export const appendSignalledActivity = (deps: Deps) =>
  activity((input: Parameters<typeof appendSignalled>[1]) => appendSignalled(deps, input));
