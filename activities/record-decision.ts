import { recordDecision } from '../src/steps/gate.ts';
import type { Deps } from '../src/steps/deps.ts';
import { activity } from './boundary.ts';

/** Keeps who decided what at the gate. */
export const recordDecisionActivity = (deps: Deps) =>
  activity((input: Parameters<typeof recordDecision>[1]) => recordDecision(deps, input));
