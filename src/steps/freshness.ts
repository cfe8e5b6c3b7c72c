// Freshness of a project at this moment: for `status`, for the alert, for metrics.

import { byObject, judgeFreshness, type ObjectFreshness, type SyncFreshness } from '../domain/freshness.ts';
import type { FreshnessInput } from '../domain/freshness.ts';
import type { Queryable } from '../postgres/client.ts';
import { deliveryFacts, pendingEvents } from '../store/freshness.ts';

export interface Freshness {
  readonly syncs: readonly SyncFreshness[];
  readonly objects: readonly ObjectFreshness[];
}

/** Two small queries, by indexes. */
export async function freshness(
  db: Queryable,
  project: Pick<FreshnessInput, 'syncs' | 'triggers'>,
): Promise<Freshness> {
  const [facts, pending] = [await deliveryFacts(db), await pendingEvents(db)];
  const { syncs: definitions, triggers } = project;
  const syncs = judgeFreshness({ syncs: definitions, triggers, facts, pending, now: new Date() });
  return { syncs, objects: byObject(syncs) };
}
