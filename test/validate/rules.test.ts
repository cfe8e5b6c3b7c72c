import { describe, expect, test } from 'vitest';

import type { FieldType, RuleDefinition } from '../../src/domain/definition.ts';
import type { Value } from '../../src/domain/values.ts';
import { RULE_KINDS } from '../../src/validate/rules/registry.ts';
import { canonical, rule, validator } from './support.ts';

type Kind = RuleDefinition['kind'];

/** The message of the rule on a field `f` of a type, or null when it holds. */
function ask(kind: Kind, { args, type, value }: { args: unknown; type: FieldType; value?: Value }): string | null {
  const validate = validator({ fields: { f: { type } }, check: [rule({ field: 'f', kind, args })] });
  const verdict = validate(canonical(value === undefined ? {} : { f: value }));
  if (verdict.kind === 'accepted') return null;
  expect(verdict.violations).toHaveLength(1);
  expect(verdict.violations[0]).toMatchObject({ field: 'f', rule: kind });
  return verdict.violations[0]?.message ?? '';
}

const UK = { args: { min: 2, max: 3 }, type: 'text' } as const;
const DECIMALS = { args: { min: '-1.5', max: 10_000 }, type: 'decimal' } as const;
const DATES = { args: { min: '2000-01-01', max: '2020-12-31' }, type: 'date' } as const;
const TIMES = { args: { min: '2020-01-01T00:00:00+08:00' }, type: 'datetime' } as const;
const CODE = { args: '^[A-Z]{2}\\d+$', type: 'text' } as const;
const ONE = { args: ['a', 1, true], type: 'text' } as const;
const MAIL = { args: true, type: 'email' } as const;
const STRICT = { args: 'strict', type: 'email' } as const;
const NOT_MAIL = 'is not an e-mail address';

const TABLE: readonly [Kind, { args: unknown; type: FieldType }, Value, string | null][] = [
  ['required', { args: true, type: 'text' }, 'a', null],
  ['required', { args: true, type: 'boolean' }, false, null],
  ['required', { args: true, type: 'text' }, null, 'is required'],
  ['required', { args: true, type: 'text' }, [], 'is required'],
  ['length', UK, 'ab', null],
  ['length', UK, 'abc', null],
  ['length', UK, '😀😀😀', null],
  ['length', UK, 'a', 'has 1 characters; expected at least 2'],
  ['length', UK, '😀', 'has 1 characters; expected at least 2'],
  ['length', UK, 'abcd', 'has 4 characters; expected at most 3'],
  ['length', UK, ['ab', 'a'], 'has 1 characters; expected at least 2'],
  ['length', { args: { max: 0 }, type: 'text' }, 'a', 'has 1 characters; expected at most 0'],
  ['range', DECIMALS, '-1.5', null],
  ['range', DECIMALS, '10000', null],
  ['range', DECIMALS, '10000.00', null],
  ['range', DECIMALS, '9', null],
  ['range', DECIMALS, '-1.51', 'is below -1.5'],
  ['range', DECIMALS, '10000.000000000000000000001', 'is above 10000'],
  ['range', { args: { max: '0.5' }, type: 'decimal' }, '0.45', null],
  [
    'range',
    { args: { min: '12345678901234567890' }, type: 'integer' },
    '12345678901234567889',
    'is below 12345678901234567890',
  ],
  ['range', DATES, '2020-12-31', null],
  ['range', DATES, '1999-12-31', 'is below 2000-01-01'],
  ['range', DATES, '2021-01-01', 'is above 2020-12-31'],
  ['range', TIMES, '2019-12-31T16:00:00Z', null],
  ['range', TIMES, '2019-12-31T15:59:59.999Z', 'is below 2019-12-31T16:00:00.000Z'],
  ['pattern', CODE, 'DE12', null],
  ['pattern', CODE, 'de12', 'does not match the pattern ^[A-Z]{2}\\d+$'],
  ['pattern', { args: 'b', type: 'text' }, 'abc', null],
  ['one_of', ONE, 'a', null],
  ['one_of', ONE, '1', null],
  ['one_of', ONE, 'true', null],
  ['one_of', ONE, 'b', 'is not one of a, 1, true'],
  ['one_of', { args: ['1.0', 2.5], type: 'decimal' }, '1', null],
  ['one_of', { args: [true], type: 'boolean' }, true, null],
  ['one_of', { args: [true], type: 'boolean' }, false, 'is not one of true'],
  ['one_of', { args: Array.from('abcdefghijkl'), type: 'text' }, 'z', 'is not one of a, b, c, d, e, f, g, h, i, j, …'],
  ['email', MAIL, 'a.b+c@mail.example.com', null],
  ['email', MAIL, '.a..b@example.com', null],
  ['email', MAIL, 'a@b', NOT_MAIL],
  ['email', MAIL, 'a b@example.com', NOT_MAIL],
  ['email', MAIL, 'a@example.com\n', NOT_MAIL],
  ['email', MAIL, 'a@b@example.com', NOT_MAIL],
  ['email', MAIL, '王@example.com', NOT_MAIL],
  ['email', STRICT, 'a.b@ex-ample.com', null],
  ['email', STRICT, '.a@example.com', NOT_MAIL],
  ['email', STRICT, 'a.@example.com', NOT_MAIL],
  ['email', STRICT, 'a..b@example.com', NOT_MAIL],
  ['email', STRICT, 'a@example..com', NOT_MAIL],
  ['email', STRICT, 'a@-example.com', NOT_MAIL],
  ['email', STRICT, `${'a'.repeat(64)}@example.com`, null],
  ['email', STRICT, `${'a'.repeat(65)}@example.com`, NOT_MAIL],
  ['email', STRICT, `a@${'a'.repeat(64)}.com`, NOT_MAIL],
  ['email', STRICT, `a@${'a123456789.'.repeat(25)}com`, NOT_MAIL],
  ['cel', { args: 'size(f) > 1', type: 'text' }, 'ab', null],
  ['cel', { args: 'size(f) > 1', type: 'text' }, 'a', 'does not meet size(f) > 1'],
  ['cel', { args: 'number(f) > 10', type: 'decimal' }, '9.5', 'does not meet number(f) > 10'],
  ['cel', { args: 'f', type: 'text' }, 'yes', 'does not meet f'],
  ['cel', { args: 'f', type: 'boolean' }, true, null],
  ['cel', { args: 'size(f) > 1', type: 'text' }, null, "found no matching overload for 'size(null)'"],
];

