// What went wrong in the source's database, in our words.

import { SyncError } from '../../domain/errors.ts';
import { troubleOf } from '../../postgres/errors.ts';

/** @param what was being done, as in `table customer cannot be read` */
export function explained(error: unknown, what: string): unknown {
  if (error instanceof SyncError || !(error instanceof Error)) return error;
  const message = `${what}: ${error.message}`;
  const cause = error;
  const trouble = troubleOf(error);
  if (trouble === 'unreachable' || trouble === 'passing')
    return new SyncError('source.unreachable', { message, cause });
  if (trouble === 'unauthorized') return new SyncError('source.unauthorized', { message, cause });
  // Only the server's own errors carry a severity: whatever else was thrown is a fault of ours.
  return 'severity' in error ? new SyncError('source.query', { message, cause }) : error;
}
