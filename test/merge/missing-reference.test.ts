// A claim whose reference is not in the CRM: what is planned for it, by the field's choice.

import { describe, expect, test } from 'vitest';
import type { FieldDefinition, MissingReference, ObjectDefinition } from '../../src/domain/definition.ts';
import { planEntry } from '../../src/merge/plan.ts';
import { claimOf, fieldOf, objectOf, planInput } from './support.ts';

function objectWith(missing: MissingReference, change: Partial<FieldDefinition> = {}): ObjectDefinition {
  const reference = { object: 'owner', by: 'no', missing };
  return objectOf({ name: fieldOf({}), owner: fieldOf({ type: 'reference', reference, ...change }) });
}

const claims = [claimOf({ fields: { name: 'Acme', owner: 'E-1' } })];
const none = (): readonly string[] => [];
const waits = { outcome: 'waiting', reason: 'no owner with this no yet (owner)', missing: 'owner' };

describe('a reference that is not there yet', () => {
  test.each(['wait', 'review'] as const)('%s: nothing is written', (missing) => {
    const entry = planEntry(planInput({ object: objectWith(missing), claims, references: none }));
    expect(entry).toMatchObject({ ...waits, action: 'none', writes: {} });
  });

  test('omit: a new record is created without it, and goes on waiting', () => {
    const entry = planEntry(planInput({ object: objectWith('omit'), claims, references: none }));
    expect(entry).toMatchObject({ ...waits, action: 'create', writes: { name: { after: 'Acme' } } });
    expect(Object.keys(entry.writes)).toEqual(['name']);
  });

  test('omit: of a known record the rest is written, and the reference that it has stays', () => {
    const crm = { name: 'Old', owner: '900' };
    const input = planInput({ object: objectWith('omit'), claims, references: none, crmId: '1', crm });
    expect(planEntry(input)).toMatchObject({ ...waits, action: 'update', writes: { name: { after: 'Acme' } } });
    const same = planInput({
      object: objectWith('omit'),
      claims,
      references: none,
      crmId: '1',
      crm: { ...crm, name: 'Acme' },
    });
    expect(planEntry(same)).toMatchObject({ ...waits, action: 'none', writes: {} });
  });

  test('omit: a new record cannot do without a reference that is required', () => {
    const object = objectWith('omit', { required: true });
    const entry = planEntry(planInput({ object, claims, references: none }));
    expect(entry).toMatchObject({ ...waits, action: 'none', writes: {} });
  });

  test.each(['wait', 'review', 'omit'] as const)('%s: it is written when it is there', (missing) => {
    const entry = planEntry(planInput({ object: objectWith(missing), claims, references: () => ['900'] }));
    expect(entry).toMatchObject({ outcome: 'applied', action: 'create', writes: { owner: { after: '900' } } });
    expect(entry.missing).toBeUndefined();
  });

  test('two that fit are for a person, whatever the choice', () => {
    const entry = planEntry(planInput({ object: objectWith('omit'), claims, references: () => ['900', '901'] }));
    expect(entry).toMatchObject({ outcome: 'review', reason: '2 CRM records of owner have this no (owner)' });
  });
});
