// What went wrong in the source's database, in our words.

import { SyncError } from '../../domain/errors.ts';
import { troubleOf } from '../../postgres/errors.ts';

/** A server that has no connection left frees one when somebody is done. */
const RETRY_AFTER_MS = 5_000;

/** @param what was being done, as in `table customer cannot be read` */
export function explained(error: unknown, what: string): unknown {
  if (error instanceof SyncError || !(error instanceof Error)) return error;
  const message = `${what}: ${error.message}`;
  const cause = error;
  const trouble = troubleOf(error);
  if (trouble === 'throttled')
    return new SyncError('source.throttled', { message, cause, details: { retryAfterMs: RETRY_AFTER_MS } });
  if (trouble === 'unreachable' || trouble === 'passing' || trouble === 'full')
    return new SyncError('source.unreachable', { message, cause });
  if (trouble === 'unauthorized') return new SyncError('source.unauthorized', { message, cause });
  // Only the server's own errors carry a severity: whatever else was thrown is a fault of ours.
  return 'severity' in error ? new SyncError('source.query', { message, cause }) : error;
}
