import { beforeEach, expect, test, vi } from 'vitest';
import { renderExplained } from '../../src/cli/explain-view.ts';
import type { Explained, ExplainedField } from '../../src/steps/explain.ts';
import type { FieldHistory } from '../../src/steps/explain-history.ts';

beforeEach(() => {
  vi.stubEnv('NO_COLOR', '1');
  return () => vi.unstubAllEnvs();
});

const place = { name: 'customers.csv', offset: 120, inside: false, run: 'erp-2' };
const erp = {
  sync: 'erp',
  key: 'C-1',
  value: '2',
  version: '2026-11-02',
  observedAt: '2026-11-02T00:00:00.000Z',
  state: 'applied',
  wins: true,
  place,
};
const oa = { ...erp, sync: 'oa', key: 'OA-9', value: '3', version: null, state: 'held', wins: false, place: null };
const why = { sync: 'erp', key: 'C-1', rule: 'rank' };
const written: FieldHistory = {
  run: 'erp-2',
  kind: 'snapshot',
  at: '2026-11-02T01:00:00.000Z',
  action: 'update',
  before: '1',
  after: '2',
  why,
};
const phone: ExplainedField = {
  field: 'phone',
  now: '2',
  base: '2',
  resolved: { value: '2', why },
  policy: { resolve: 'rank: erp, oa', conflict: 'source' },
  claims: [erp, oa],
  history: [written],
};

function shown(field: Partial<ExplainedField>, record: Partial<Explained> = {}): readonly string[] {
  const all = {
    object: 'account',
    crmId: '42',
    state: 'live',
    held: false,
    historyWhole: true,
    historyPruned: false,
    ...record,
  };
  return renderExplained({ ...all, fields: [{ ...phone, ...field }] }).split('\n');
}

test('a value: winner, rule, before, run; then all who speak, with the place of their record', () => {
  expect(shown({})).toEqual([
    'account 42 (live)',
    '  phone = "2"',
    '      from erp C-1, rule rank: erp, oa; was "1"',
    '      by erp-2 at 2026-11-02T01:00:00.000Z',
    '      ● erp C-1: "2"  at 2026-11-02, customers.csv, from byte 120, read by erp-2',
    '      ○ oa OA-9: "3"  held',
  ]);
});

test('what came with an event stands in the inbox', () => {
  const event = { event: 'msg_2KW', inbox: 17, receivedAt: '2026-11-02T00:59:59.000Z', run: 'events-erp-1' };
  expect(shown({ claims: [{ ...erp, place: event }] })[4]?.trim()).toBe(
    '● erp C-1: "2"  at 2026-11-02, event msg_2KW (17 in the inbox), received 2026-11-02T00:59:59.000Z',
  );
});

const origin = (field: Partial<ExplainedField>): string | undefined => shown(field)[2]?.trim();

test.each<readonly [string, Partial<ExplainedField>, string]>([
  [
    'a conflict that the policy decided',
    { history: [{ ...written, why: { ...why, policy: 'source' } }] },
    'from erp C-1, rule rank: erp, oa, conflict: source wins; was "1"',
  ],
  [
    'a repair',
    { history: [{ ...written, why: { ...why, policy: 'repair' } }] },
    'from erp C-1, rule rank: erp, oa, a repair; was "1"',
  ],
  ['a pin', { history: [{ ...written, why: { sync: null, key: null, rule: 'pin' } }] }, 'from pin; was "1"'],
  ['an undo', { now: '1', history: [{ ...written, kind: 'undo', before: '2', after: '1' }] }, 'taken back from "2"'],
  ['a change in the CRM since', { now: '9' }, 'changed in the CRM since "2" was written'],
  [
    'a value that was there already',
    { history: [] },
    'never written: the CRM had it already; sources by rank: erp, oa, conflict: source',
  ],
])('%s', (_title, field, expected) => {
  expect(origin(field)).toBe(expected);
});

test('what nobody speaks of is the CRM’s own', () => {
  const { resolved: _resolved, base: _base, ...rest } = phone;
  const field = { ...rest, claims: [], history: [] };
  const all = {
    object: 'account',
    crmId: '42',
    state: 'live',
    held: false,
    historyWhole: true,
    historyPruned: false,
    fields: [field],
  };
  expect(renderExplained(all)).toContain('the CRM’s own; no source speaks of it');
});

test('a value that a person fixed', () => {
  const pinned = { by: 'maria', why: 'agreed with finance', until: '2027-04-01T00:00:00.000Z' };
  expect(shown({ pinned })).toContain('      fixed by maria until 2027-04-01T00:00:00.000Z: agreed with finance');
  expect(shown({ pinned: { by: 'maria', why: null, until: null } })).toContain('      fixed by maria');
});

test('a held value, a held record, and a history that goes on', () => {
  const older = { ...written, run: 'erp-1', before: null, after: '1', place };
  const lines = shown({ held: '7', history: [written, older] }, { held: true, historyWhole: false });
  expect(lines).toEqual(
    expect.arrayContaining([
      '  an undo took this record back: nothing is written until a source says something else',
      '      held: "7" is not written: an undo took it back, or a person kept the CRM’s value',
      '      2026-11-02T01:00:00.000Z  (empty) → "1"  erp C-1, by erp-1',
      '          customers.csv, from byte 120, read by erp-2',
      'there are older change sets: --history looks at all that are kept',
    ]),
  );
});
