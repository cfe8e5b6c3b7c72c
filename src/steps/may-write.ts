// Whether this attempt of a run may still write: one that was replaced must not.

import type { RunKind } from '../domain/run.ts';
import type { Queryable } from '../postgres/client.ts';
import { holdsDrain } from '../store/inbox-take.ts';
import { holdsLease } from '../store/syncs.ts';
import type { RunRef } from './deps.ts';

/** By the lease of the sync, or for an event run by its drain; holds until the transaction ends. */
export function mayWrite(db: Queryable, kind: RunKind, ref: RunRef): Promise<boolean> {
  return kind === 'event' ? holdsDrain(db, ref) : holdsLease(db, ref);
}
