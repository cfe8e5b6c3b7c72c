import { openRun } from '../src/steps/open-run.ts';
import type { Deps } from '../src/steps/deps.ts';
import { activity, executionId } from './boundary.ts';

/** Opens a run or a new attempt of it. */
export const openRunActivity = (deps: Deps) =>
  activity((input: Parameters<typeof openRun>[1]) => openRun(deps, { ...input, execution: executionId() }));
