// How long what runs leave behind is kept. Settings of the project, milliseconds.

export interface Retention {
  /** Change sets and bodies of batches that wrote: undo, `changes` and the history of `explain` reach back as far. */
  readonly changesMs: number;
  /** The same of batches that wrote nothing. */
  readonly stagedMs: number;
  /** Runs themselves: their counts, errors and decisions. */
  readonly runsMs: number;
  /** Quarantined records that are resolved. */
  readonly quarantineMs: number;
  /** Marks of source records that ended. */
  readonly tombstonesMs: number;
  /** Events that are done with. */
  readonly inboxMs: number;
  /** Temporal's histories of closed runs. */
  readonly historiesMs: number;
}

const DAY_MS = 86_400_000;

export const USUAL_RETENTION: Retention = {
  changesMs: 90 * DAY_MS,
  stagedMs: 14 * DAY_MS,
  runsMs: 400 * DAY_MS,
  quarantineMs: 90 * DAY_MS,
  tombstonesMs: 400 * DAY_MS,
  inboxMs: 30 * DAY_MS,
  historiesMs: 14 * DAY_MS,
};

/** What is left of a run, least last. `staged`: without what only its own seal and checkpoint needed. */
export type Kept = 'all' | 'staged' | 'changes' | 'nothing';