test.each(TABLE)('%s %j says of %j: %s', (...[kind, setting, value, expected]) => {
  expect(ask(kind, { ...setting, value })).toBe(expected);
});

describe('hostile texts', () => {
  test('a catastrophic pattern answers', () => {
    const setting = { args: '^(a+)+$', type: 'text' } as const;
    expect(ask('pattern', { ...setting, value: `${'a'.repeat(9000)}!` })).toBe('does not match the pattern ^(a+)+$');
    expect(ask('pattern', { ...setting, value: 'a'.repeat(10_001) })).toBe('is longer than 10000 characters');
  });

  test('an address of two million characters answers', () => {
    const value = `${'a'.repeat(1_000_000)}@${'a.'.repeat(500_000)}`;
    expect([ask('email', { ...MAIL, value }), ask('email', { ...STRICT, value })]).toEqual([NOT_MAIL, NOT_MAIL]);
  });
});

describe('absent and null pass every rule but required and cel', () => {
  test.each<[Kind, { args: unknown; type: FieldType }]>([
    ['length', UK],
    ['range', DECIMALS],
    ['pattern', CODE],
    ['one_of', ONE],
    ['email', MAIL],
  ])('%s', (kind, setting) => {
    expect(ask(kind, setting)).toBe(null);
    expect(ask(kind, { ...setting, value: null })).toBe(null);
  });

  test('required fails for absent, and cel sees null', () => {
    expect(ask('required', { args: true, type: 'text' })).toBe('is required');
    expect(ask('cel', { args: 'f == null', type: 'text' })).toBe(null);
  });
});

