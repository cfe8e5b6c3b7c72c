import { sealRun } from '../src/steps/seal.ts';
import type { Deps } from '../src/steps/deps.ts';
import { ownActivity } from './boundary.ts';

/** Seal: one winner for each key; what a whole snapshot no longer holds. */
export const sealActivity = (deps: Deps) =>
  ownActivity(deps, (input: Parameters<typeof sealRun>[1], context) => sealRun(deps, input, context));
