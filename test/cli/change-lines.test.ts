import { describe, expect, test } from 'vitest';
import { changeLine, chooses } from '../../src/cli/change-lines.ts';
import type { Entry } from '../../src/domain/claims.ts';
import { planEntry } from '../../src/merge/plan.ts';
import { planInput } from '../merge/support.ts';

const nothing: Entry = { ...planEntry(planInput()), action: 'none', outcome: 'no_change', writes: {} };
const why = { sync: 'erp', key: 'C-1', rule: 'rank' };
const create: Entry = {
  ...nothing,
  action: 'create',
  outcome: 'applied',
  writes: { name: { before: null, after: 'A', why } },
};
const review: Entry = {
  ...nothing,
  outcome: 'review',
  crmId: '42',
  conflicts: { phone: { crm: '1', source: '2', kept: 'crm', policy: 'review' } },
};
const kept: Entry = { ...nothing, crmId: '7', outcome: 'conflict', kept: { city: { ours: 'x', now: 'y', by: null } } };
const all = { nothing, create, review, kept };

describe('which entries are chosen', () => {
  test.each([
    ['all of which there is something to say', { only: [] }, ['create', 'review', 'kept']],
    ['those with nothing to do where they are asked for', { only: ['no_change'] }, ['nothing']],
    ['by what is planned or by its outcome', { only: ['create', 'review'] }, ['create', 'review']],
    ['what an undo leaves alone', { only: ['kept'] }, ['kept']],
    ['by field: written', { only: [], field: 'name' }, ['create']],
    ['by field: disputed', { only: [], field: 'phone' }, ['review']],
    ['by field: kept', { only: [], field: 'city' }, ['kept']],
    ['by CRM record', { only: [], crmId: '42' }, ['review']],
    ['by source key', { only: [], key: 'another' }, []],
  ])('%s', (_title, filter, expected) => {
    const chosen = chooses(filter);
    expect(Object.entries(all).flatMap(([name, entry]) => (chosen(entry) ? [name] : []))).toEqual(expected);
  });

  test('a word that is none of them is refused with those that are', () => {
    expect(() => chooses({ only: ['creates'] })).toThrow(/creates is not among create, update/);
  });
});

const stored = { round: 1, n: 3, hash: 'abc', object: 'account', entries: [], outcomes: null };

test('a line says where it stands, what is planned and why', () => {
  expect(changeLine('erp-1', stored, create)).toEqual({
    run: 'erp-1',
    round: 1,
    batch: 3,
    change_set: 'abc',
    entry: 4,
    object: 'account',
    key: nothing.key,
    crm_id: null,
    action: 'create',
    outcome: 'applied',
    writes: { name: { before: null, after: 'A', why } },
  });
});

test('a line of a delivered batch says what came of it', () => {
  const outcome = { ordinal: 4, outcome: 'parked', action: 'none', crmId: null, reason: 'refused' } as const;
  const line = changeLine('erp-1', { ...stored, outcomes: new Map([[4, outcome]]) }, create);
  expect(line.delivered).toEqual({ action: 'none', outcome: 'parked', crm_id: null, reason: 'refused' });
});
