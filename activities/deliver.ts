import { deliverBatch } from '../src/steps/deliver.ts';
import type { Deps } from '../src/steps/deps.ts';
import { ownActivity } from './boundary.ts';

/** Deliver: h(x) = S(x), exactly one stored change set. */
export const deliverActivity = (deps: Deps) =>
  ownActivity(deps, (input: Parameters<typeof deliverBatch>[1], context) => deliverBatch(deps, input, context));
