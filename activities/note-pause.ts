import { notePause } from '../src/steps/open-run.ts';
import type { Deps } from '../src/steps/deps.ts';
import { activity } from './boundary.ts';

/** Notes that a run waits for a person, or goes on. */
export const notePauseActivity = (deps: Deps) =>
  activity((input: Parameters<typeof notePause>[1]) => notePause(deps, input));
