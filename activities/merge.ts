import { mergeBatch } from '../src/steps/merge.ts';
import type { Deps } from '../src/steps/deps.ts';
import { activity } from './boundary.ts';

/** Merge: one batch of claims becomes a stored change set. */
export const mergeActivity = (deps: Deps) =>
  activity((input: Parameters<typeof mergeBatch>[1], context) => mergeBatch(deps, input, context));
