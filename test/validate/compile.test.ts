import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { FieldType, RuleDefinition } from '../../src/domain/definition.ts';
import type { Value } from '../../src/domain/values.ts';
import { canonical, rule, validator, type CheckParts } from './support.ts';

const FIELDS = { name: { type: 'text', required: true }, day: { type: 'date' }, email: { type: 'email' } } as const;
const DAY_FAULT = { field: 'day', rule: 'date', message: 'is not a day', value: 'soon' };
const OF_TYPE = { field: 'day', rule: 'type', message: 'is not a date (YYYY-MM-DD)', value: 'soon' };
const REQUIRED = { field: 'name', rule: 'required', message: 'is required' };
const BAD_EMAIL = { field: 'email', rule: 'email', message: 'is not an e-mail address', value: 'x' };
const emailRule = (level: RuleDefinition['level'], message: string | null = null): RuleDefinition =>
  rule({ field: 'email', kind: 'email', level, message });

describe('types', () => {
  test.each<[FieldType, Value, Value]>([
    ['text', ' a ', ' a '],
    ['text', true, 'true'],
    ['text', null, null],
    ['text', ['a', null], ['a', null]],
    ['integer', '+007', '7'],
    ['decimal', '01.50', '1.5'],
    ['boolean', 'TRUE', true],
    ['boolean', false, false],
    ['date', '2020-02-29', '2020-02-29'],
    ['datetime', '2020-02-29 12:00:00+08', '2020-02-29T04:00:00.000Z'],
    ['reference', '7', '7'],
  ])('%s %j becomes %j', (type, value, expected) => {
    const verdict = validator({ fields: { f: { type } } })(canonical({ f: value }));
    expect(verdict).toEqual({ kind: 'accepted', fields: { f: expected }, warnings: [] });
  });

  test.each<[FieldType, Value, string, string]>([
    ['integer', '1.5', 'type', 'is not a whole number'],
    ['decimal', 'x', 'type', 'is not a decimal number'],
    ['decimal', true, 'type', 'is not a decimal number'],
    ['decimal', ['1', false], 'type', 'is not a decimal number'],
    ['date', '2021-02-30', 'type', 'is not a date (YYYY-MM-DD)'],
    ['text', 'a\0b', 'text', 'holds a null character or half a surrogate pair, which cannot be stored'],
    ['text', '\ud83d', 'text', 'holds a null character or half a surrogate pair, which cannot be stored'],
    ['email', ['a', '\ude00'], 'text', 'holds a null character or half a surrogate pair, which cannot be stored'],
    [
      'reference',
      '1.10105E+17',
      'damaged',
      'was made a number by a spreadsheet and cannot be repaired; re-export the column as text',
    ],
  ])('%s %j is a violation %s: %s', (...[type, value, ruleName, message]) => {
    const verdict = validator({ fields: { f: { type } } })(canonical({ f: value }));
    const violations = [expect.objectContaining({ field: 'f', rule: ruleName, message })];
    expect(verdict).toEqual({ kind: 'rejected', violations, batch: false });
  });

  test('an id of the object that a spreadsheet damaged is a violation, free text is not', () => {
    const damaged = { code: '9.1310E+17' };
    expect(validator({ fields: { code: { type: 'text', strong: true } } })(canonical(damaged)).kind).toBe('rejected');
    expect(validator({ fields: { code: { type: 'text' } } })(canonical(damaged)).kind).toBe('accepted');
  });

  test('a number of a million digits is not looked at', () => {
    const verdict = validator({ fields: { f: { type: 'decimal' } } })(canonical({ f: `${'1'.repeat(1_000_000)}x` }));
    const violation = { field: 'f', rule: 'type', message: 'is longer than 1000 characters', value: '1'.repeat(200) };
    expect(verdict).toEqual({ kind: 'rejected', violations: [violation], batch: false });
  });

  test('whole pairs of surrogates are text', () => {
    expect(validator({ fields: { f: { type: 'text' } } })(canonical({ f: '😀𠮷' })).kind).toBe('accepted');
  });
});

