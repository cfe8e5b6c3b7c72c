import { describe, expect, test } from 'vitest';
import type { Expectations } from '../../src/domain/definition.ts';
import type { SourceRecord } from '../../src/domain/values.ts';
import { findUnexpected, nextBaseline, type ReadFacts } from '../../src/profile/expect.ts';
import { addProfiles, NO_PROFILE, type Profile, Profiler } from '../../src/profile/profile.ts';

const USUAL: Expectations = { records: { min: 0.5, max: 2 }, nulls: 20, duplicates: 0.05, drift: 'pause' };

function profileOf(records: readonly SourceRecord[]): Profile {
  const profiler = new Profiler();
  for (const record of records) profiler.add(record);
  return profiler.result();
}

const many = (make: (index: number) => SourceRecord, count = 100): readonly SourceRecord[] =>
  Array.from({ length: count }, (_none, index) => make(index));

const customer = (index: number): SourceRecord => ({
  id: `C${index}`,
  name: 'Ann',
  age: String(20 + (index % 50)),
  since: '2020-01-31',
  address: { city: 'Bonn' },
});

function facts(now: readonly SourceRecord[], more: Partial<ReadFacts> = {}): ReadFacts {
  return {
    read: now.length,
    duplicates: 0,
    profile: profileOf(now),
    baseline: profileOf(many(customer)),
    earlierReads: [100, 100, 100],
    mapped: (path) => path !== 'age',
    ...more,
  };
}

describe('a read that is like those before it', () => {
  test.each<readonly [string, Partial<ReadFacts>]>([
    ['the same', {}],
    ['the first', { baseline: null, earlierReads: [] }],
    ['half as many', { read: 50 }],
    ['twice as many', { read: 200 }],
    ['few reads before it, and far more records', { read: 9000, earlierReads: [100, 100] }],
    ['twenty records with a key that is there twice', { duplicates: 20 }],
  ])('%s', (_what, more) => {
    expect(findUnexpected(USUAL, facts(many(customer), more))).toEqual({ waits: [], notes: [] });
  });
});

type Case = readonly [what: string, now: readonly SourceRecord[], waits: readonly string[], notes: readonly string[]];

const CASES: readonly Case[] = [
  [
    'a mapped column is empty in more than twenty points more of the records',
    many((index) => ({ ...customer(index), name: index < 21 ? '' : 'Ann' })),
    ['name is empty in 21 % of the records, 0 % before'],
    [],
  ],
  ['twenty points are as usual', many((index) => ({ ...customer(index), name: index < 20 ? null : 'Ann' })), [], []],
  ['a column is new', many((index) => ({ ...customer(index), fax: '1' })), [], ['fax is new']],
  [
    'a mapped part of a part is missing',
    many((index) => ({ ...customer(index), address: { town: 'Bonn' } })),
    ['address.city is missing'],
    ['address.town is new'],
  ],
  [
    'a column that is not mapped is missing',
    many((index) => {
      const { age: _age, ...rest } = customer(index);
      return rest;
    }),
    [],
    ['age is missing'],
  ],
  [
    'a mapped column holds values of another kind',
    many((index) => ({ ...customer(index), since: '31 January 2020' })),
    ['since holds text, before dates'],
    [],
  ],
  ['whole numbers become amounts', many((index) => ({ ...customer(index), age: '20.5' })), [], []],
  [
    'columns that are shifted by one',
    many((index) => ({ ...customer(index), name: String(index), age: 'Ann' })),
    ['name holds numbers, before text'],
    ['age holds text, before numbers'],
  ],
  ['a handful of records says nothing of what is missing', many(() => ({ id: 'C1' }), 10), [], []],
];

test.each(CASES)('%s', (_what, now, waits, notes) => {
  expect(findUnexpected(USUAL, facts(now, { read: 100 }))).toEqual({ waits, notes });
});

describe('the policy of drift', () => {
  const gone = facts(
    many((index) => ({ id: `C${index}`, fax: '1' })),
    { read: 100 },
  );
  const count = (drift: Expectations['drift']): readonly number[] => {
    const { waits, notes } = findUnexpected({ ...USUAL, drift }, gone);
    return [waits.length, notes.length];
  };

  test('pause waits with what the mapping reads, warn only says it, ignore says nothing', () => {
    expect({ pause: count('pause'), warn: count('warn'), ignore: count('ignore') }).toEqual({
      pause: [3, 2],
      warn: [0, 5],
      ignore: [0, 0],
    });
  });
});

describe('counts', () => {
  test.each<readonly [string, Partial<ReadFacts>, RegExp]>([
    ['fewer than half', { read: 49 }, /^49 records were read; .* so 50 to 200 were expected$/],
    ['none', { read: 0 }, /^0 records/],
    ['more than twice', { read: 201 }, /^201 records/],
    ['many duplicates', { read: 1000, earlierReads: [], duplicates: 51 }, /^51 records have the key of another one/],
  ])('%s', (_what, more, message) => {
    const { waits } = findUnexpected(USUAL, facts(many(customer), more));
    expect(waits).toEqual([expect.stringMatching(message)]);
  });

  test('the median is not moved by one read that went wrong', () => {
    const { waits } = findUnexpected(USUAL, facts(many(customer), { earlierReads: [0, 100, 110, 90, 100, 5000, 100] }));
    expect(waits).toEqual([]);
  });

  test('any number will do where the sync says so', () => {
    const any = { records: null, nulls: null, duplicates: null, drift: 'ignore' } as const;
    const wrong = facts(
      many(() => ({ x: '1' })),
      { read: 0, duplicates: 500 },
    );
    expect(findUnexpected(any, wrong)).toEqual({ waits: [], notes: [] });
  });
});

describe('profiles', () => {
  test('of batches add up to that of the read, in any order', () => {
    const records = many(customer, 60);
    const parts = [records.slice(0, 10), records.slice(10, 11), records.slice(11)].map(profileOf);
    const whole = profileOf(records);
    expect(parts.reduce(addProfiles, NO_PROFILE)).toEqual(whole);
    expect(parts.toReversed().reduce(addProfiles, NO_PROFILE)).toEqual(whole);
  });

  test('hold no more than 500 columns, and names that every object has are names', () => {
    const wide = Object.fromEntries(Array.from({ length: 600 }, (_none, index) => [`c${index}`, '1']));
    expect(Object.keys(profileOf([wide]).columns).length).toBe(500);
    const odd = profileOf([JSON.parse('{"constructor": "1", "toString": "2"}')]);
    expect(addProfiles(odd, odd).columns).toMatchObject({ constructor: { filled: 2 }, toString: { filled: 2 } });
  });
});

describe('what the next read is compared with', () => {
  const baseline = profileOf(many(customer));
  const few = profileOf([{ id: 'C1', fax: '1' }]);

  test('a read that decoded much, or all, stands for itself', () => {
    const now = profileOf(many(() => ({ id: 'C' })));
    expect(nextBaseline({ profile: now, baseline, read: 5000 })).toEqual(now);
    expect(nextBaseline({ profile: few, baseline, read: 1 })).toEqual(few);
    expect(nextBaseline({ profile: few, baseline: null, read: 900 })).toEqual(few);
  });

  test('a few changed records add only what is new', () => {
    const next = nextBaseline({ profile: few, baseline, read: 100 });
    expect(next.records).toBe(100);
    expect(next.columns).toEqual({ ...baseline.columns, fax: { present: 1, filled: 1, kinds: { integer: 1 } } });
  });

  test('nothing decoded changes nothing', () => {
    expect(nextBaseline({ profile: NO_PROFILE, baseline, read: 0 })).toEqual(baseline);
  });
});
