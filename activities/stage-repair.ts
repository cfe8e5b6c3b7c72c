import type { Deps } from '../src/steps/deps.ts';
import { stageRepair } from '../src/steps/stage-repair.ts';
import { ownActivity } from './boundary.ts';

/** Finds what a repair may put right, and stages it as round 0. */
export const stageRepairActivity = (deps: Deps) =>
  ownActivity(deps, (input: Parameters<typeof stageRepair>[1], context) => stageRepair(deps, input, context));
