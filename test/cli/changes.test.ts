import { beforeEach, describe, expect, test, vi } from 'vitest';
import { renderEntry, showValue } from '../../src/cli/changes.ts';
import type { Entry, FieldWrite } from '../../src/domain/claims.ts';
import type { Value } from '../../src/domain/values.ts';
import { planEntry } from '../../src/merge/plan.ts';
import { planInput } from '../merge/support.ts';

const base: Entry = { ...planEntry(planInput()), key: 'C-1', writes: {} };

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
    const entry: Entry = { ...base, action: 'deactivate', crmId: '42', kept: { phone: { ours: '1', now: '2' } } };
    expect(renderEntry(entry)).toBe('- deactivate CRM 42 (key C-1)\n    phone: kept, changed since to "2"');
  });
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
