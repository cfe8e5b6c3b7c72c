import { validateBatch } from '../src/steps/validate.ts';
import type { Deps } from '../src/steps/deps.ts';
import { ownActivity } from './boundary.ts';

/** Validate: g(x) = C(x) for one batch; stores its claims and its quarantine. */
export const validateActivity = (deps: Deps) =>
  ownActivity(deps, (input: Parameters<typeof validateBatch>[1], context) => validateBatch(deps, input, context));
