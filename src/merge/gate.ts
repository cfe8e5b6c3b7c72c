// The gate: which limits a round of change sets would break. Pure.

import type { GateLimits } from '../domain/definition.ts';

export interface GateFacts {
  readonly creates: number;
  readonly deletes: number;
  readonly nulls: Readonly<Record<string, number>>;
  /** Live crosswalk rows of the object. */
  readonly live: number;
  readonly validated: number;
  readonly rejected: number;
  /** The sync has never delivered. */
  readonly firstRun: boolean;
  readonly writes: number;
}

/** Below these a share says nothing. */
const FLOORS = { deletes: 10, creates: 100, rejects: 20, nulls: 20 };
const MOST_DELETES = 500;

/**
 * A sentence for each limit that trips; empty when the round may go on. Shares are of the object's live crosswalk,
 * rejects of the records validated in this run. The first run of a sync is governed by `first_run` alone, and a round
 * that writes nothing never waits.
 */
export function trippedLimits(facts: GateFacts, limits: GateLimits): readonly string[] {
  if (facts.writes === 0) return [];
  if (facts.firstRun) {
    return limits.firstRun === 'approve' ? ['the first run of a sync waits for approval (gate.first_run)'] : [];
  }
  const tripped: string[] = [];
  const deletes = Math.min(limits.deletes * facts.live, MOST_DELETES);
  over(tripped, { what: 'deletes', count: facts.deletes, limit: deletes, floor: FLOORS.deletes });
  over(tripped, { what: 'creates', count: facts.creates, limit: limits.creates * facts.live, floor: FLOORS.creates });
  over(tripped, {
    what: 'rejected records',
    count: facts.rejected,
    limit: limits.rejects * facts.validated,
    floor: FLOORS.rejects,
  });
  for (const [field, count] of Object.entries(facts.nulls)) {
    over(tripped, {
      what: `records that lose their ${field}`,
      count,
      limit: limits.nulls * facts.live,
      floor: FLOORS.nulls,
    });
  }
  return tripped;
}

function over(
  tripped: string[],
  {
    what,
    count,
    limit,
    floor,
  }: { readonly what: string; readonly count: number; readonly limit: number; readonly floor: number },
): void {
  // 29 % of 100 is 28.999999999999996 in binary: a share that is met exactly does not trip.
  const most = Math.max(Math.floor(limit + 1e-9), floor);
  if (count > most) tripped.push(`${count} ${what}, more than ${most}`);
}
