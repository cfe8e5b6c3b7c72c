import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChangeSet, Claim, Entry, FieldWrite, Why } from '../../src/domain/claims.ts';
import { claimedValues } from '../../src/domain/claimed-writes.ts';
import { claimedOrdinals, packChangeSet, unpackChangeSet } from '../../src/domain/packed-change-set.ts';
import type { Fields, Value } from '../../src/domain/values.ts';

const text = fc.constantFrom('', 'a', '0', '10', '上海', 'constructor');
const value = fc.constantFrom<Value>(null, '', 'a', true, false, ['a', null], []);
const fields = fc.constantFrom('name', 'constructor', 'a1', 'z');
const byField = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.dictionary(fields, one, { maxKeys: 3, noNullPrototype: true });

const why: fc.Arbitrary<Why> = fc.record(
  {
    sync: fc.constantFrom(null, 'erp', 'oa'),
    key: fc.constantFrom(null, 'K', 'other'),
    rule: fc.constantFrom('rank', 'pin', 'undo'),
    policy: fc.constantFrom('source', 'review'),
  },
  { requiredKeys: ['sync', 'key', 'rule'] },
);
const write: fc.Arbitrary<FieldWrite> = fc.record(
  { before: value, after: value, base: value, why },
  { requiredKeys: ['before', 'after', 'why'] },
);
const place = fc.record({ run: fc.nat(9), round: fc.nat(2), batch: fc.nat(9) });
const entry: fc.Arbitrary<Entry> = fc.record(
  {
    ordinal: fc.nat(99),
    key: fc.constantFrom('K', 'L', ''),
    action: fc.constantFrom<Entry['action']>('none', 'create', 'update', 'deactivate', 'delete'),
    outcome: fc.constantFrom<Entry['outcome']>('applied', 'review', 'held', 'waiting'),
    reason: text,
    recordId: fc.option(fc.nat(99)),
    crmId: fc.option(text),
    revision: fc.option(fc.nat(3)),
    writes: byField(write),
    agreed: byField(fc.record({ value, base: value }, { requiredKeys: ['value'] })),
    conflicts: byField(
      fc.record({ crm: value, source: value, kept: fc.constantFrom('crm' as const, 'source' as const), policy: text }),
    ),
    drift: fc.array(fields, { maxLength: 2 }),
    previous: fc.option(place),
    kept: byField(fc.record({ ours: value, now: value })),
    candidates: fc.array(fc.record({ crmId: text, evidence: fc.array(fc.record({ field: fields, value: text })) })),
  },
  {
    requiredKeys: [
      'ordinal',
      'key',
      'action',
      'outcome',
      'recordId',
      'crmId',
      'revision',
      'writes',
      'agreed',
      'conflicts',
      'drift',
      'previous',
    ],
  },
);
const changeSet: fc.Arbitrary<ChangeSet> = fc.record({ object: text, entries: fc.array(entry, { maxLength: 4 }) });

function reversed(item: unknown): unknown {
  if (Array.isArray(item)) return item.map(reversed);
  if (typeof item !== 'object' || item === null) return item;
  return Object.fromEntries(
    Object.entries(item)
      .toReversed()
      .map(([key, one]) => [key, reversed(one)]),
  );
}

describe('the packed form of a change set', () => {
  test('holds everything: unpacked after a stay in the store it is the same', () => {
    fc.assert(
      fc.property(changeSet, (original) => {
        const stored = JSON.parse(JSON.stringify(packChangeSet(original))) as ReturnType<typeof packChangeSet>;
        expect(unpackChangeSet(stored)).toEqual(original);
      }),
      { numRuns: 1000 },
    );
  });

  test('does not change what it is given', () => {
    fc.assert(
      fc.property(changeSet, (original) => {
        const before = structuredClone(original);
        packChangeSet(original);
        expect(original).toEqual(before);
      }),
    );
  });

  test('is the same for equal change sets, in whatever order their keys are', () => {
    fc.assert(
      fc.property(changeSet, (original) => {
        expect(packChangeSet(reversed(original) as ChangeSet)).toEqual(packChangeSet(original));
      }),
      { numRuns: 500 },
    );
  });

  test('a reason that many fields share stands once', () => {
    const one: FieldWrite = { before: null, after: 'a', why: { sync: 'erp', key: 'K', rule: 'rank' } };
    const [made] = fc.sample(entry, 1);
    if (made === undefined) throw new Error('no sample');
    const entries = ['K', 'L'].map((key): Entry => ({
      ...made,
      key,
      writes: { a: { ...one, why: { ...one.why, key } }, b: { ...one, why: { ...one.why, key } } },
    }));
    expect(packChangeSet({ object: 'account', entries }).reasons).toEqual([{ sync: 'erp', rule: 'rank' }]);
  });
});

