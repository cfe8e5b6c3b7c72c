import { closeRun } from '../src/steps/open-run.ts';
import type { Deps } from '../src/steps/deps.ts';
import { activity } from './boundary.ts';

/** Ends a run that does not reach its checkpoint. */
export const closeRunActivity = (deps: Deps) =>
  activity((input: Parameters<typeof closeRun>[1]) => closeRun(deps, input));
