import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../src/domain/claims.ts';
import { canonicalJson, countChanges, hashChangeSet, rootHash } from '../../src/merge/change-set.ts';
import { claimsImage, planEntry } from '../../src/merge/plan.ts';
import { ACCOUNT, claimOf, claims, crmOf, planInput, recordOf } from './support.ts';

const entries = fc.array(
  fc
    .record({ all: claims.filter((some) => some.length > 0), crm: crmOf(Object.keys(ACCOUNT.fields)) })
    .map(({ all, crm }) => planEntry(planInput({ claims: all, crm, crmId: '42', record: recordOf({ base: crm }) }))),
  { minLength: 1, maxLength: 3 },
);

/** The same content with the keys of every object in another order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, item]) => [key, reversed(item)]),
  );
}

type Path = readonly (string | number)[];

function leaves(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
}

function replaced(value: unknown, [step, ...rest]: Path, by: (old: unknown) => unknown): unknown {
  if (step === undefined) return by(value);
  if (Array.isArray(value))
    return value.map((item, index) => (index === Number(step) ? replaced(item, rest, by) : item));
  return { ...(value as object), [step]: replaced((value as Record<string, unknown>)[step], rest, by) };
}

describe('the hash of a change set', () => {
  test('does not depend on the order of keys, nor on being stored and read again', () => {
    fc.assert(
      fc.property(entries, (made) => {
        const changeSet = { object: 'account', entries: made };
        const other = JSON.parse(JSON.stringify(reversed(changeSet))) as typeof changeSet;
        expect(hashChangeSet(other)).toBe(hashChangeSet(changeSet));
      }),
    );
  });

  test('changes with any value in it, and with the order of its entries', () => {
    const place = entries.chain((made) => {
      const changeSet = { object: 'account', entries: made };
      return fc.record({ changeSet: fc.constant(changeSet), path: fc.constantFrom(...leaves(changeSet)) });
    });
    fc.assert(
      fc.property(place, ({ changeSet, path }) => {
        const changed = replaced(changeSet, path, (old) => (old === 'other' ? 'another' : 'other')) as typeof changeSet;
        expect(hashChangeSet(changed)).not.toBe(hashChangeSet(changeSet));
        const longer = { ...changeSet, entries: [...changeSet.entries, { ...planEntry(planInput()), ordinal: 99 }] };
        expect(hashChangeSet({ ...longer, entries: longer.entries.toReversed() })).not.toBe(hashChangeSet(longer));
      }),
      { numRuns: 300 },
    );
  });

  test('is one that other languages can compute', () => {
    expect(canonicalJson({ b: [2, { d: null, c: '上' }], a: true })).toBe('{"a":true,"b":[2,{"c":"上","d":null}]}');
    expect(hashChangeSet({ object: 'account', entries: [] })).toBe(
      '39f7cddc31537d230e0e3d2d9ebb61bfbba7e805662d0f2c2b911ea6eacf7cef',
    );
    expect(rootHash(['a', 'b'])).not.toBe(rootHash(['b', 'a']));
  });
});

const write = (before: string | null, after: string | null): Entry['writes'][string] => ({
  before,
  after,
  why: { sync: null, key: null, rule: 'pin' },
});

describe('what the gate counts', () => {
  const base = planEntry(planInput());

  test('by action; nulls by field of updates that lose a value; records with conflicts; fields that drifted', () => {
    const conflicts = { name: { crm: 'a', source: 'b', kept: 'crm', policy: 'crm' } } as const;
    expect(
      countChanges([
        { ...base, action: 'create', writes: { name: write(null, 'a') } },
        {
          ...base,
          action: 'update',
          writes: { name: write('a', null), zip: write('1', '') },
          drift: ['city', 'phone'],
        },
        { ...base, action: 'update', writes: { name: write('a', null), zip: write('', null) }, conflicts },
        { ...base, action: 'deactivate', writes: { name: write('a', null) } },
        { ...base, action: 'delete', writes: { name: write('a', null) } },
        { ...base, action: 'none', conflicts },
      ]),
    ).toEqual({ creates: 1, updates: 2, deletes: 2, conflicts: 2, drift: 2, nulls: { name: 2, zip: 1 } });
  });
});

describe('the image of all claims, which a hold on a whole record compares', () => {
  test('is the same in any order, under any version, and with deleted claims', () => {
    fc.assert(
      fc.property(
        claims.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all], { minLength: all.length }))),
        ([all, shuffled]) => {
          const later = shuffled.map((claim) => ({
            ...claim,
            version: { ...claim.version, read: claim.version.read + 1 },
          }));
          const deleted = claimOf({ key: 'gone', operation: 'delete', fields: { name: 'x' } });
          expect(claimsImage([...later, deleted])).toBe(claimsImage(all));
        },
      ),
    );
  });

  test('changes with any value that a live claim says', () => {
    const image = claimsImage([claimOf({ fields: { name: 'a' } })]);
    expect(claimsImage([claimOf({ fields: { name: 'b' } })])).not.toBe(image);
    expect(claimsImage([claimOf({ fields: { name: 'a', zip: null } })])).not.toBe(image);
    expect(claimsImage([claimOf({ key: 'C-2', fields: { name: 'a' } })])).not.toBe(image);
  });
});
