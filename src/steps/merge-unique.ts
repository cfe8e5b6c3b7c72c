// Fields of which no two CRM records may have the same value. Merge asks the CRM; what one run brings twice, seal has
// found before, so that it does not matter which batch comes first.

import type { Entry } from '../domain/claims.ts';
import { groupBy } from '../domain/collections.ts';
import { matchKey } from '../domain/field-types.ts';
import type { Deps } from './deps.ts';
import { connectionOf } from './merge-facts.ts';
import type { RunContext } from './run-context.ts';

export function sameInRun(field: string): string {
  return `another record of the run has the same ${field}, which must be unique`;
}

/** Entries that would give a CRM record a value which another one has go to review, with nothing written. */
export async function keepUnique(deps: Deps, run: RunContext, entries: readonly Entry[]): Promise<readonly Entry[]> {
  const { object } = run;
  const taken = new Map<Entry, Taken>();
  for (const [field, { unique, type }] of Object.entries(object.fields)) {
    if (unique !== true) continue;
    const wanted = entries.flatMap((entry) => {
      const write = entry.action === 'create' || entry.action === 'update' ? entry.writes[field] : undefined;
      const key = write === undefined ? null : matchKey(type, write.after);
      return key === null ? [] : [{ entry, key }];
    });
    if (wanted.length === 0) continue;
    const destination = await deps.destination(connectionOf(run, object));
    const rows = await destination.find(object, field, [...new Set(wanted.map(({ key }) => key))]);
    const holders = rows.map((row) => ({ crmId: row.crmId, key: matchKey(type, row.value) }));
    const byKey = groupBy(holders, ({ key }) => key);
    for (const { entry, key } of wanted) {
      const others = (byKey.get(key) ?? []).filter(({ crmId }) => crmId !== entry.crmId);
      if (others.length > 0) taken.set(entry, { field, value: key, by: others.map(({ crmId }) => crmId) });
    }
  }
  return entries.map((entry) => {
    const other = taken.get(entry);
    return other === undefined ? entry : toReview(entry, other);
  });
}

/** A value of which there is to be one only, and the CRM records that have it. */
interface Taken {
  readonly field: string;
  readonly value: string;
  readonly by: readonly string[];
}

/** What a person may decide: for a new record, that it is one of those; for a known one, that it keeps what it has. */
function toReview(entry: Entry, { field, value, by }: Taken): Entry {
  const write = entry.writes[field];
  return {
    ...entry,
    action: 'none',
    outcome: 'review',
    reason: `another CRM record has the same ${field}, which must be unique`,
    writes: {},
    agreed: {},
    conflicts:
      entry.crmId === null || write === undefined
        ? {}
        : { [field]: { crm: write.before, source: write.after, kept: 'crm', policy: 'unique' } },
    drift: [],
    candidates: by.map((crmId) => ({ crmId, evidence: [{ field, value }] })),
  };
}
