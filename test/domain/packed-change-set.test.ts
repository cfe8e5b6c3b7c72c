import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChangeSet, Entry, FieldWrite, Why } from '../../src/domain/claims.ts';
import { packChangeSet, unpackChangeSet } from '../../src/domain/packed-change-set.ts';
import type { Value } from '../../src/domain/values.ts';

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
