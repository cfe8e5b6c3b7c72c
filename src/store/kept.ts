// What is left of a run's change sets, before somebody asks for them.

import { SyncError } from '../domain/errors.ts';
import type { RunRow } from './runs.ts';

/** Errors: `run.pruned`, where what the run wrote is not kept any more, or what it would have written. */
export function requireKept({ id, kept, counts, outcome, endedAt }: RunRow): void {
  const { created = 0, updated = 0, deleted = 0 } = counts;
  const wrote = outcome !== 'dry_run' && created + updated + deleted > 0;
  if (kept !== 'nothing' && (kept !== 'changes' || wrote)) return;
  const ended = endedAt === null ? '' : ` on ${endedAt.toISOString().slice(0, 10)}`;
  throw new SyncError('run.pruned', { message: `the change sets of ${id}, which ended${ended}, were removed` });
}