describe('with the claims of the batch', () => {
  const said = fc.record({ key: fc.constantFrom('K', 'L'), fields: byField(value) });
  /** Creates that write what is claimed, and, now and then, something else. */
  const batch = fc.array(fc.tuple(said, fc.option(write), fc.constantFrom('rank', 'pin')), { maxLength: 6 });
  const setOf = (
    all: readonly (readonly [{ key: string; fields: Fields }, FieldWrite | null, string])[],
  ): ChangeSet => ({
    object: 'account',
    entries: all.map(([{ key, fields: claim }, other, rule], ordinal): Entry => {
      const reason = { sync: 'erp', key, rule };
      const writes = Object.fromEntries(
        Object.entries(claimedValues(claim)).map(([field, after]): [string, FieldWrite] => [
          field,
          { before: null, after, why: reason },
        ]),
      );
      return { ...plainCreate(ordinal, key), writes: other === null ? writes : { ...writes, name: other } };
    }),
  });
  const claimsOf = (all: readonly (readonly [{ key: string; fields: Fields }, unknown, unknown])[]): Claim[] =>
    all.map(([{ key, fields: claim }]) => ({
      key,
      version: { source: null, read: 1, position: 0 },
      operation: 'upsert',
      fields: claim,
      observedAt: 0,
    }));

  test('a change set that refers to them is unpacked as it was', () => {
    fc.assert(
      fc.property(batch, (all) => {
        const original = setOf(all);
        const packed = packChangeSet(original, { claims: claimsOf(all), digest: 'd' });
        const stored = JSON.parse(JSON.stringify(packed)) as ReturnType<typeof packChangeSet>;
        expect(unpackChangeSet(stored, claimsOf(all))).toEqual(original);
        for (const { writes, ordinal } of unpackChangeSet(stored, claimsOf(all)).entries) {
          if (!claimedOrdinals(stored).has(ordinal)) continue;
          const values = Object.fromEntries(Object.entries(writes).map(([field, { after }]) => [field, after]));
          expect(values).toEqual(claimedValues(claimsOf(all)[ordinal]?.fields ?? {}));
        }
      }),
    );
  });

  test('plain creates repeat no value; the digest of the claims stands in their place', () => {
    const all = [[{ key: 'K', fields: { name: 'a', city: null } }, null, 'rank'] as const];
    expect(packChangeSet(setOf(all), { claims: claimsOf(all), digest: 'd' })).toEqual({
      claims: 'd',
      entries: [{ action: 'create', claimed: true, key: 'K', ordinal: 0, outcome: 'applied' }],
      object: 'account',
      reasons: [{ sync: 'erp', rule: 'rank' }],
      said: { name: 0 },
    });
  });

  test('entries that say more than that are written out', () => {
    const all = [[{ key: 'K', fields: { name: 'a' } }, null, 'rank'] as const];
    const claims = { claims: claimsOf(all), digest: 'd' };
    const create = { ...plainCreate(0, 'K'), writes: setOf(all).entries[0]?.writes ?? {} };
    const more: readonly Partial<Entry>[] = [
      { action: 'update' },
      { crmId: '7' },
      { reason: 'because' },
      { previous: { run: 1, round: 0, batch: 0 } },
      { candidates: [] },
      { drift: ['name'] },
      { agreed: { name: { value: 'a' } } },
      { key: 'another' },
    ];
    for (const one of more) {
      const packed = packChangeSet({ object: 'account', entries: [{ ...create, ...one }] }, claims);
      expect(packed.claims).toBeUndefined();
      expect(claimedOrdinals(packed).size).toBe(0);
    }
  });
});

function plainCreate(ordinal: number, key: string): Entry {
  return {
    ordinal,
    key,
    action: 'create',
    outcome: 'applied',
    recordId: null,
    crmId: null,
    revision: null,
    writes: {},
    agreed: {},
    conflicts: {},
    drift: [],
    previous: null,
  };
}
