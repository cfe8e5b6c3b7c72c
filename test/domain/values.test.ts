import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareVersions, isEmpty, sameValue, type Value, type Version } from '../../src/domain/values.ts';
import { compareSourceVersions, instantOf } from '../../src/domain/versions.ts';

const texts = fc.constantFrom(
  '9',
  '10',
  '010',
  '1.5',
  '-3',
  '99999999999999999999',
  'v9',
  'v10',
  '',
  'Q1',
  '2024-01-01',
  '2024-01-01 00:00',
  '2024-01-01T00:00:00.5Z',
  '2024-01-01T00:00:00.1234567Z',
  '2024-01-01T08:00:00+08:00',
  '2024-02-30',
  '2024-13-01',
  '20240101',
  '2023-12-31T23:59:59-0100',
);
const source = fc.oneof(texts, fc.string({ maxLength: 5 }));
const sequence = { read: fc.integer({ min: 1, max: 3 }), position: fc.integer({ min: 0, max: 3 }) };

function describeTotalOrder<T>(name: string, item: fc.Arbitrary<T>, compare: (a: T, b: T) => number): void {
  describe(`${name} is a total order`, () => {
    test('every item equals itself, and two compare opposite ways round', () => {
      fc.assert(
        fc.property(item, item, (a, b) => {
          expect(compare(a, a)).toBe(0);
          expect(Math.sign(compare(a, b)) + Math.sign(compare(b, a))).toBe(0);
        }),
        { numRuns: 500 },
      );
    });

    test('it is transitive', () => {
      fc.assert(
        fc.property(item, item, item, (a, b, c) => {
          if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
        }),
        { numRuns: 2000 },
      );
    });
  });
}

describeTotalOrder('compareSourceVersions', source, compareSourceVersions);
describeTotalOrder(
  'compareVersions with source versions',
  fc.record<Version>({ source, ...sequence }),
  compareVersions,
);
describeTotalOrder(
  'compareVersions without source versions',
  fc.record<Version>({ source: fc.constant(null), ...sequence }),
  compareVersions,
);

const version = (text: string, position: number): Version => ({ source: text, read: 1, position });

describe('versions', () => {
  test.each([
    ['numbers by size', '9', '10'],
    ['numbers of any length', '99999999999999999998', '99999999999999999999'],
    ['negative numbers', '-10', '-9'],
    ['instants by time, in their zones', '2024-01-01T10:00:00+08:00', '2024-01-01T03:00:00Z'],
    ['a space is as good as a T', '2024-01-01 10:00:00', '2024-01-01T10:00:01'],
    ['without a zone in UTC', '2024-01-01T10:00', '2024-01-01T11:00:00Z'],
    ['a day as its midnight', '2024-01-01', '2024-01-01T00:00:01Z'],
    ['fractions of a second to the last digit', '2024-01-01T00:00:00.1234566Z', '2024-01-01T00:00:00.1234567Z'],
    ['a longer fraction is not a larger one', '2024-01-01T00:00:00.15Z', '2024-01-01T00:00:00.2Z'],
    ['before a year of five digits nothing is assumed', 'Q1', 'Q2'],
    ['other texts by code unit', 'v10', 'v9'],
  ])('%s', (_title, older, newer) => {
    expect(compareSourceVersions(older, newer)).toBeLessThan(0);
  });

  test.each([
    ['2024-01-01T00:00:00Z', '2024-01-01T08:00:00+08:00'],
    ['2024-01-01T00:00:00.500Z', '2024-01-01 00:00:00.5'],
    ['7', '007'],
  ])('%s and %s say the same: the sequence decides', (a, b) => {
    expect(compareSourceVersions(a, b)).toBe(0);
    expect(compareVersions(version(a, 1), version(b, 2))).toBeLessThan(0);
  });

  test('where one has no source version, the read and the position decide', () => {
    const without = { source: null, read: 2, position: 0 };
    expect(compareVersions(without, { source: '2999', read: 1, position: 9 })).toBeGreaterThan(0);
    expect(compareVersions(without, { source: '1', read: 2, position: 1 })).toBeLessThan(0);
  });

  test.each(['2024-02-30T25:00', '2024-13-01', 'yesterday', '2024-1-1', '1704067200', ''])(
    '%s is no instant',
    (text) => {
      expect(instantOf(text)).toBeNull();
    },
  );
});

const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<Value>(null, true, false, '', 'a'),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
})).value;

describe('values', () => {
  test('are the same exactly when their JSON is', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(sameValue(a, b)).toBe(JSON.stringify(a) === JSON.stringify(b));
        expect(sameValue(a, structuredClone(a))).toBe(true);
      }),
    );
  });

  test('absent is not null, but both are empty', () => {
    expect(sameValue(undefined, null)).toBe(false);
    expect([undefined, null, '', []].map(isEmpty)).toEqual([true, true, true, true]);
    expect([false, '0', ' ', [null]].map((one) => isEmpty(one))).toEqual([false, false, false, false]);
  });
});
