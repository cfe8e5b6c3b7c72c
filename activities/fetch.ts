import { fetchBatch } from '../src/steps/fetch.ts';
import type { Deps } from '../src/steps/deps.ts';
import { ownActivity } from './boundary.ts';

/** Fetch: one batch of raw records from a position on; known ones stop here. */
export const fetchActivity = (deps: Deps) =>
  ownActivity(deps, (input: Parameters<typeof fetchBatch>[1], context) => fetchBatch(deps, input, context));
