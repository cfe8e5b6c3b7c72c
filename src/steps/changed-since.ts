// Who changed a field since a run wrote it: a later run of ours, or somebody in the CRM. Read from the change sets.

import type { ChangeRef, Entry, KeptField } from '../domain/claims.ts';
import { groupBy } from '../domain/collections.ts';
import { sameValue } from '../domain/values.ts';
import type { Queryable } from '../postgres/client.ts';
import { loadChangeSet } from '../store/batches.ts';
import { findRun } from '../store/runs.ts';

export interface ChangedRecord {
  readonly crmId: string;
  /** The newest change set that wrote the record. */
  readonly change: ChangeRef | null;
  readonly kept: NonNullable<Entry['kept']>;
}

interface Asking {
  readonly crmId: string;
  readonly at: ChangeRef;
  /** Fields whose last writer is still to be found. */
  readonly open: readonly string[];
}

/** So many change sets back at most: beyond, nobody is named. */
const MAX_STEPS = 20;

/**
 * Names who wrote the values that fields have now. All records go back through their change sets together, so that each of
 * these is loaded once a step; one is in memory at a time.
 *
 * @param since the change set whose values were changed: nothing older is looked at
 * @returns by CRM id the fields as they were given, with `by`
 */
export async function nameChangers(
  db: Queryable,
  since: ChangeRef,
  records: readonly ChangedRecord[],
): Promise<ReadonlyMap<string, NonNullable<Entry['kept']>>> {
  const named = new Map(records.map(({ crmId, kept }) => [crmId, withBy(kept)]));
  let asking = records.flatMap(({ crmId, change, kept }) => next(crmId, change, Object.keys(kept)));
  for (let step = 0; step < MAX_STEPS && asking.length > 0; step++) {
    const later = asking.filter(({ at }) => nameOf(at) !== nameOf(since));
    asking = [];
    for (const group of groupBy(later, ({ at }) => nameOf(at)).values())
      asking.push(...(await lookAt(db, group, named)));
  }
  return named;
}

type Named = Map<string, Record<string, KeptField>>;

function withBy(kept: NonNullable<Entry['kept']>): Record<string, KeptField> {
  return Object.fromEntries(Object.entries(kept).map(([field, one]) => [field, { ...one, by: null }]));
}

function next(crmId: string, at: ChangeRef | null, open: readonly string[]): readonly Asking[] {
  return at === null || open.length === 0 ? [] : [{ crmId, at, open }];
}

function nameOf({ run, round, batch }: ChangeRef): string {
  return `${run}/${round}/${batch}`;
}

/** What one change set says about some records. @returns those to ask further back about */
async function lookAt(db: Queryable, group: readonly Asking[], named: Named): Promise<readonly Asking[]> {
  const at = group[0]?.at;
  if (at === undefined) return [];
  const [stored, run] = await Promise.all([
    loadChangeSet(db, { runNo: at.run, round: at.round, n: at.batch }),
    findRun(db, { no: at.run }),
  ]);
  const outcomes = (stored?.outcomes ?? []).filter((outcome) => outcome.action !== 'none');
  const byCrmId = new Map(outcomes.map((outcome) => [outcome.crmId, outcome]));
  const entries = new Map((stored?.changeSet.entries ?? []).map((entry) => [entry.ordinal, entry]));
  return group.flatMap(({ crmId, open }) => {
    const outcome = byCrmId.get(crmId);
    const entry = outcome === undefined ? undefined : entries.get(outcome.ordinal);
    if (entry === undefined) return [];
    const fields = named.get(crmId) ?? {};
    const wrote = (field: string): boolean =>
      entry.writes[field] !== undefined && (outcome?.written?.includes(field) ?? true);
    for (const field of open.filter(wrote)) {
      const kept = fields[field];
      // Another value than this run's: somebody changed it after that run, too.
      if (kept !== undefined && sameValue(kept.now, entry.writes[field]?.after ?? null))
        fields[field] = { ...kept, by: run?.id ?? null };
    }
    return next(
      crmId,
      entry.previous,
      open.filter((field) => !wrote(field)),
    );
  });
}
