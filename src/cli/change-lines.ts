// Change sets as JSON lines: one entry a line, each understood without the others.

import type { ClaimOutcome, Entry, EntryAction, EntryOutcome, FieldWrite } from '../domain/claims.ts';
import { CLAIM_OUTCOMES } from '../domain/claims.ts';
import { SyncError } from '../domain/errors.ts';
import type { StoredChanges } from '../store/change-sets.ts';

export const ONLY: readonly string[] = ['create', 'update', 'deactivate', 'delete', 'kept', ...CLAIM_OUTCOMES];

export interface ChangeFilter {
  /** What was planned (`create` …), its outcome (`review` …), or `kept` for what an undo leaves alone. Empty: all. */
  readonly only: readonly string[];
  readonly key?: string | undefined;
  readonly crmId?: string | undefined;
  /** Entries that write, keep or dispute this field. */
  readonly field?: string | undefined;
}

/** Entries of records with which nothing is to be done come only where they are asked for. */
export function chooses({ only, key, crmId, field }: ChangeFilter): (entry: Entry) => boolean {
  const unknown = only.find((name) => !ONLY.includes(name));
  if (unknown !== undefined)
    throw new SyncError('config.usage', { message: `${unknown} is not among ${ONLY.join(', ')}` });
  return (entry) =>
    (only.length === 0 ? isTelling(entry) : only.some((name) => isOf(entry, name))) &&
    (key === undefined || entry.key === key) &&
    (crmId === undefined || entry.crmId === crmId) &&
    (field === undefined || [entry.writes, entry.kept ?? {}, entry.conflicts].some((of) => Object.hasOwn(of, field)));
}

function isTelling({ action, outcome, kept }: Entry): boolean {
  return action !== 'none' || outcome !== 'no_change' || kept !== undefined;
}

function isOf({ action, outcome, kept }: Entry, name: string): boolean {
  return name === 'kept' ? kept !== undefined : name === action || name === outcome;
}

export interface ChangeLine {
  readonly run: string;
  readonly round: number;
  readonly batch: number;
  /** The hash of the change set that holds the entry. */
  readonly change_set: string;
  readonly entry: number;
  readonly object: string;
  readonly key: string;
  readonly crm_id: string | null;
  readonly action: EntryAction;
  readonly outcome: ClaimOutcome;
  readonly reason?: string;
  readonly writes: Readonly<Record<string, FieldWrite>>;
  readonly conflicts?: Entry['conflicts'];
  readonly drift?: readonly string[];
  readonly kept?: Entry['kept'];
  /** What came of it; absent until it is delivered. */
  readonly delivered?: {
    readonly action: EntryAction;
    readonly outcome: ClaimOutcome;
    readonly crm_id: string | null;
    readonly reason?: string;
    /** Where less was written than planned: the fields that were. */
    readonly written?: readonly string[];
  };
}

export function changeLine(run: string, of: StoredChanges, entry: Entry): ChangeLine {
  const { ordinal, key, crmId, action, outcome, reason, writes, conflicts, drift, kept } = entry;
  const delivered = of.outcomes?.get(ordinal);
  return {
    run,
    round: of.round,
    batch: of.n,
    change_set: of.hash,
    entry: ordinal,
    object: of.object,
    key,
    crm_id: crmId,
    action,
    outcome,
    ...(reason === undefined ? {} : { reason }),
    writes,
    ...(Object.keys(conflicts).length === 0 ? {} : { conflicts }),
    ...(drift.length === 0 ? {} : { drift }),
    ...(kept === undefined ? {} : { kept }),
    ...(delivered === undefined ? {} : { delivered: deliveredOf(delivered) }),
  };
}

function deliveredOf({ action, outcome, crmId, reason, written }: EntryOutcome): NonNullable<ChangeLine['delivered']> {
  return {
    action,
    outcome,
    crm_id: crmId,
    ...(reason === undefined ? {} : { reason }),
    ...(written === undefined ? {} : { written }),
  };
}
