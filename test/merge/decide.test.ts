import { describe, expect, test } from 'vitest';
import type { FieldConflict } from '../../src/domain/claims.ts';
import type { Decision, ReviewEvidence } from '../../src/domain/reviews.ts';
import { type DecisionEffects, effectsOf } from '../../src/merge/decide.ts';

const NOTHING: DecisionEffects = { words: [], detach: false, holds: {}, agreed: {} };
const conflict = (change: Partial<FieldConflict> = {}): FieldConflict => ({
  crm: 'theirs',
  source: 'ours',
  kept: 'crm',
  policy: 'review',
  ...change,
});

const unlinked: ReviewEvidence = {
  crm_id: null,
  candidates: ['1', '2'].map((crmId) => ({ crmId, evidence: [{ field: 'email', value: 'a@x' }] })),
  conflicts: {},
};
const linked: ReviewEvidence = {
  crm_id: '7',
  conflicts: {
    phone: conflict(),
    notes: conflict({ crm: null, policy: 'crm' }),
    name: conflict({ kept: 'source', policy: 'source' }),
  },
};
const unique: ReviewEvidence = { crm_id: '7', conflicts: { tax: conflict({ policy: 'unique' }) } };
const bare: ReviewEvidence = { crm_id: null, conflicts: {} };

const no = (crmId: string): DecisionEffects['words'][number] => ({ crmId, same: false });

describe('what follows from an answer', () => {
  test.each<readonly [string, ReviewEvidence, Decision, Partial<DecisionEffects>]>([
    ['the same: a judgement', unlinked, { same: '2' }, { words: [{ crmId: '2', same: true }] }],
    ['the same as one that no key named', unlinked, { same: '9' }, { words: [{ crmId: '9', same: true }] }],
    [
      'the same as another than it is linked to: it leaves that one',
      linked,
      { same: '9' },
      { words: [{ crmId: '9', same: true }], detach: true },
    ],
    ['a new one: not the same as any candidate', unlinked, { create: true }, { words: [no('1'), no('2')] }],
    ['a new one instead of the one it is linked to', linked, { create: true }, { words: [no('7')], detach: true }],
    ['not the same as some', unlinked, { notSame: ['1'] }, { words: [no('1')] }],
    ['not the one it is linked to', linked, { notSame: ['7', '7'] }, { words: [no('7')], detach: true }],
    ['the CRM keeps all that is in dispute', linked, { keepCrm: ['*'] }, { holds: { phone: 'ours', notes: 'ours' } }],
    [
      'the source gets all that is in dispute',
      linked,
      { takeSource: ['*'] },
      { agreed: { phone: 'theirs', notes: null } },
    ],
    [
      'some to the one, the rest to the other',
      linked,
      { keepCrm: ['phone'], takeSource: ['*'] },
      { holds: { phone: 'ours' }, agreed: { notes: null } },
    ],
    ['some now, the others stay in dispute', linked, { takeSource: ['notes'] }, { agreed: { notes: null } }],
    ['the CRM keeps a unique value', unique, { keepCrm: ['*'] }, { holds: { tax: 'ours' } }],
    ['again: nothing', bare, { again: true }, {}],
  ])('%s', (_title, evidence, decision, expected) => {
    expect(effectsOf(evidence, decision)).toEqual({ ...NOTHING, ...expected });
  });
});

describe('answers that do not fit', () => {
  test.each<readonly [string, ReviewEvidence, Decision, string]>([
    ['none', linked, {}, 'say one thing'],
    ['two', linked, { same: '1', create: true }, 'say one thing'],
    ['identity and fields', linked, { same: '1', keepCrm: ['*'] }, 'say one thing'],
    ['the same as now', linked, { same: '7' }, 'belongs to CRM 7 already'],
    ['a new one, and there is none to tell it from', bare, { create: true }, 'no CRM record to tell it from'],
    ['fields, where a record is in question', unlinked, { takeSource: ['*'] }, 'no field is in dispute'],
    ['a field that is not in dispute', linked, { keepCrm: ['email'] }, 'email is not in dispute; phone, notes are'],
    ['a field that the source has won', linked, { takeSource: ['name'] }, 'name is not in dispute'],
    ['a field both ways', linked, { keepCrm: ['phone'], takeSource: ['phone'] }, 'phone cannot both keep'],
    ['a second one of a unique value', unique, { takeSource: ['*'] }, 'tax is unique'],
  ])('%s', (_title, evidence, decision, message) => {
    expect(() => effectsOf(evidence, decision)).toThrow(message);
  });
});
