import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FieldType } from '../../src/domain/definition.ts';
import { canonicalise, compareValues, matchKey } from '../../src/domain/field-types.ts';
import type { Value } from '../../src/domain/values.ts';

const TYPES: readonly FieldType[] = [
  'text',
  'email',
  'phone',
  'integer',
  'decimal',
  'boolean',
  'date',
  'datetime',
  'reference',
];

const digits = fc.string({ unit: fc.integer({ min: 0, max: 9 }).map(String), maxLength: 25 });
const number = fc
  .tuple(fc.constantFrom('', '-', '+'), digits, fc.constantFrom('', '.'), digits)
  .map(([sign, whole, point, fraction]) => `${sign}${whole}${point}${fraction}`);
const pad = (value: number, length = 2): string => String(value).padStart(length, '0');
const dateTime = fc
  .record({
    year: fc.oneof(fc.integer({ min: 0, max: 9999 }), fc.constantFrom(0, 9999)),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 31 }),
    hour: fc.integer({ min: 0, max: 24 }),
    rest: fc.constantFrom(':00', ':59:59', ':30:00.5', ':30:00.123456'),
    zone: fc.constantFrom('Z', '+08', '-0330', '+23:59', ' +00', ''),
    between: fc.constantFrom('T', ' '),
  })
  .map(
    ({ year, month, day, hour, rest, zone, between }) =>
      `${pad(year, 4)}-${pad(month)}-${pad(day)}${between}${pad(hour)}${rest}${zone}`,
  );
const written: fc.Arbitrary<Value> = fc.oneof(
  number,
  dateTime,
  dateTime.map((text) => text.slice(0, 10)),
  fc.constantFrom<Value>('', 'true', 'FALSE', 't', 'F', true, false, null, ' 1', '1 ', '1e3', 'NaN', '０', '上海'),
  fc.string({ maxLength: 6 }),
);

describe('canonicalise', () => {
  test('is idempotent: what is canonical stays as it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TYPES), fc.oneof(written, fc.array(written, { maxLength: 3 })), (type, value) => {
        const made = canonicalise(type, value);
        if (made.ok) expect(canonicalise(type, made.value)).toEqual(made);
      }),
      { numRuns: 3000 },
    );
  });

  test.each<readonly [FieldType, Value, Value]>([
    ['integer', '007', '7'],
    ['integer', '-0', '0'],
    ['integer', '+99999999999999999999', '99999999999999999999'],
    ['decimal', '0012.500', '12.5'],
    ['decimal', '.5', '0.5'],
    ['decimal', '-5.', '-5'],
    ['decimal', '-.00', '0'],
    ['boolean', 't', true],
    ['boolean', 'FALSE', false],
    ['boolean', true, true],
    ['text', true, 'true'],
    ['text', ' as it is ', ' as it is '],
    ['date', '2024-02-29', '2024-02-29'],
    ['datetime', '2024-01-01T08:00:00+08:00', '2024-01-01T00:00:00.000Z'],
    ['datetime', '2024-01-01 00:00:00.123456+00', '2024-01-01T00:00:00.123Z'],
    ['datetime', '2024-01-01 00:00-0330', '2024-01-01T03:30:00.000Z'],
    ['decimal', ['1.0', null], ['1', null]],
    ['decimal', null, null],
  ])('%s: %j becomes %j', (type, value, canonical) => {
    expect(canonicalise(type, value)).toEqual({ ok: true, value: canonical });
  });

  test.each<readonly [FieldType, Value]>([
    ['integer', '1.0'],
    ['integer', ''],
    ['decimal', '1,5'],
    ['decimal', '1e5'],
    ['decimal', '.'],
    ['boolean', 'yes'],
    ['date', '2023-02-29'],
    ['date', '2024-1-1'],
    ['datetime', '2024-01-01T00:00:00'],
    ['datetime', '2023-02-29T00:00:00Z'],
    ['datetime', '2024-01-01T25:00:00Z'],
    ['datetime', '9999-12-31T23:59:59-01:00'],
    ['datetime', '0000-01-01T00:00:00+01:00'],
    ['decimal', ['1', 'x']],
  ])('%s: %j is refused with a reason', (type, value) => {
    expect(canonicalise(type, value)).toEqual({ ok: false, message: expect.stringMatching(/^is (not|neither) /) });
  });
});

const scaled = (text: string): bigint => {
  const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.');
  const size = BigInt(`${whole}${fraction.padEnd(30, '0')}`);
  return text.startsWith('-') ? -size : size;
};

describe('compareValues', () => {
  const decimal = number.filter((text) => canonicalise('decimal', text).ok);

  test('orders decimals of any length exactly as integers of a common scale', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const [left, right] = [canonicalise('decimal', a), canonicalise('decimal', b)];
        if (!left.ok || !right.ok) throw new Error('not a decimal');
        const expected = scaled(a) < scaled(b) ? -1 : scaled(a) > scaled(b) ? 1 : 0;
        expect(Math.sign(compareValues('decimal', left.value, right.value))).toBe(expected);
        expect(left.value === right.value).toBe(expected === 0);
      }),
      { numRuns: 2000 },
    );
  });

  test('orders other texts by code unit', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 4 }), fc.string({ maxLength: 4 }), (a, b) => {
        expect(Math.sign(compareValues('text', a, b))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
    expect(compareValues('text', 'a', 'a b')).toBeLessThan(0);
    expect(compareValues('datetime', '2024-01-01T00:00:00.000Z', '2024-01-01T00:00:00.001Z')).toBeLessThan(0);
  });

  test('is transitive over everything that a field may hold', () => {
    const any = fc.oneof(fc.constantFrom<Value>('9', '10', '-1', 'x', null, true, ['9'], ['10', 'a']));
    fc.assert(
      fc.property(fc.constantFrom<FieldType>('text', 'decimal'), any, any, any, (type, a, b, c) => {
        if (compareValues(type, a, b) <= 0 && compareValues(type, b, c) <= 0)
          expect(compareValues(type, a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });
});

describe('match keys', () => {
  test.each<readonly [FieldType, Value | undefined, string | null]>([
    ['text', ' ９１３１ ', '9131'],
    ['text', 'Case', 'Case'],
    ['email', ' Li@Example.COM', 'li@example.com'],
    ['phone', '+86 (21) 5555-0100', '862155550100'],
    ['phone', '１３８ ００１３ ８０００', '13800138000'],
    ['phone', '12345', null],
    ['email', '　', null],
    ['text', null, null],
    ['text', undefined, null],
    ['text', ['a'], null],
    ['boolean', true, null],
  ])('%s: %j gives %j', (type, value, key) => {
    expect(matchKey(type, value)).toBe(key);
  });

  test('a key is its own key', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<FieldType>('text', 'email', 'phone'),
        fc.string({ unit: 'grapheme' }),
        (type, text) => {
          const key = matchKey(type, text);
          if (key !== null) expect(matchKey(type, key)).toBe(key);
        },
      ),
    );
  });
});
