// Change sets for people: the summary first, then records as a diff.

import type { Entry, KeptField } from '../domain/claims.ts';
import { isList, type Value } from '../domain/values.ts';
import { ChangeCounter, type ChangeTotals } from '../merge/change-totals.ts';
import { changeSetsOf } from '../store/change-sets.ts';
import type { Queryable } from '../postgres/client.ts';
import { changeLine, type ChangeFilter, type ChangeLine, chooses } from './change-lines.ts';
import { paint, print, table } from './output.ts';

/** Entries of a run, or of one round of it, that change something: in order, until the limit. */
export async function changedEntries(
  db: Queryable,
  { runNo, round, limit }: { readonly runNo: number; readonly round?: number | undefined; readonly limit: number },
): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  for await (const { entries } of changeSetsOf(db, { runNo, round })) {
    found.push(...entries.filter((entry) => entry.action !== 'none').slice(0, limit - found.length));
    if (found.length >= limit) break;
  }
  return found;
}

export interface ChangesView {
  readonly totals: ChangeTotals;
  /** How many entries the filter chose, and the first of them. */
  readonly chosen: number;
  readonly entries: readonly Entry[];
  readonly lines: readonly ChangeLine[];
}

export interface ViewOptions {
  readonly filter: ChangeFilter;
  readonly round?: number | undefined;
  /** How many entries are kept for showing. */
  readonly limit: number;
}

/** Looks at all change sets of a run; what is kept of them is the totals and the first entries. */
export async function viewChanges(
  db: Queryable,
  run: { readonly no: number; readonly id: string },
  { filter, round, limit }: ViewOptions,
): Promise<ChangesView> {
  const counter = new ChangeCounter();
  const chosen = chooses(filter);
  const view = { chosen: 0, entries: new Array<Entry>(), lines: new Array<ChangeLine>() };
  for await (const changes of changeSetsOf(db, { runNo: run.no, round })) {
    for (const entry of changes.entries) {
      counter.add(entry);
      if (!chosen(entry) || view.chosen++ >= limit) continue;
      view.entries.push(entry);
      view.lines.push(changeLine(run.id, changes, entry));
    }
  }
  return { ...view, totals: counter.totals };
}

/** The summary, then the entries; `all` says how to see the rest. */
export function printChanges({ totals, chosen, entries }: ChangesView, all: string): void {
  for (const line of renderTotals(totals)) print(line);
  if (entries.length > 0) print();
  for (const entry of entries) print(renderEntry(entry));
  if (chosen > entries.length) print(paint('dim', `… the first ${entries.length} of ${chosen}; all of them: ${all}`));
}

export function renderTotals({ actions, outcomes, conflicts, drift, kept, fields }: ChangeTotals): readonly string[] {
  const changes = (['create', 'update', 'deactivate', 'delete'] as const).map((action) =>
    paint(actions[action] === 0 ? 'dim' : COLOURS[action], `${SIGNS[action]} ${actions[action]} ${action}`),
  );
  const waiting = (['review', 'waiting', 'parked', 'held'] as const).filter((outcome) => outcomes[outcome] > 0);
  const notes = [
    ...(conflicts > 0 ? [`${conflicts} in conflict with the CRM`] : []),
    ...(drift > 0 ? [`${drift} fields that only the CRM changed`] : []),
    ...(kept > 0 ? [`${kept} kept, changed since`] : []),
    ...waiting.map((outcome) => `${outcomes[outcome]} ${outcome}`),
  ];
  const columns = ['filled', 'changed', 'emptied', 'kept'] as const;
  const rows = Object.entries(fields).map(([field, counts]) => [field, ...columns.map((column) => counts[column])]);
  return [
    changes.join('   '),
    ...(notes.length === 0 ? [] : [notes.join(', ')]),
    ...(rows.length === 0 ? [] : ['', table(['field', ...columns], rows)]),
  ];
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
  const { action, outcome, reason, crmId, key } = entry;
  const done = action === 'none' ? outcome : action;
  const title = `${SIGNS[action]} ${done} ${crmId === null ? '' : `CRM ${crmId} `}(key ${key})`;
  const fields = Object.entries(entry.writes).map(([field, { before, after, why }]) => {
    const change =
      action === 'create'
        ? paint('green', showValue(after))
        : `${paint('red', showValue(before))} → ${paint('green', showValue(after))}`;
    return `    ${field}: ${change}${why.policy === undefined ? '' : paint('dim', `  (conflict, ${why.policy} wins)`)}`;
  });
  const conflicts = Object.entries(entry.conflicts).filter(([, { kept }]) => kept === 'crm');
  return [
    paint(COLOURS[action], title) + (reason === undefined ? '' : paint('dim', `  ${reason}`)),
    ...fields,
    ...Object.entries(entry.kept ?? {}).map(([field, kept]) => renderKept(field, kept)),
    ...conflicts.map(([field, { crm, source, policy }]) =>
      paint('dim', `    ${field}: stays ${showValue(crm)}; the sources say ${showValue(source)} (conflict, ${policy})`),
    ),
  ].join('\n');
}

function renderKept(field: string, { ours, now, by }: KeptField): string {
  const who = by === undefined ? '' : ` by ${by ?? 'somebody in the CRM'}`;
  return paint('dim', `    ${field}: kept, changed since${who} from ${showValue(ours)} to ${showValue(now)}`);
}

export function showValue(value: Value | undefined): string {
  if (value === undefined) return '(absent)';
  if (value === null) return '(empty)';
  if (isList(value)) return `[${value.map(showValue).join(', ')}]`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
