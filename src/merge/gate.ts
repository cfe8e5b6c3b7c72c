// The gate: which limits a round of change sets would break. Pure.

import type { GateLimits } from '../domain/definition.ts';

/** What a run does, or did, in numbers. */
export interface RunFacts {
  readonly creates: number;
  readonly deletes: number;
  /** By field: records that lose its value. */
  readonly nulls: Readonly<Record<string, number>>;
  readonly validated: number;
  readonly rejected: number;
}

/** The run so far, this round included. */
export interface GateFacts extends RunFacts {
  /** Live crosswalk rows of the object. */
  readonly live: number;
  /** The sync has never delivered. */
  readonly firstRun: boolean;
  /** Entries of this round that would write and that nobody has approved yet. */
  readonly writes: number;
  /** Those of them that would take a record out of the CRM for good. */
  readonly erased: number;
  /** A person has approved an earlier round of the run. */
  readonly approved: boolean;
}

/** Below these a share says nothing. */
const FLOORS = { deletes: 10, creates: 100, rejects: 20, nulls: 20 };
const MOST_DELETES = 500;

/**
 * A sentence for each limit that trips; empty when the round may go on. Shares are of the object's live crosswalk,
 * rejects of the records validated in this run. The first run of a sync is governed by `first_run` alone, but for what
 * always needs approval: deleting for good. What follows from an approved round needs another approval, since nobody has
 * seen it. A round that writes nothing new never waits.
 */
export function trippedLimits(facts: GateFacts, limits: GateLimits): readonly string[] {
  if (facts.writes === 0) return [];
  const erasing = facts.erased === 0 ? [] : [`${facts.erased} records would be deleted for good (deletes: delete)`];
  if (facts.approved) return [`${facts.writes} more records than were approved: they waited for those`, ...erasing];
  if (facts.firstRun) {
    return limits.firstRun === 'approve'
      ? ['the first run of a sync waits for approval (gate.first_run)', ...erasing]
      : erasing;
  }
  const tripped: string[] = [...erasing];
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

/** From how many live crosswalk rows on no share of them can trip: more need not be counted. Infinity: all count. */
export function liveThatSettles(facts: Omit<GateFacts, 'live'>, limits: GateLimits): number {
  if (facts.writes === 0 || facts.approved || facts.firstRun) return 0;
  const { creates, deletes, nulls } = facts;
  return Math.max(
    deletes > MOST_DELETES ? Infinity : passesFrom(deletes, limits.deletes, FLOORS.deletes),
    passesFrom(creates, limits.creates, FLOORS.creates),
    ...Object.values(nulls).map((count) => passesFrom(count, limits.nulls, FLOORS.nulls)),
  );
}

function passesFrom(count: number, share: number, floor: number): number {
  if (count <= floor) return 0;
  return share === 0 ? Infinity : Math.ceil(count / share);
}

const DAY_MS = 24 * 3_600_000;

/**
 * Runs of events are small and many: what those of the last 24 hours have done counts with what this one would do.
 *
 * @param now when the gate is evaluated, ms
 */
export function withinDay<Facts extends RunFacts>(
  own: Facts,
  earlier: readonly (RunFacts & { readonly deliveredAt: number })[],
  now: number,
): Facts {
  return earlier.filter(({ deliveredAt }) => deliveredAt > now - DAY_MS).reduce<Facts>(addFacts, own);
}

export function addFacts<Facts extends RunFacts>(own: Facts, other: RunFacts): Facts {
  const nulls: Record<string, number> = { ...own.nulls };
  for (const [field, count] of Object.entries(other.nulls)) nulls[field] = (nulls[field] ?? 0) + count;
  return {
    ...own,
    creates: own.creates + other.creates,
    deletes: own.deletes + other.deletes,
    validated: own.validated + other.validated,
    rejected: own.rejected + other.rejected,
    nulls,
  };
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
