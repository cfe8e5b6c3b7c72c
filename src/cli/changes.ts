// Change sets for people: the summary first, then records as a diff.

import type { Entry } from '../domain/claims.ts';
import { isList, type Value } from '../domain/values.ts';
import { listBatches, loadChangeSet } from '../store/batches.ts';
import type { Queryable } from '../postgres/client.ts';
import { paint } from './output.ts';

/** Entries of a run, or of one round of it, that change something: in order, until the limit. */
export async function changedEntries(
  db: Queryable,
  {
    runNo,
    round: only,
    limit,
  }: { readonly runNo: number; readonly round?: number | undefined; readonly limit: number },
): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (const { round, n, changeHash } of await listBatches(db, runNo, only)) {
    if (changeHash === null) continue;
    const stored = await loadChangeSet(db, { runNo, round, n });
    entries.push(
      ...(stored?.changeSet.entries ?? []).filter((entry) => entry.action !== 'none').slice(0, limit - entries.length),
    );
    if (entries.length >= limit) break;
  }
  return entries;
}

const SIGNS: Readonly<Record<Entry['action'], string>> = {
  none: ' ',
  create: '+',
  update: '~',
  deactivate: '-',
  delete: '-',
};
const COLOURS = { none: 'dim', create: 'green', update: 'yellow', deactivate: 'red', delete: 'red' } as const;

export function renderEntry(entry: Entry): string {
  const title = `${SIGNS[entry.action]} ${entry.action} ${entry.crmId === null ? '' : `CRM ${entry.crmId} `}(key ${entry.key})`;
  const fields = Object.entries(entry.writes).map(([field, { before, after, why }]) => {
    const change =
      entry.action === 'create'
        ? paint('green', showValue(after))
        : `${paint('red', showValue(before))} → ${paint('green', showValue(after))}`;
    return `    ${field}: ${change}${why.policy === undefined ? '' : paint('dim', `  (conflict, ${why.policy} wins)`)}`;
  });
  const kept = Object.entries(entry.kept ?? {}).map(([field, { now }]) =>
    paint('dim', `    ${field}: kept, changed since to ${showValue(now)}`),
  );
  return [paint(COLOURS[entry.action], title), ...fields, ...kept].join('\n');
}

export function showValue(value: Value | undefined): string {
  if (value === undefined) return '(absent)';
  if (value === null) return '(empty)';
  if (isList(value)) return `[${value.map(showValue).join(', ')}]`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
