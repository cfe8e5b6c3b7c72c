import { batchesToUndo } from '../src/steps/compensate.ts';
import type { Deps } from '../src/steps/deps.ts';
import { ownActivity } from './boundary.ts';

/** The batches of an undo, newest first. */
export const listUndoActivity = (deps: Deps) =>
  ownActivity(deps, (input: Parameters<typeof batchesToUndo>[1]) => batchesToUndo(deps, input));
