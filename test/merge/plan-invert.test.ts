// Plan, apply, take back: what a run does to a CRM record, and what its undo does.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry, EntryOutcome, SourcedClaim } from '../../src/domain/claims.ts';
import type { DeleteAction } from '../../src/domain/definition.ts';
import { type Fields, isEmpty, sameValue, type Value } from '../../src/domain/values.ts';
import { invertEntry } from '../../src/merge/invert.ts';
import { type KnownRecord, planEntry, type PlanInput } from '../../src/merge/plan.ts';
import { NO_PINS, resolve } from '../../src/merge/resolve.ts';
import {
  ACCOUNT,
  applied,
  claimOf,
  claims,
  crmOf,
  fieldOf,
  fieldsOf,
  objectOf,
  pinned,
  planInput,
  recordOf,
} from './support.ts';

const FIELDS = Object.keys(ACCOUNT.fields);
const field = fc.constantFrom(...FIELDS);
const linkedTo = { crmId: '42' };

/** A record that is in the CRM, met before or not, and all that is said about it. */
const linked: fc.Arbitrary<PlanInput> = fc
  .record({
    claims: claims.filter((all) => all.length > 0),
    record: fc.option(fieldsOf(FIELDS).map((base) => recordOf({ base }))),
    crm: crmOf(FIELDS),
    deletes: fc.constantFrom<DeleteAction>('none', 'deactivate', 'delete'),
  })
  .map(({ deletes, ...rest }) => planInput({ ...rest, ...linkedTo, object: { ...ACCOUNT, deletes } }));

const fresh: fc.Arbitrary<PlanInput> = claims.filter((all) => all.length > 0).map((all) => planInput({ claims: all }));

/** As a delivery that wrote everything reports it. */
function outcomeOf(entry: Entry, change: Partial<EntryOutcome> = {}): EntryOutcome {
  const { ordinal, outcome, action, crmId } = entry;
  return { ordinal, outcome, action, crmId: crmId ?? '42', ...change };
}

/** The record as the store knows it after a delivery. */
function recordAfter(before: KnownRecord | null, entry: Entry): KnownRecord {
  const base = Object.entries(entry.writes).map(([name, write]): [string, Value] => [name, write.after]);
  return recordOf({ ...before, base: { ...before?.base, ...Object.fromEntries(base) }, revision: 4 });
}

function invert(
  entry: Entry,
  crm: Fields | null,
  change: Partial<Parameters<typeof invertEntry>[0]> = {},
): Entry | null {
  const record = recordAfter(null, entry);
  const outcome = outcomeOf(entry);
  return invertEntry({ entry, outcome, record, crm, ordinal: 9, redo: false, deactivated: {}, ...change });
}

