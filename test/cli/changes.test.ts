import { beforeEach, describe, expect, test, vi } from 'vitest';
import { renderEntry, renderTotals, showValue } from '../../src/cli/changes.ts';
import type { Entry, FieldWrite } from '../../src/domain/claims.ts';
import type { Value } from '../../src/domain/values.ts';
import { ChangeCounter } from '../../src/merge/change-totals.ts';
import { planEntry } from '../../src/merge/plan.ts';
import { planInput } from '../merge/support.ts';

const base: Entry = { ...planEntry(planInput()), key: 'C-1', action: 'none', outcome: 'no_change', writes: {} };

function write(before: Value, after: Value, policy?: string): FieldWrite {
  return { before, after, why: { sync: 'erp', key: 'C-1', rule: 'rank', ...(policy === undefined ? {} : { policy }) } };
}

beforeEach(() => {
  vi.stubEnv('NO_COLOR', '1');
  return () => vi.unstubAllEnvs();
});

describe('an entry for people', () => {
  test('a create shows its values', () => {
    const entry: Entry = {
      ...base,
      action: 'create',
      crmId: null,
      writes: { name: write(null, '王芳'), active: write(null, true) },
    };
    expect(renderEntry(entry)).toBe('+ create (key C-1)\n    name: "王芳"\n    active: true');
  });

  test('an update shows before and after, and who wins a conflict', () => {
    const entry: Entry = {
      ...base,
      action: 'update',
      crmId: '42',
      writes: { name: write('A', 'B'), city: write('x', null, 'source') },
    };
    expect(renderEntry(entry)).toBe(
      '~ update CRM 42 (key C-1)\n    name: "A" → "B"\n    city: "x" → (empty)  (conflict, source wins)',
    );
  });

  test('an end, and what an undo keeps', () => {
    const kept: Entry['kept'] = {
      phone: { ours: '1', now: '2' },
      city: { ours: 'x', now: null, by: null },
      name: { ours: 'A', now: 'B', by: 'oa-1' },
    };
    const entry: Entry = {
      ...base,
      action: 'deactivate',
      crmId: '42',
      reason: 'others changed the record since',
      kept,
    };
    expect(renderEntry(entry).split('\n')).toEqual([
      '- deactivate CRM 42 (key C-1)  others changed the record since',
      '    phone: kept, changed since from "1" to "2"',
      '    city: kept, changed since by somebody in the CRM from "x" to (empty)',
      '    name: kept, changed since by oa-1 from "A" to "B"',
    ]);
  });

  test('where nothing is done, what came of it, and the conflicts that the CRM wins', () => {
    const entry: Entry = {
      ...base,
      outcome: 'conflict',
      crmId: '42',
      conflicts: { name: { crm: 'A', source: 'B', kept: 'crm', policy: 'crm' } },
    };
    expect(renderEntry(entry)).toBe(
      '  conflict CRM 42 (key C-1)\n    name: stays "A"; the sources say "B" (conflict, crm)',
    );
  });
});

test('the summary of a run: what is done, what stands, and what becomes of each field', () => {
  const counter = new ChangeCounter();
  counter.add({ ...base, action: 'create', outcome: 'applied', writes: { name: write(null, 'A') } });
  counter.add({ ...base, outcome: 'waiting', writes: {} });
  counter.add({
    ...base,
    action: 'update',
    outcome: 'applied',
    writes: { name: write('A', 'B', 'source'), city: write('x', null) },
    conflicts: { name: { crm: 'A', source: 'B', kept: 'source', policy: 'source' } },
    drift: ['phone'],
  });
  expect(renderTotals(counter.totals)).toEqual([
    '+ 1 create   ~ 1 update   - 0 deactivate   - 0 delete',
    '1 in conflict with the CRM, 1 fields that only the CRM changed, 1 waiting',
    '',
    [
      'field  filled  changed  emptied  kept',
      'city        0        0        1     0',
      'name        1        1        0     0',
    ].join('\n'),
  ]);
});

test.each<readonly [Value | undefined, string]>([
  [undefined, '(absent)'],
  [null, '(empty)'],
  ['', '""'],
  ['a\n"b"', '"a\\n\\"b\\""'],
  [false, 'false'],
  [['a', null, ['b']], '["a", (empty), ["b"]]'],
])('the value %j is shown as %s', (value, shown) => {
  expect(showValue(value)).toBe(shown);
});
