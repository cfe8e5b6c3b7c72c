import { compensateBatch } from '../src/steps/compensate.ts';
import type { Deps } from '../src/steps/deps.ts';
import { activity } from './boundary.ts';

/** Compensate: plans the inverse of one delivered batch. */
export const compensateActivity = (deps: Deps) =>
  activity((input: Parameters<typeof compensateBatch>[1], context) => compensateBatch(deps, input, context));