describe('the key and the version', () => {
  test.each([
    [{ key: null }, 'key', 'the key is absent or empty: the record cannot be told from others'],
    [{ key: 'k'.repeat(501) }, 'key', 'the key is longer than 500 characters'],
    [{ key: 'a\0' }, 'text', 'the key holds a null character or half a surrogate pair, which cannot be stored'],
    [
      { key: '1.10105E+17' },
      'damaged',
      'the key was made a number by a spreadsheet and cannot be repaired; re-export the column as text',
    ],
    [
      { version: '\ud800' },
      'text',
      'the version holds a null character or half a surrogate pair, which cannot be stored',
    ],
    [{ version: 'v'.repeat(501) }, 'version', 'the version is longer than 500 characters'],
  ])('%j is a violation %s', (parts, ruleName, message) => {
    const verdict = validator({ fields: FIELDS })({ ...canonical({ name: 'a' }), ...parts });
    expect(verdict).toMatchObject({ kind: 'rejected', violations: [{ rule: ruleName, message }] });
  });
});

describe('required fields of the object', () => {
  const name = FIELDS.name;
  test.each<[title: string, parts: CheckParts, value: Value | undefined, kind: string]>([
    ['absent', { fields: { name } }, undefined, 'rejected'],
    ['null', { fields: { name } }, null, 'rejected'],
    ['an empty list', { fields: { name } }, [], 'rejected'],
    ['a value', { fields: { name } }, 'a', 'accepted'],
    ['absent in a change event', { fields: { name }, records: 'partial' }, undefined, 'accepted'],
    ['null in a change event', { fields: { name }, records: 'partial' }, null, 'rejected'],
    ['absent, where the sync does not map it', { fields: { name }, unmapped: ['name'] }, undefined, 'accepted'],
  ])('%s', (...[, parts, value, kind]) => {
    const verdict = validator(parts)(canonical(value === undefined ? {} : { name: value }));
    expect(verdict.kind).toBe(kind);
    if (verdict.kind === 'rejected') expect(verdict.violations).toEqual([REQUIRED]);
  });
});

describe('levels', () => {
  const record = canonical({ name: 'a', email: 'x' });
  test.each<[RuleDefinition['level'], unknown]>([
    ['warn', { kind: 'accepted', fields: { name: 'a', email: 'x' }, warnings: [BAD_EMAIL] }],
    ['drop_field', { kind: 'accepted', fields: { name: 'a' }, warnings: [BAD_EMAIL], unsaid: ['email'] }],
    ['reject', { kind: 'rejected', violations: [BAD_EMAIL], batch: false }],
    ['reject_batch', { kind: 'rejected', violations: [BAD_EMAIL], batch: true }],
  ])('%s', (level, expected) => {
    expect(validator({ fields: FIELDS, check: [emailRule(level)] })(record)).toEqual(expected);
  });

  test('a message of the sync stands in place of ours', () => {
    const verdict = validator({ fields: FIELDS, check: [emailRule('reject', 'no address')] })(record);
    expect(verdict).toMatchObject({ violations: [{ ...BAD_EMAIL, message: 'no address' }] });
  });

  test('rules after a drop see the field as absent', () => {
    const check = [
      emailRule('drop_field'),
      rule({ kind: 'cel', args: 'email == null' }),
      rule({ kind: 'cel', args: 'email != null' }),
    ];
    expect(validator({ fields: FIELDS, check })(record)).toEqual({
      kind: 'rejected',
      violations: [{ rule: 'cel', message: 'does not meet email != null' }],
      batch: false,
    });
  });

  test('a required field that a rule leaves out rejects the record', () => {
    const check = [rule({ field: 'name', kind: 'length', args: { min: 2 }, level: 'drop_field' })];
    const message = 'is required, and a rule of the sync left it out';
    expect(validator({ fields: FIELDS, check })(record)).toMatchObject({ violations: [{ ...REQUIRED, message }] });
  });

  test('all violations are collected, types first, then required fields, then rules', () => {
    const check = [emailRule('reject'), rule({ kind: 'cel', args: 'email == "y"', message: 'no' })];
    const verdict = validator({ fields: FIELDS, check })(canonical({ day: 'soon', email: 'x' }));
    const violations = [OF_TYPE, REQUIRED, BAD_EMAIL, { rule: 'cel', message: 'no' }];
    expect(verdict).toEqual({ kind: 'rejected', violations, batch: false });
  });
});