describe('an entry and its inverse', () => {
  test('give the original record back, whatever was planned', () => {
    fc.assert(
      fc.property(linked, (input) => {
        const entry = planEntry(input);
        const crm = applied(input.crm, entry);
        const inverse = invert(entry, crm);
        if (entry.action === 'none') expect(inverse).toBeNull();
        else expect(inverse).toMatchObject({ outcome: 'applied', recordId: 7, crmId: '42' });
        expect(inverse === null ? crm : applied(crm, inverse)).toEqual(input.crm);
      }),
      { numRuns: 500 },
    );
  });

  test('take a create away again', () => {
    fc.assert(
      fc.property(fresh, (input) => {
        const entry = planEntry(input);
        if (entry.action === 'none') return;
        const inverse = invert(entry, applied(null, entry));
        expect(inverse).toMatchObject({ action: 'delete', outcome: 'applied', crmId: '42' });
      }),
    );
  });

  test('the inverse of the inverse writes again what was written', () => {
    fc.assert(
      fc.property(linked, (input) => {
        const entry = planEntry(input);
        const crm = applied(input.crm, entry);
        const inverse = invert(entry, crm);
        if (inverse === null) return;
        const again = invert(inverse, applied(crm, inverse), { redo: true });
        expect(again === null ? null : applied(input.crm, again)).toEqual(crm);
        for (const [name, write] of Object.entries(again?.writes ?? {})) {
          // What was undone and is wanted after all: both sides agree on it now, so that the next merge finds no drift.
          expect(write.base).toEqual(entry.writes[name]?.after);
        }
      }),
    );
  });

  test('a field that somebody changed in between is kept, named with both values; the others go back', () => {
    fc.assert(
      fc.property(linked, field, fc.constantFrom('theirs', null), (input, touched, theirs) => {
        const entry = planEntry(input);
        const after = applied(input.crm, entry);
        if (after === null || entry.action === 'none') return;
        const now = { ...after, [touched]: theirs };
        const inverse = invert(entry, now);
        const ours = entry.writes[touched];
        const disturbed = ours !== undefined && !sameValue(ours.after, theirs);
        expect(inverse?.kept).toEqual(disturbed ? { [touched]: { ours: ours.after, now: theirs } } : undefined);
        const restored = inverse === null ? now : applied(now, inverse);
        expect(restored).toEqual({ ...input.crm, [touched]: ours === undefined || disturbed ? theirs : ours.before });
      }),
      { numRuns: 500 },
    );
  });

  test('the base goes back to what it was before the write', () => {
    fc.assert(
      fc.property(linked, (input) => {
        const entry = planEntry(input);
        const inverse = invert(entry, applied(input.crm, entry));
        for (const [name, write] of Object.entries(inverse?.writes ?? {})) {
          expect('base' in write ? [write.base] : []).toEqual(
            name in (input.record?.base ?? {}) ? [input.record?.base[name]] : [],
          );
          expect(write.why).toEqual({ sync: null, key: null, rule: 'undo' });
        }
      }),
    );
  });

  test('planned again after it was applied, an entry writes nothing more', () => {
    fc.assert(
      fc.property(linked, (input) => {
        const entry = planEntry(input);
        const crm = applied(input.crm, entry);
        // Nobody links a CRM record only to end it.
        const unknown = input.record === null && input.claims.every((claim) => claim.operation === 'delete');
        if (crm === null || entry.action === 'deactivate' || unknown) return;
        const agreed = Object.entries(entry.agreed).map(([name, { value }]): [string, Value] => [name, value]);
        const record = recordAfter(input.record, entry);
        const again = planEntry({
          ...input,
          crm,
          record: { ...record, base: { ...record.base, ...Object.fromEntries(agreed) } },
        });
        expect({ action: again.action, writes: again.writes, agreed: again.agreed, drift: again.drift }).toEqual({
          action: entry.action === 'none' ? again.action : 'none',
          writes: {},
          agreed: {},
          drift: entry.drift,
        });
      }),
      { numRuns: 500 },
    );
  });
});

