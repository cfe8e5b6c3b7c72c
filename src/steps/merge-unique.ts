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
  const taken = new Map<Entry, string>();
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
      if ((byKey.get(key) ?? []).some(({ crmId }) => crmId !== entry.crmId)) taken.set(entry, field);
    }
  }
  return entries.map((entry) => {
    const field = taken.get(entry);
    return field === undefined ? entry : toReview(entry, field);
  });
}

function toReview(entry: Entry, field: string): Entry {
  return {
    ...entry,
    action: 'none',
    outcome: 'review',
    reason: `another CRM record has the same ${field}, which must be unique`,
    writes: {},
    agreed: {},
    conflicts: {},
    drift: [],
  };
}
