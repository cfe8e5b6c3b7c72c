import type { Deps } from '../src/steps/deps.ts';
import { openEventRun } from '../src/steps/open-event-run.ts';
import { activity } from './boundary.ts';

/** Open: the run's row, and what earlier event runs of the sync left behind. */
export const openEventRunActivity = (deps: Deps) =>
  activity((input: Parameters<typeof openEventRun>[1]) => openEventRun(deps, input));
