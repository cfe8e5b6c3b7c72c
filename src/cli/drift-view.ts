// What reconciling found, for people and as lines.

import type { DriftTotals, FieldDriftKind, RecordDrift } from '../merge/drift.ts';
import { showValue } from './changes.ts';
import { paint, table } from './output.ts';

export interface DriftFound extends DriftTotals {
  readonly sync: string;
  readonly object: string;
  /** CRM records of the object that no source speaks of. */
  readonly extra: number;
  /** Claims that have not come to the CRM, by the state that they wait in. */
  readonly undelivered: Readonly<Record<string, number>>;
}

export interface DriftLine {
  readonly kind: RecordDrift['kind'] | 'extra';
  readonly object: string;
  readonly crm_id: string;
  readonly key?: string;
  readonly fields?: RecordDrift['fields'];
}

export function driftLine(object: string, { kind, crmId, key, fields }: RecordDrift): DriftLine {
  return { kind, object, crm_id: crmId, key, ...(kind === 'differs' ? { fields } : {}) };
}

const COLUMNS: Readonly<Record<FieldDriftKind | 'repairable', string>> = {
  crm_changed: 'changed in the CRM',
  not_written: 'not written',
  kept: 'kept by policy',
  held: 'held',
  repairable: 'repairable',
};
const KINDS = ['crm_changed', 'not_written', 'kept', 'held', 'repairable'] as const;

export function renderDrift(found: DriftFound): readonly string[] {
  const { sync, object, compared, same, differing, missing, extra, held, undelivered } = found;
  const waiting = Object.entries(undelivered).map(([state, count]) => `${count} ${state}`);
  const rows = Object.entries(found.fields).map(([field, counts]) => [field, ...KINDS.map((kind) => counts[kind])]);
  return [
    `${paint('bold', `${sync} → ${object}`)}: ${compared} records compared`,
    [
      `${same} the same`,
      shown(differing, 'differing', 'yellow'),
      shown(missing, 'missing in the CRM', 'red'),
      shown(extra, 'only in the CRM', 'dim'),
      ...(held > 0 ? [`${held} taken back by an undo`] : []),
    ].join(', '),
    ...(waiting.length === 0 ? [] : [`claims not in the CRM yet: ${waiting.join(', ')}`]),
    ...(rows.length === 0 ? [] : ['', table(['field', ...KINDS.map((kind) => COLUMNS[kind])], rows)]),
  ];
}

function shown(count: number, what: string, style: 'yellow' | 'red' | 'dim'): string {
  return count === 0 ? `0 ${what}` : paint(style, `${count} ${what}`);
}

export function renderDriftLine({ kind, crm_id: id, key, fields = {} }: DriftLine): string {
  const title: Readonly<Record<DriftLine['kind'], string>> = {
    differs: `CRM ${id} (key ${key ?? ''})`,
    missing: `CRM ${id} (key ${key ?? ''}): not in the CRM any more`,
    held: `CRM ${id} (key ${key ?? ''}): taken back by an undo`,
    extra: `CRM ${id}: no source speaks of it`,
  };
  const lines = Object.entries(fields).map(([field, drift]) => {
    const values = `CRM ${paint('red', showValue(drift.crm))}, sources ${paint('green', showValue(drift.source))}`;
    const note = `${COLUMNS[drift.kind]}${drift.repairable ? ', repairable' : ''}`;
    return `    ${field}: ${values}${paint('dim', `  (${note})`)}`;
  });
  return [title[kind], ...lines].join('\n');
}
