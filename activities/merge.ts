import { mergeBatch } from '../src/steps/merge.ts';
import type { Deps } from '../src/steps/deps.ts';
import { ownActivity } from './boundary.ts';

/** Merge: one batch of claims becomes a stored change set. */
export const mergeActivity = (deps: Deps) =>
  ownActivity(deps, (input: Parameters<typeof mergeBatch>[1], context) => mergeBatch(deps, input, context));