describe('what an undo leaves alone', () => {
  const NAME = objectOf({ name: fieldOf(), note: fieldOf() });
  const created = planEntry(planInput({ object: NAME, claims: [claimOf({ fields: { name: 'A' } })] }));
  const written = { ...created, crmId: '42' };

  test('a created record that somebody has filled in since stays, and says what they changed', () => {
    expect(invert(written, { name: 'A', note: 'theirs' })).toMatchObject({
      action: 'none',
      outcome: 'conflict',
      reason: 'others changed the record since',
      kept: { note: { ours: null, now: 'theirs' } },
      writes: {},
    });
  });

  test.each([
    ['a default of the CRM is no change', { name: 'A', note: 'given' }, 'delete'],
    ['a default that somebody changed is one', { name: 'A', note: 'theirs' }, 'none'],
    ['a field of ours that somebody changed is one, though the CRM reported it', { name: 'B', note: 'given' }, 'none'],
  ])('%s', (_title, crm, action) => {
    const outcome = outcomeOf(written, { defaults: { name: 'A', note: 'given' } });
    expect(invert(written, crm, { outcome })?.action).toBe(action);
  });

  const ACTIVE = planEntry(
    planInput({
      object: objectOf({ name: fieldOf(), status: fieldOf(), note: fieldOf() }),
      claims: [claimOf({ fields: { name: 'A', status: 'active' } })],
    }),
  );
  const deactivated = { status: 'inactive' };

  test.each([
    ['is deactivated where the object can', { status: 'active', note: 'theirs' }, 'deactivate', ['status']],
    ['stays where somebody has decided about that too', { status: 'on hold', note: 'theirs' }, 'none', []],
    ['stays where it is inactive already', { status: 'inactive', note: 'theirs' }, 'none', []],
    ['is deleted where nobody did', { status: 'active', note: null }, 'delete', ['name', 'status']],
  ])('a created record that somebody changed %s', (_title, change, action, writes) => {
    const inverse = invert(ACTIVE, { name: 'A', ...change }, { deactivated });
    expect({ action: inverse?.action, writes: Object.keys(inverse?.writes ?? {}).toSorted() }).toEqual({
      action,
      writes,
    });
  });

  test('a created record that an earlier undo has deleted is nothing any more', () => {
    expect(invert(written, null, { record: recordOf({ state: 'suppressed' }) })).toBeNull();
  });

  test('a created record that is gone by now is only named', () => {
    expect(invert(written, null)).toMatchObject({ action: 'none', outcome: 'conflict', writes: {} });
  });

  const ended = planEntry(
    planInput({
      object: { ...NAME, deletes: 'delete' },
      claims: [claimOf({ operation: 'delete' })],
      record: recordOf({ base: { name: 'A' } }),
      crmId: '42',
      crm: { name: 'A', note: null },
    }),
  );

  test('a deleted record comes back with its id and its values', () => {
    expect(invert(ended, null)).toMatchObject({
      action: 'create',
      crmId: '42',
      writes: { name: { before: null, after: 'A', base: 'A' } },
    });
  });

  test('a deleted record whose id is taken again does not come back', () => {
    expect(invert(ended, { name: 'other', note: null })).toMatchObject({ action: 'none', outcome: 'conflict' });
  });

  const reviewed = planEntry(
    planInput({
      object: objectOf({ name: fieldOf(), since: fieldOf({ conflict: 'review' }) }),
      claims: [claimOf({ fields: { name: 'B', since: '2024' } })],
      record: recordOf({ base: { name: 'A', since: '2022' } }),
      crmId: '42',
      crm: { name: 'A', since: '2023' },
    }),
  );

  test('of a record under review the fields that were written go back too', () => {
    expect(reviewed).toMatchObject({ outcome: 'review', action: 'update' });
    expect(invert(reviewed, { name: 'B', since: '2023' })).toMatchObject({
      action: 'update',
      outcome: 'applied',
      writes: { name: { before: 'B', after: 'A' } },
    });
  });

  test.each([
    ['nothing was written', { action: 'none', outcome: 'parked' }],
    ['the CRM gave no id', { crmId: null }],
  ] as const)('there is no inverse where %s', (_title, change) => {
    expect(invert(reviewed, { name: 'B' }, { outcome: outcomeOf(reviewed, change) })).toBeNull();
  });

  test('where a delivery wrote only some of the fields, only those go back', () => {
    const entry = planEntry(
      planInput({
        object: NAME,
        claims: [claimOf({ fields: { name: 'B', note: 'n' } })],
        ...linkedTo,
        crm: { name: 'A', note: null },
      }),
    );
    const outcome = outcomeOf(entry, { written: ['name'] });
    expect(Object.keys(invert(entry, { name: 'B', note: 'n' }, { outcome })?.writes ?? {})).toEqual(['name']);
  });
});

const says = (fields: Fields): readonly SourcedClaim[] => [claimOf({ fields })];