describe('a rule with functions that mend the value', () => {
  const fields = { name: { type: 'text' }, email: { type: 'email' }, phone: { type: 'phone' } } as const;
  const mend = (fix: RuleDefinition['fix'], level: RuleDefinition['level'] = 'reject'): RuleDefinition => ({
    ...emailRule(level),
    ...(fix === undefined ? {} : { fix }),
  });
  const lowerTrim = [
    { fn: 'trim', args: null },
    { fn: 'lower', args: null },
  ];

  test('accepts the record with what they made, and says what it was', () => {
    const verdict = validator({ fields, check: [mend(lowerTrim)] })(canonical({ email: ' A@B.com ' }));
    const message = 'is not an e-mail address; made a@b.com of it';
    const warnings = [{ field: 'email', rule: 'email', message, value: ' A@B.com ' }];
    expect(verdict).toEqual({ kind: 'accepted', fields: { email: 'a@b.com' }, warnings });
  });

  test('leaves a value alone that meets the rule', () => {
    const verdict = validator({ fields, check: [mend(lowerTrim)] })(canonical({ email: 'A@B.com' }));
    expect(verdict).toEqual({ kind: 'accepted', fields: { email: 'A@B.com' }, warnings: [] });
  });

  test.each<[title: string, fix: RuleDefinition['fix'], email: string]>([
    ['the rule still fails', lowerTrim, ' x '],
    ['a function fails', [{ fn: 'decimal', args: null }], 'x'],
    ['nothing is left', [{ fn: 'empty_if', args: ['x'] }], 'x'],
  ])('goes on with the level where %s, and with the value as it was', (_title, fix, email) => {
    const violation = { ...BAD_EMAIL, value: email };
    expect(validator({ fields, check: [mend(fix)] })(canonical({ email }))).toEqual({
      kind: 'rejected',
      violations: [violation],
      batch: false,
    });
    const warned = validator({ fields, check: [mend(fix, 'warn')] })(canonical({ email }));
    expect(warned).toEqual({ kind: 'accepted', fields: { email }, warnings: [violation] });
  });

  test('its functions see the mapped fields', () => {
    const check = [rule({ field: 'phone', kind: 'phone', fix: [{ fn: 'phone', args: { region: 'name' } }] })];
    const verdict = validator({ fields, check })(canonical({ name: 'DE', phone: '030 901820' }));
    expect(verdict).toMatchObject({ kind: 'accepted', fields: { phone: '+4930901820' } });
  });

  test.each<[RuleDefinition['fix'], string, readonly unknown[]]>([
    [[{ fn: 'trimm', args: null }], 'there is no function `trimm`', ['fix', 0]],
    [[...lowerTrim, { fn: 'pad', args: {} }], 'pad: to: ', ['fix', 2, 'pad']],
  ])('%j is refused, with its place', (fix, message, path) => {
    const attempt = (): unknown => validator({ fields, check: [mend(fix)] });
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ details: { path: ['check', 0, 'else', ...path] } }));
  });
});

