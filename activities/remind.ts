import type { Deps } from '../src/steps/deps.ts';
import { remindOwners } from '../src/steps/remind.ts';
import { activity } from './boundary.ts';

/** Remind: overdue quarantined records are said to their owners. */
export const remindActivity = (deps: Deps) =>
  activity((input: Parameters<typeof remindOwners>[1], context) => remindOwners(deps, input, context));
