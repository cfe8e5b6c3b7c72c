import { compensateBatch } from '../src/steps/compensate.ts';
import type { Deps } from '../src/steps/deps.ts';
import { ownActivity } from './boundary.ts';

/** Compensate: plans the inverse of one delivered batch. */
export const compensateActivity = (deps: Deps) =>
  ownActivity(deps, (input: Parameters<typeof compensateBatch>[1], context) => compensateBatch(deps, input, context));
