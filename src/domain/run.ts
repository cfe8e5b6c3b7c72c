// A run: its phases, its counts, and what they must add up to. The only arithmetic that workflows execute.

import { CLAIM_OUTCOMES, type ClaimOutcome } from './claims.ts';

/** `snapshot`, `incremental` and `backfill` read the source: all of it, what has changed, what changed in a given time. */
export type RunKind = 'snapshot' | 'incremental' | 'backfill' | 'event' | 'replay' | 'repair' | 'undo';

/** Goes on from the last read of its stream, and the next one from it. */
export function movesCursor(kind: RunKind): boolean {
  return kind === 'snapshot' || kind === 'incremental';
}

/** What a backfill reads again: what was changed from one time to another, both included, in ISO 8601. */
export interface Backfill {
  readonly from: string;
  readonly to: string;
}

/** The trigger of an undo that a failed run started itself. */
export const ALL_OR_NOTHING = 'all_or_nothing';

/** Where a run stands. `fetch` covers the window of fetch, transform and validate. */
export type Phase = 'fetch' | 'seal' | 'merge' | 'gate' | 'deliver' | 'checkpoint' | 'compensate' | 'paused' | 'ended';

/**
 * Which phase may follow which. Every phase is a key: the table is total. A run that a person has mended before anything was
 * sealed reads anew; one that is all or nothing and ends half way is taken back.
 */
export const NEXT_PHASES: Readonly<Record<Phase, readonly Phase[]>> = {
  fetch: ['seal', 'merge', 'paused', 'ended'],
  seal: ['fetch', 'merge', 'paused', 'ended'],
  merge: ['gate', 'compensate', 'paused', 'ended'],
  gate: ['deliver', 'checkpoint', 'compensate', 'paused', 'ended'],
  deliver: ['merge', 'checkpoint', 'compensate', 'paused', 'ended'],
  checkpoint: ['compensate', 'paused', 'ended'],
  compensate: ['gate', 'paused', 'ended'],
  paused: ['fetch', 'seal', 'merge', 'gate', 'deliver', 'checkpoint', 'compensate', 'ended'],
  ended: [],
};

/** What a person may answer at the gate, and what deliver then does. */
export type GateDecision = 'approve' | 'reject' | 'approve_without_deletes';

export const DELIVER_MODES: Readonly<Record<GateDecision, 'apply' | 'hold' | 'no_deletes'>> = {
  approve: 'apply',
  reject: 'hold',
  approve_without_deletes: 'no_deletes',
};

export type RunOutcome = 'delivered' | 'unchanged' | 'dry_run' | 'rejected' | 'failed' | 'cancelled' | 'skipped';

export type OutcomeCounts = Readonly<Record<ClaimOutcome, number>>;

/** Counts of records, all non-negative. `read = unchanged + accepted + quarantined + duplicates + filtered`. */
export interface RunCounts {
  readonly read: number;
  readonly unchanged: number;
  readonly accepted: number;
  readonly quarantined: number;
  readonly duplicates: number;
  /** Left out by the sync's `where`. */
  readonly filtered: number;
  readonly outcomes: OutcomeCounts;
  /** Stored claims of earlier runs that were merged again, by outcome. */
  readonly due: OutcomeCounts;
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  /** Records on which source and CRM had both changed a field, to different values. */
  readonly conflicts: number;
  /** Fields that only the CRM had changed. */
  readonly drift: number;
  readonly bytes: number;
}

export const NO_OUTCOMES: OutcomeCounts = Object.freeze({
  applied: 0,
  no_change: 0,
  conflict: 0,
  review: 0,
  waiting: 0,
  parked: 0,
  held: 0,
});

export const NO_COUNTS: RunCounts = Object.freeze({
  read: 0,
  unchanged: 0,
  accepted: 0,
  quarantined: 0,
  duplicates: 0,
  filtered: 0,
  outcomes: NO_OUTCOMES,
  due: NO_OUTCOMES,
  created: 0,
  updated: 0,
  deleted: 0,
  conflicts: 0,
  drift: 0,
  bytes: 0,
});

type Numbers = Readonly<Record<string, number>>;

function addNumbers<T extends Numbers>(a: T, b: Partial<T>): T {
  const sum: Record<string, number> = { ...a };
  for (const [name, value] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + (typeof value === 'number' ? value : 0);
  // The keys are those of `a`: the same shape.
  return sum as T;
}

/** Adds what a batch brought. Negative numbers move counts from one name to another. */
export function addCounts(a: RunCounts, b: Partial<RunCounts>): RunCounts {
  const { outcomes, due, ...numbers } = b;
  const { outcomes: ownOutcomes, due: ownDue, ...ownNumbers } = a;
  return {
    ...addNumbers<Omit<RunCounts, 'outcomes' | 'due'> & Numbers>(ownNumbers, numbers),
    outcomes: addNumbers<OutcomeCounts & Numbers>(ownOutcomes, outcomes ?? {}),
    due: addNumbers<OutcomeCounts & Numbers>(ownDue, due ?? {}),
  };
}

/** Says what does not add up, or null. A run whose sums differ is red. */
export function imbalanceOf(counts: RunCounts): string | null {
  const { read, unchanged, accepted, quarantined, duplicates, filtered } = counts;
  const sum = unchanged + accepted + quarantined + duplicates + filtered;
  if (read !== sum) return `read ${read}, but unchanged + accepted + quarantined + duplicates + filtered = ${sum}`;
  const decided = CLAIM_OUTCOMES.reduce((total, name) => total + counts.outcomes[name], 0);
  return accepted === decided ? null : `accepted ${accepted}, but the outcomes sum to ${decided}`;
}

/** What `run --json` prints for one sync. */
export interface RunSummary {
  readonly sync: string;
  readonly run: string;
  readonly outcome: string;
  readonly read: number;
  readonly unchanged: number;
  readonly accepted: number;
  readonly quarantined: number;
  readonly duplicates: number;
  readonly filtered: number;
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  readonly conflicts: number;
}
