import { checkpointRun } from '../src/steps/checkpoint.ts';
import type { Deps } from '../src/steps/deps.ts';
import { activity } from './boundary.ts';

/** Checkpoint: fingerprints, absences, counts and lease move together. */
export const checkpointActivity = (deps: Deps) =>
  activity((input: Parameters<typeof checkpointRun>[1], context) => checkpointRun(deps, input, context));