describe('plan', () => {
  test('writes only fields that differ, from the value that is there', () => {
    fc.assert(
      fc.property(linked, (input) => {
        const entry = planEntry(input);
        for (const [name, write] of Object.entries(entry.writes)) {
          expect(write.before).toEqual(input.crm?.[name] ?? null);
          if (entry.action === 'update') expect(sameValue(write.before, write.after)).toBe(false);
        }
      }),
    );
  });

  test('a create writes what was resolved and is not empty', () => {
    fc.assert(
      fc.property(fresh, (input) => {
        const entry = planEntry(input);
        const resolved = Object.entries(resolve(ACCOUNT, input.claims, NO_PINS)).filter(
          ([, { value }]) => !isEmpty(value),
        );
        if (entry.action !== 'create') return;
        expect(Object.entries(entry.writes).map(([name, { after }]) => [name, after])).toEqual(
          resolved.map(([name, { value }]) => [name, value]),
        );
      }),
    );
  });

  const twoFields = objectOf({ name: fieldOf({ required: true }), note: fieldOf() });
  const live = { record: recordOf({ base: { name: 'A' } }), crmId: '42', crm: { name: 'A', note: null } };

  const cleared = { object: objectOf({ name: fieldOf({ clears: true }), note: fieldOf() }) };

  test.each<readonly [string, Partial<PlanInput>, Partial<Entry>]>([
    [
      'a new record without a required field is parked',
      { claims: says({ note: 'x' }) },
      { action: 'none', outcome: 'parked', reason: 'a new account needs name' },
    ],
    [
      'a record that a person deleted in the CRM is not made again',
      { ...live, crm: null, claims: says({ name: 'B' }) },
      { action: 'none', outcome: 'review' },
    ],
    [
      'a record that we deleted comes back with a newer claim',
      { ...live, crm: null, record: recordOf({ state: 'deleted' }), claims: says({ name: 'B' }) },
      { action: 'create', outcome: 'applied', recordId: 7 },
    ],
    [
      'a held value is not proposed',
      { ...live, holds: { name: '"B"' }, claims: says({ name: 'B' }) },
      { action: 'none', outcome: 'held' },
    ],
    [
      'another value than the held one is',
      { ...live, holds: { name: '"B"' }, claims: says({ name: 'C' }) },
      { action: 'update', outcome: 'applied' },
    ],
    [
      'a pin is written like a claim',
      { ...live, pinned: pinned({ note: 'p' }), claims: says({ name: 'A' }) },
      { action: 'update', outcome: 'applied' },
    ],
    [
      'a pin is a person’s word, also where the policy would keep the CRM’s value or ask',
      {
        ...live,
        object: objectOf({ name: fieldOf({ conflict: 'review' }), note: fieldOf() }),
        record: recordOf({ base: { name: 'before' } }),
        pinned: pinned({ name: 'p' }),
        claims: says({ name: 'A' }),
      },
      { action: 'update', outcome: 'applied' },
    ],
    [
      'what every source has withdrawn stays',
      { ...live, record: recordOf({ base: { name: 'A' } }), claims: says({}) },
      { action: 'none', outcome: 'no_change' },
    ],
    [
      'what every source has withdrawn is emptied where the field says so',
      { ...live, ...cleared, record: recordOf({ base: { name: 'A' } }), claims: says({}) },
      { action: 'update', outcome: 'applied' },
    ],
    [
      'the CRM’s own value is not emptied: no source has ever spoken of it',
      { ...live, ...cleared, record: recordOf(), claims: says({}) },
      { action: 'none', outcome: 'no_change' },
    ],
    ['nothing new is no change', { ...live, claims: says({ name: 'A' }) }, { action: 'none', outcome: 'no_change' }],
    [
      'a delete of an unknown record is no change',
      { claims: [claimOf({ operation: 'delete' })] },
      { action: 'none', outcome: 'no_change' },
    ],
    [
      'a record ends only when no live claim is left',
      { ...live, claims: [claimOf({ operation: 'delete' }), claimOf({ key: '2', fields: { name: 'A' } })] },
      { action: 'none', outcome: 'no_change' },
    ],
    [
      'an ended record does not end twice',
      { ...live, record: recordOf({ state: 'deactivated' }), claims: [claimOf({ operation: 'delete' })] },
      { action: 'none', outcome: 'no_change' },
    ],
  ])('%s', (_title, input, expected) => {
    expect(planEntry(planInput({ object: twoFields, ...input }))).toMatchObject(expected);
  });

  test.each<readonly [DeleteAction, Partial<Entry>]>([
    ['none', { action: 'none', outcome: 'applied', writes: {} }],
    [
      'deactivate',
      {
        action: 'deactivate',
        outcome: 'applied',
        writes: {
          note: { before: null, after: 'gone', why: { sync: 'erp-customers', key: 'C-1', rule: 'deactivate' } },
        },
      },
    ],
    [
      'delete',
      {
        action: 'delete',
        outcome: 'applied',
        writes: {
          name: { before: 'A', after: null, base: 'A', why: { sync: 'erp-customers', key: 'C-1', rule: 'delete' } },
          note: { before: null, after: null, why: { sync: 'erp-customers', key: 'C-1', rule: 'delete' } },
        },
      },
    ],
  ])('the last claim ends: deletes: %s', (deletes, expected) => {
    const object = { ...twoFields, deletes, deactivated: { note: 'gone' } };
    expect(planEntry(planInput({ object, ...live, claims: [claimOf({ operation: 'delete' })] }))).toMatchObject(
      expected,
    );
  });

  const child = objectOf({
    owner: fieldOf({ type: 'reference', reference: { object: 'owner', by: 'no', missing: 'wait' } }),
  });

  test.each<readonly [string, readonly string[], Partial<Entry>]>([
    ['a child without its parent waits', [], { outcome: 'waiting', reason: 'no owner with this no yet (owner)' }],
    ['a parent that is there twice goes to review', ['1', '2'], { outcome: 'review' }],
  ])('%s', (_title, ids, expected) => {
    expect(
      planEntry(planInput({ object: child, claims: says({ owner: 'E-1' }), references: () => ids })),
    ).toMatchObject(expected);
  });

  test('a child is written with the id of its parent', () => {
    const entry = planEntry(planInput({ object: child, claims: says({ owner: 'E-1' }), references: () => ['900'] }));
    expect(entry.writes['owner']).toMatchObject({ before: null, after: '900' });
  });
});
