import { transformBatch } from '../src/steps/transform.ts';
import type { Deps } from '../src/steps/deps.ts';
import { ownActivity } from './boundary.ts';

/** Transform: f(x) = T(x) for one batch. */
export const transformActivity = (deps: Deps) =>
  ownActivity(deps, (input: Parameters<typeof transformBatch>[1], context) => transformBatch(deps, input, context));
