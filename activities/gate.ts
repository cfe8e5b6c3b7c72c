import { evaluateGate } from '../src/steps/gate.ts';
import type { Deps } from '../src/steps/deps.ts';
import { ownActivity } from './boundary.ts';

/** Gate: a round against the object's limits. */
export const gateActivity = (deps: Deps) =>
  ownActivity(deps, (input: Parameters<typeof evaluateGate>[1], context) => evaluateGate(deps, input, context));
