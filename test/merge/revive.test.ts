import { describe, expect, test } from 'vitest';
import { planEntry } from '../../src/merge/plan.ts';
import { endedValues, revived } from '../../src/merge/revive.ts';
import { claimOf, fieldOf, objectOf, planInput, recordOf } from './support.ts';

const object = objectOf({ name: fieldOf(), status: fieldOf() }, { deactivated: { status: 'inactive' } });
const live = { object, crmId: '42', record: recordOf({ base: { name: 'a' } }), crm: { name: 'a', status: 'vip' } };
const end = planEntry(planInput({ ...live, claims: [claimOf({ operation: 'delete' })] }));
const ended = endedValues(end) ?? {};
const dead = {
  ...live,
  ended,
  record: recordOf({ state: 'deactivated', base: { name: 'a', status: 'inactive' } }),
  crm: { name: 'a', status: 'inactive' },
};

describe('a newer record of something that was deactivated', () => {
  test('the deactivation knows what it took', () => {
    expect({ action: end.action, ended }).toEqual({ action: 'deactivate', ended: { status: 'vip' } });
    expect(endedValues({ ...end, action: 'update' })).toBeNull();
  });

  test('gives it back', () => {
    const entry = planEntry(planInput({ ...dead, claims: [claimOf({ fields: { name: 'a' } })] }));
    const why = { sync: null, key: null, rule: 'revive' };
    expect(entry).toMatchObject({
      action: 'update',
      outcome: 'applied',
      writes: { status: { before: 'inactive', after: 'vip', base: 'inactive', why } },
    });
  });

  test('but what a source says of the field counts', () => {
    const entry = planEntry(planInput({ ...dead, claims: [claimOf({ fields: { status: 'active' } })] }));
    expect(entry.writes).toMatchObject({ status: { after: 'active', why: { sync: 'erp-customers' } } });
  });

  test('and what somebody has made of it in the CRM since stays', () => {
    expect(revived(object, { resolved: {}, crm: { status: 'lost' }, ended })).toEqual({});
    const crm = { name: 'a', status: 'lost' };
    const entry = planEntry(planInput({ ...dead, crm, claims: [claimOf({ fields: { name: 'a' } })] }));
    expect(entry).toMatchObject({ action: 'none', writes: {} });
  });
});
