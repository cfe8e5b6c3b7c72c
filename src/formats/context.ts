// Contexts come back from storage as JSON; what they hold is checked once, where a framer or decoder is made.

import { SyncError } from '../domain/errors.ts';

/** The context, null at the start of a stream. Throws when another format, or nobody, has made it. */
export function readContext<T>(context: unknown, isContext: (value: object) => value is T & object): T | null {
  if (context === null || context === undefined) return null;
  if (typeof context === 'object' && isContext(context)) return context;
  throw new SyncError('internal.bug', { message: 'a position has the context of another format' });
}