test.each<[Kind, unknown, string, readonly unknown[]]>([
  ['required', false, 'expected true', []],
  ['length', {}, 'expected min, max or both; found neither', []],
  ['length', { min: 3, max: 2 }, 'expected min ≤ max; found 3 > 2', []],
  ['length', { min: -1 }, 'expected a number that is not negative', ['min']],
  ['length', { least: 1 }, 'Unrecognized key: "least"', []],
  ['range', { min: 1 }, 'range needs a number, date or datetime; `f` is text', []],
  ['pattern', '(', 'the pattern has a ( without a )', []],
  ['pattern', '(?=a)', 'look-around', []],
  ['one_of', [], 'expected at least one value', []],
  ['email', 'lax', 'expected true or strict', []],
  ['phone', 'fax', 'expected true, mobile or landline', []],
  ['url', 'ftp', 'expected true or https', []],
  ['checksum', 'vat', 'expected one of uscc, resident_id, iban, luhn, ean13', []],
  ['date_range', { min: '2000-01-01' }, 'date_range needs a date or datetime; `f` is text', []],
  ['cel', 'size(f)', 'the expression gives int, not true or false', []],
  ['cel', 'record.f == ""', 'Unknown variable: record', []],
  ['cel', 'f.matches("(a")', 'the pattern has a ( without a )', []],
])('%s %j does not compile: %s', (...[kind, args, message, path]) => {
  const attempt = (): unknown =>
    validator({ fields: { f: { type: 'text' } }, check: [rule({ field: 'f', kind, args })] });
  expect(attempt).toThrow(message);
  const details = { path: ['check', 0, kind, ...path] };
  expect(attempt).toThrow(expect.objectContaining({ code: 'config.invalid', details }));
});

test.each<[FieldType, Kind, unknown, string, readonly unknown[]]>([
  ['decimal', 'range', { min: 'x' }, '`x` is not a decimal number', ['min']],
  ['date', 'range', { max: '31.12.2020' }, '`31.12.2020` is not a date (YYYY-MM-DD)', ['max']],
  ['decimal', 'range', { min: 10, max: 9 }, 'expected min ≤ max; found 10 > 9', []],
  ['date', 'date_range', {}, 'expected min, max or both; found neither', []],
  [
    'date',
    'date_range',
    { min: 'soon' },
    '`soon` is not a date (YYYY-MM-DD), a date-time with a zone, or now',
    ['min'],
  ],
  ['date', 'date_range', { max: { field: 'g' } }, 'this sync does not map a field `g`', ['max', 'field']],
  ['boolean', 'one_of', [true, 'maybe'], '`maybe` is neither true nor false', [1]],
])('on %s %s %j does not compile: %s', (...[type, kind, args, message, path]) => {
  const attempt = (): unknown => validator({ fields: { f: { type } }, check: [rule({ field: 'f', kind, args })] });
  expect(attempt).toThrow(message);
  expect(attempt).toThrow(expect.objectContaining({ details: { path: ['check', 0, kind, ...path] } }));
});

describe.each([...RULE_KINDS.values()])('$kind', ({ kind, summary, examples, decidedBySeal }) => {
  test.each(examples)('$args says of $input: $error', ({ args, type = 'text', input, others = {}, ...example }) => {
    const fields = Object.fromEntries(['value', ...Object.keys(others)].map((name) => [name, { type }]));
    const check = [rule({ field: 'value', kind: kindOf(kind), args })];
    const verdict = validator({ fields, check })(canonical({ value: input, ...others }), example.runStart);
    const { error } = example;
    if (error === undefined) expect(verdict.kind).toBe('accepted');
    else expect(verdict).toMatchObject({ violations: [{ field: 'value', rule: kind, message: error }] });
  });

  test('has a summary for the reference, and examples of both answers', () => {
    expect(summary).toMatch(/^[A-Z].*\.$/);
    expect(new Set(examples.map(({ error }) => error === undefined)).size).toBe(decidedBySeal === true ? 1 : 2);
  });
});

test('now sets no limit where there is no run', () => {
  expect(ask('date_range', { args: { max: 'now' }, type: 'date', value: '9999-12-31' })).toBe(null);
});

test('of a date and a date-time the days are compared', () => {
  const fields = { value: { type: 'datetime' }, other: { type: 'date' } } as const;
  const check = [rule({ field: 'value', kind: 'date_range', args: { max: { field: 'other' } } })];
  const judge = (value: string): string => validator({ fields, check })(canonical({ value, other: '2020-01-01' })).kind;
  expect([judge('2020-01-01T23:59:59.999Z'), judge('2020-01-02T00:00:00.000Z')]).toEqual(['accepted', 'rejected']);
});

test.each<[Partial<RuleDefinition>, string]>([
  [{ level: 'drop_field' }, '`unique` is decided when all records are read, too late for this'],
  [{ fix: [{ fn: 'trim', args: null }] }, '`unique` is decided when all records are read, too late for this'],
])('unique with %j is refused', (parts, message) => {
  const check = [rule({ field: 'f', kind: 'unique', ...parts })];
  expect(() => validator({ fields: { f: { type: 'text' } }, check })).toThrow(message);
});

/** The kinds of the registry are those of the definition: the schema of the configuration is checked against both. */
function kindOf(kind: string): Kind {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return kind as Kind;
}
