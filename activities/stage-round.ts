import { stageRound } from '../src/steps/rounds.ts';
import type { Deps } from '../src/steps/deps.ts';
import { ownActivity } from './boundary.ts';

/** Stages stored claims that are due as the next round. */
export const stageRoundActivity = (deps: Deps) =>
  ownActivity(deps, (input: Parameters<typeof stageRound>[1], context) => stageRound(deps, input, context));
