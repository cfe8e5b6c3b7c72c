import { batchesToUndo } from '../src/steps/compensate.ts';
import type { Deps } from '../src/steps/deps.ts';
import { activity } from './boundary.ts';

/** The batches of an undo, newest first. */
export const listUndoActivity = (deps: Deps) =>
  activity((input: Parameters<typeof batchesToUndo>[1]) => batchesToUndo(deps, input));
