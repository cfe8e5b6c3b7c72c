import { planRead } from '../src/steps/plan-read.ts';
import type { Deps } from '../src/steps/deps.ts';
import { ownActivity } from './boundary.ts';

/** Fixes what the run reads. */
export const planReadActivity = (deps: Deps) =>
  ownActivity(deps, (input: Parameters<typeof planRead>[1], context) => planRead(deps, input, context));
