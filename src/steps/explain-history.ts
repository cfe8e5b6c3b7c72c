// The history of a record: its change sets from the newest to the oldest that is kept.

import type { ChangeRef, EntryAction, Why } from '../domain/claims.ts';
import type { Value } from '../domain/values.ts';
import type { Queryable } from '../postgres/client.ts';
import { loadChangeSet, loadClaims } from '../store/batches.ts';
import type { RecordRow } from '../store/claims.ts';
import { findRun } from '../store/runs.ts';
import type { ClaimPlace, ClaimPlaces } from './claim-places.ts';

export interface FieldHistory {
  /** The run that wrote it, and of which kind it is: `snapshot`, `undo` … */
  readonly run: string;
  readonly kind: string;
  readonly at: string;
  readonly action: EntryAction;
  readonly before: Value;
  readonly after: Value;
  readonly why: Why;
  /** Where the source record stood that this value is from; absent where it was not asked for, or nobody knows. */
  readonly place?: ClaimPlace;
}

export interface History {
  /** By field, newest first. */
  readonly fields: ReadonlyMap<string, readonly FieldHistory[]>;
  /** Why it does not reach back to the first write: older change sets were removed, or were not looked at. */
  readonly cut: 'pruned' | 'not_looked_at' | null;
}

export interface HistoryQuery {
  /** The fields that are asked about. */
  readonly fields: readonly string[];
  /** Everything there is, with places; else until each field has been seen once. */
  readonly all: boolean;
  readonly places: ClaimPlaces;
}

/** A field that so many change sets have not written may never have been: whoever wants to know asks for all. */
const MAX_STEPS = 50;

export async function historyOf(db: Queryable, record: RecordRow, query: HistoryQuery): Promise<History> {
  const fields = new Map(query.fields.map((field): [string, FieldHistory[]] => [field, []]));
  const isDone = (): boolean => !query.all && [...fields.values()].every((history) => history.length > 0);
  let at: ChangeRef | null = record.change;
  for (let steps = 0; at !== null && !isDone(); steps++) {
    if (!query.all && steps === MAX_STEPS) return { fields, cut: 'not_looked_at' };
    const step: Step | null = await readStep(db, { at, crmId: record.crmId, query });
    if (step === null) return { fields, cut: 'pruned' };
    for (const [field, one] of step.writes) fields.get(field)?.push(one);
    at = step.previous;
  }
  return { fields, cut: null };
}

interface Step {
  readonly writes: readonly (readonly [field: string, one: FieldHistory])[];
  readonly previous: ChangeRef | null;
}

/** What one change set did to the record. Null when it is not kept. */
async function readStep(
  db: Queryable,
  { at, crmId, query }: { readonly at: ChangeRef; readonly crmId: string; readonly query: HistoryQuery },
): Promise<Step | null> {
  const place = { runNo: at.run, round: at.round, n: at.batch };
  const [stored, run] = await Promise.all([loadChangeSet(db, place), findRun(db, { no: at.run })]);
  const outcome = stored?.outcomes.find((one) => one.crmId === crmId && one.action !== 'none');
  const entry = stored?.changeSet.entries.find((one) => one.ordinal === outcome?.ordinal);
  if (entry === undefined || outcome === undefined || run === undefined) return null;
  const { syncNo, id, kind } = run;
  const from = query.all && kind !== 'undo' ? await placeOf(db, { place, entry, syncNo, places: query.places }) : null;
  const shared = { run: id, kind, at: (run.endedAt ?? run.startedAt).toISOString(), action: entry.action };
  const written = Object.entries(entry.writes).filter(([field]) => outcome.written?.includes(field) ?? true);
  return {
    previous: entry.previous,
    writes: written.map(([field, { before, after, why }]) => {
      const own = why.sync === run.sync && why.key === entry.key && from !== null;
      return [field, { ...shared, before, after, why, ...(own ? { place: from } : {}) }];
    }),
  };
}

/** Where the record of the entry's own claim stood when it was read. */
async function placeOf(
  db: Queryable,
  {
    place,
    entry,
    syncNo,
    places,
  }: {
    readonly place: Parameters<typeof loadClaims>[1];
    readonly entry: { readonly ordinal: number; readonly key: string };
    readonly syncNo: number;
    readonly places: ClaimPlaces;
  },
): Promise<ClaimPlace | null> {
  const claim = (await loadClaims(db, place)).body.claims[entry.ordinal];
  return claim === undefined ? null : places.of({ syncNo, key: entry.key, version: claim.version });
}
