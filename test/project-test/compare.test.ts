import { describe, expect, test } from 'vitest';
import type { ExpectedOutcome } from '../../src/config/load-sync-tests.ts';
import type { Fields } from '../../src/domain/values.ts';
import { compareOutcomes } from '../../src/project-test/compare.ts';
import type { Outcome } from '../../src/project-test/outcome.ts';

type Expected = Partial<Omit<ExpectedOutcome, 'is'>>;

const accepted = (
  fields: Fields,
  rest: Expected & { absent?: string[]; warnings?: string[] } = {},
): ExpectedOutcome => ({
  line: 7,
  key: undefined,
  version: undefined,
  partial: false,
  ...rest,
  is: {
    kind: 'accepted',
    fields,
    absent: rest.absent ?? [],
    warnings: (rest.warnings ?? []).map((rule) => ({ rule, field: 'name' })),
  },
});
const rejected = (...rules: string[]): ExpectedOutcome => ({
  ...accepted({}),
  is: { kind: 'rejected', violations: rules.map((rule) => ({ rule })) },
});
const good = (fields: Fields, ...warnings: string[]): Outcome => ({
  kind: 'accepted',
  key: '1',
  version: null,
  fields,
  warnings: warnings.map((rule) => ({ rule, field: 'name', message: 'is odd' })),
});
const bad = (...rules: string[]): Outcome => ({
  kind: 'rejected',
  key: '1',
  version: null,
  violations: rules.map((rule) => ({ rule, message: 'is wrong' })),
});

const found = (expected: ExpectedOutcome, actual: Outcome): readonly string[] =>
  compareOutcomes([expected], [actual]).map(
    (one) => `${one.what}: ${JSON.stringify(one.expected) ?? 'absent'} → ${JSON.stringify(one.actual) ?? 'absent'}`,
  );

describe('what is compared', () => {
  test.each<[string, ExpectedOutcome, Outcome, readonly string[]]>([
    ['equal fields', accepted({ a: '1', b: ['x', 'y'] }), good({ a: '1', b: ['x', 'y'] }), []],
    ['a field too many', accepted({ a: '1' }), good({ a: '1', b: null }), ['fields.b: absent → null']],
    ['a field too few', accepted({ a: '1', b: null }), good({ a: '1' }), ['fields.b: null → absent']],
    ['null is not absent, nor the text', accepted({ a: null }), good({ a: 'null' }), ['fields.a: null → "null"']],
    ['partially: others may be there', accepted({ a: '1' }, { partial: true }), good({ a: '1', b: '2' }, 'odd'), []],
    [
      'partially: but not these',
      accepted({}, { partial: true, absent: ['b'] }),
      good({ b: '2' }),
      ['fields.b: absent → "2"'],
    ],
    ['a key', accepted({}, { key: '2' }), good({}), ['key: "2" → "1"']],
    ['a version that is null', accepted({}, { version: '2' }), good({}), ['version: "2" → null']],
    ['an unexpected warning', accepted({}), good({}, 'odd'), ['warnings: absent → "name: odd (is odd)"']],
    ['an expected one', accepted({}, { warnings: ['odd'] }), good({}, 'odd'), []],
    ['violations in any order', rejected('a', 'b'), bad('b', 'a'), []],
    ['each violation once', rejected('a', 'a'), bad('a'), ['violations: "record: a" → absent']],
    ['an unexpected violation', rejected('a'), bad('a', 'b'), ['violations: absent → "record: b (is wrong)"']],
    ['accepted for rejected', rejected('a'), good({}), ['outcome: "rejected" → "accepted"']],
    [
      'rejected for accepted',
      accepted({ a: '1' }),
      bad('a'),
      ['outcome: "accepted" → "rejected: record: a (is wrong)"'],
    ],
  ])('%s', (_title, expected, actual, differences) => {
    expect(found(expected, actual)).toEqual(differences);
  });

  test('a part of the message is enough, and it must be there', () => {
    const wanting = (message: string): ExpectedOutcome => ({
      ...accepted({}),
      is: { kind: 'rejected', violations: [{ rule: 'a', message }] },
    });
    expect(found(wanting('wrong'), bad('a'))).toEqual([]);
    expect(found(wanting('late'), bad('a'))).toHaveLength(2);
  });

  test('a violation of a field is not one of the record', () => {
    const violations = [{ rule: 'a', field: 'name', message: '' }];
    expect(found(rejected('a'), { kind: 'rejected', key: '1', version: null, violations })).toHaveLength(2);
  });

  test('missing and surplus records are counted and named', () => {
    expect(compareOutcomes([accepted({})], [])).toEqual([
      { record: null, line: null, what: 'records', expected: 1, actual: 0 },
      { record: 1, line: 7, what: 'outcome', expected: 'accepted' },
    ]);
    expect(compareOutcomes([], [good({})])).toEqual([
      { record: null, line: null, what: 'records', expected: 0, actual: 1 },
      { record: 1, line: null, what: 'outcome', actual: 'accepted' },
    ]);
  });
});