describe('a field that could not be made', () => {
  const byMapping = canonical({ name: 'a' }, [DAY_FAULT]);
  const byType = canonical({ name: 'a', day: 'soon' });
  const required = rule({ field: 'day', kind: 'required' });
  const range = rule({ field: 'day', kind: 'range', args: { min: '2000-01-01' } });
  const cases: readonly [title: string, check: readonly RuleDefinition[], kind: 'accepted' | 'rejected'][] = [
    ['rejects without a rule', [], 'rejected'],
    ['rejects with a rule that rejects', [range], 'rejected'],
    ['rejects with a rule that warns of values', [{ ...range, level: 'warn' }], 'rejected'],
    [
      'rejects once, whatever rules look at it',
      [range, required, rule({ kind: 'cel', args: 'day > "2"' })],
      'rejected',
    ],
    ['is a warning where it may be left out', [{ ...range, level: 'drop_field' }], 'accepted'],
    ['is a warning where it may be missing', [{ ...required, level: 'warn' }], 'accepted'],
  ];
  test.each(cases)('%s', (_title, check, kind) => {
    for (const [record, fault] of [
      [byMapping, DAY_FAULT],
      [byType, OF_TYPE],
    ] as const) {
      const accepted = { kind, fields: { name: 'a' }, warnings: [fault], unsaid: ['day'] };
      const rejected = { kind, violations: [fault], batch: false };
      expect(validator({ fields: FIELDS, check })(record)).toEqual(kind === 'accepted' ? accepted : rejected);
    }
  });

  test('is absent for rules that need it, when it may be left out', () => {
    const check = [{ ...range, level: 'drop_field' } as const, required, rule({ kind: 'cel', args: 'day != null' })];
    expect(validator({ fields: FIELDS, check })(byType)).toEqual({
      kind: 'rejected',
      violations: [
        { field: 'day', rule: 'required', message: 'is required' },
        { rule: 'cel', message: 'does not meet day != null' },
      ],
      batch: false,
    });
  });

  test('rejects when the object requires it, though the sync would leave it out', () => {
    const check = [rule({ field: 'name', kind: 'length', args: { min: 1 }, level: 'drop_field' })];
    const fault = { field: 'name', rule: 'codes', message: 'is not in the code table', value: 'X' };
    expect(validator({ fields: FIELDS, check })(canonical({}, [fault]))).toMatchObject({ violations: [REQUIRED] });
  });

  test('is listed once when it is the required one', () => {
    const fault = { field: 'name', rule: 'codes', message: 'is not in the code table', value: 'X' };
    expect(validator({ fields: FIELDS })(canonical({}, [fault]))).toMatchObject({ violations: [fault] });
  });
});

test.each<[title: string, parts: CheckParts, message: string, path: readonly unknown[]]>([
  [
    'a rule on an unknown field',
    { fields: FIELDS, check: [rule({ field: 'x', kind: 'required' })] },
    'the object `account` has no field `x`',
    ['check', 0, 'field'],
  ],
  [
    'a rule on a field that is not mapped',
    { fields: FIELDS, unmapped: ['day'], check: [rule({ field: 'day', kind: 'required' })] },
    'this sync does not map the field `day`',
    ['check', 0, 'field'],
  ],
  [
    'a rule without its field',
    { fields: FIELDS, check: [rule({ kind: 'email' })] },
    '`field` is required',
    ['check', 0, 'email'],
  ],
  [
    'a drop of no field',
    { fields: FIELDS, check: [rule({ kind: 'cel', args: 'true', level: 'drop_field' })] },
    '`drop_field` needs a `field`',
    ['check', 0, 'else'],
  ],
])('%s does not compile', (...[, parts, message, path]) => {
  expect(() => validator(parts)).toThrow(
    expect.objectContaining({ code: 'config.invalid', message, details: { path } }),
  );
});

test('validate never throws, and accepted values are canonical for good', () => {
  const fields = {
    name: { type: 'text' },
    count: { type: 'integer' },
    amount: { type: 'decimal' },
    flag: { type: 'boolean' },
    day: { type: 'date' },
    at: { type: 'datetime' },
  } as const;
  const check = [
    rule({ field: 'name', kind: 'pattern', args: '^(a+)+$', level: 'warn' }),
    rule({ field: 'name', kind: 'length', args: { max: 5 }, level: 'drop_field' }),
    rule({ field: 'amount', kind: 'range', args: { min: 0 }, level: 'drop_field' }),
    rule({ field: 'name', kind: 'email', level: 'warn' }),
    rule({ kind: 'cel', args: 'size(name) > 1 || number(amount) > 1', level: 'warn' }),
  ];
  const validate = validator({ fields, check });
  const scalar = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom('0', '-0.0', '+1', '12.50', 'true', '2020-02-29', '2020-01-01T00:00:00Z', '\ud800'),
  );
  const value = fc.oneof(scalar, fc.array(scalar));
  const names = fc.constantFrom(...Object.keys(fields));
  fc.assert(
    fc.property(fc.dictionary(names, value, { noNullPrototype: true }), (record) => {
      const verdict = validate(canonical(record));
      if (verdict.kind === 'rejected') expect(verdict.violations).not.toEqual([]);
      else expect(validate(canonical(verdict.fields))).toMatchObject({ kind: 'accepted', fields: verdict.fields });
    }),
    { numRuns: 1000 },
  );
});
