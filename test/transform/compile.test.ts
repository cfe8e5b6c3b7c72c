import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { FieldMapping } from '../../src/domain/definition.ts';
import { compileTransform } from '../../src/transform/compile.ts';
import { field, from, make, record, source, sync } from './support.ts';

const steps = (...names: (string | Record<string, unknown>)[]): FieldMapping['apply'] =>
  names.map((step) =>
    typeof step === 'string'
      ? { fn: step, args: null }
      : { fn: Object.keys(step)[0] ?? '', args: Object.values(step)[0] },
  );
const CODES = { A: 'active', I: 'inactive', '1': true, none: null, blank: '' };
const quarantined = { field: 'f', rule: 'codes', message: 'is not in the code table', value: 'X' };
const decimalFault = { field: 'f', rule: 'decimal', message: 'is not a number', value: 'x' };

describe('a field is made', () => {
  const table: readonly [title: string, mapping: FieldMapping, json: string, expected: unknown][] = [
    ['of a constant', field({ value: 'erp' }), '{}', 'erp'],
    ['of a constant that is null', field({ value: null }), '{}', null],
    ['of a constant that is false', field({ value: false }), '{}', false],
    ['of an expression', field({ cel: 'record.a + "!"' }), '{"a":"x"}', 'x!'],
    ['of an expression and functions', field({ cel: '" A "', apply: steps('trim', 'lower') }), '{}', 'a'],
    ['of a number with every digit', from('a'), '{"a":12}', '12'],
    ['of the first path that is there', from('a', 'b'), '{"b":"x"}', 'x'],
    ['of the first path that is not empty', from('a', 'b', 'c'), '{"a":"","b":null,"c":"x"}', 'x'],
    ['of the first path that is more than white space', from('a', 'b'), '{"a":"  ","b":"x"}', 'x'],
    ['as null when every path is empty and one was null', from('a', 'b', 'c'), '{"a":"","b":null}', null],
    ['as absent when every path is absent', from('a', 'b'), '{}', 'absent'],
    ['by functions in order', field({ from: ['a'], apply: steps('trim', 'squash', 'upper') }), '{"a":" a  b "}', 'A B'],
    [
      'by functions on each item',
      field({ from: ['a'], apply: steps('trim') }),
      '{"a":[" x ","y ",null]}',
      ['x', 'y', null],
    ],
    [
      'by split and functions on each part',
      field({ from: ['a'], apply: steps({ split: ';' }, 'trim') }),
      '{"a":"x; y ; "}',
      ['x', 'y'],
    ],
    ['by split, then join', field({ from: ['a'], apply: steps({ split: ';' }, { join: '/' }) }), '{"a":"x;y"}', 'x/y'],
    ['by codes', field({ from: ['a'], codes: CODES }), '{"a":"A"}', 'active'],
    ['by codes to a boolean', field({ from: ['a'], codes: CODES }), '{"a":1}', true],
    ['by codes to null', field({ from: ['a'], codes: CODES }), '{"a":"none"}', null],
    ['by codes to nothing', field({ from: ['a'], codes: CODES }), '{"a":"blank"}', 'absent'],
    [
      'by codes after functions',
      field({ from: ['a'], apply: steps('trim', 'upper'), codes: CODES }),
      '{"a":" i "}',
      'inactive',
    ],
    ['by codes on each item', field({ from: ['a'], codes: CODES }), '{"a":["A","I"]}', ['active', 'inactive']],
    ['by codes of a boolean', field({ from: ['a'], codes: { true: 'yes' } }), '{"a":true}', 'yes'],
    ['not, when a code is unknown', field({ from: ['a'], codes: CODES }), '{"a":"X"}', quarantined],
    [
      'not, when the code is a name of Object',
      field({ from: ['a'], codes: CODES }),
      '{"a":"constructor"}',
      { ...quarantined, value: 'constructor' },
    ],
    [
      'of an unknown code that is kept',
      field({ from: ['a'], codes: CODES, unmapped: { kind: 'keep' } }),
      '{"a":"X"}',
      'X',
    ],
    [
      'as absent of an unknown code',
      field({ from: ['a'], codes: CODES, unmapped: { kind: 'absent' } }),
      '{"a":"X"}',
      'absent',
    ],
    [
      'of a value for unknown codes',
      field({ from: ['a'], codes: CODES, unmapped: { kind: 'value', value: 'other' } }),
      '{"a":"X"}',
      'other',
    ],
    ['of the default when absent', field({ from: ['a'], default: 'd' }), '{}', 'd'],
    ['of the default when empty', field({ from: ['a'], apply: steps('trim'), default: 'd' }), '{"a":"  "}', 'd'],
    [
      'of the default when an unknown code is absent',
      field({ from: ['a'], codes: CODES, unmapped: { kind: 'absent' }, default: false }),
      '{"a":"X"}',
      false,
    ],
    ['not of the default when null', field({ from: ['a'], default: 'd' }), '{"a":null}', null],
    [
      'not of the default when a step fails',
      field({ from: ['a'], apply: steps('decimal'), default: 'd' }),
      '{"a":"x"}',
      decimalFault,
    ],
    [
      'with one violation, whatever steps follow',
      field({ from: ['a'], apply: steps('decimal', 'integer'), codes: CODES }),
      '{"a":"x"}',
      decimalFault,
    ],
    [
      'not of a list with one bad item',
      field({ from: ['a'], apply: steps('decimal') }),
      '{"a":["1","x","y"]}',
      decimalFault,
    ],
    [
      'not of a list that an expression wants as text',
      field({ cel: 'record.a.startsWith("x")' }),
      '{"a":["x"]}',
      { field: 'f', rule: 'cel', message: "found no matching overload for 'list.startsWith(string)'" },
    ],
  ];
  test.each(table)('%s', (...[_title, mapping, json, expected]) => {
    expect(make(mapping, json)).toEqual(expected);
  });
});

describe('absent, null and value are three states', () => {
  const apply = steps('trim', 'squash', 'lower', 'upper', 'nfkc', 'halfwidth', 'decimal');
  test.each([
    ['absent', '{}', 'absent', 'absent'],
    ['null', '{"a":null}', null, null],
    ['empty text', '{"a":""}', 'absent', null],
    ['white space', '{"a":" \\t\\u3000"}', 'absent', null],
    ['an empty list', '{"a":[]}', 'absent', null],
    ['a list of empty texts', '{"a":["", " "]}', 'absent', null],
    ['a value', '{"a":"5"}', '5', '5'],
  ])('%s passes through functions', (...[_title, json, whenAbsent, whenNull]) => {
    const mapping = field({ from: ['a'], apply });
    expect(make(mapping, json, { empty: 'absent' })).toEqual(whenAbsent);
    expect(make(mapping, json, { empty: 'null' })).toEqual(whenNull);
  });

  test.each(['phone', 'integer', 'boolean', 'datetime'])('null stays null through %s', (fn) => {
    expect(make(field({ from: ['a'], apply: steps(fn) }), '{"a":null}')).toBe(null);
    expect(make(field({ from: ['a'], apply: steps(fn) }), '{}')).toBe('absent');
  });

  test('null stays null through codes', () => {
    expect(make(field({ from: ['a'], codes: { null: 'wrong' } }), '{"a":null}')).toBe(null);
  });
});

test.each([
  ['{"id":" 7 "}', '7', null, 0],
  ['{"id":7,"v":"2024"}', '7', '2024', 0],
  ['{"id":"7","v":" 2024 "}', '7', ' 2024 ', 0],
  ['{"id":"","v":""}', null, null, 0],
  ['{"id":"  ","v":null}', null, null, 0],
  ['{"id":null}', null, null, 0],
  ['{}', null, null, 0],
  ['{"id":{"x":1}}', null, null, 1],
  ['{"id":["1","2"]}', null, null, 1],
  ['{"id":"7","v":["1"]}', '7', null, 1],
])('the record %s has the key %j and the version %j', (...[json, key, version, violations]) => {
  const made = compileTransform(sync({ stream: { version: 'v' } }))(record(json));
  expect(made).toMatchObject({ key, version, operation: 'upsert' });
  expect(made.violations).toHaveLength(violations);
});

test.each<[title: string, parts: Parameters<typeof sync>[0], message: string, path: readonly unknown[]]>([
  [
    'an unknown function',
    { map: { f: field({ from: ['a'], apply: steps('trim', 'shout') }) } },
    'there is no function `shout`',
    ['map', 'f', 'apply', 1],
  ],
  [
    'a wrong argument',
    { map: { f: field({ from: ['a'], apply: steps({ trim: 1 }) }) } },
    'trim: takes no arguments',
    ['map', 'f', 'apply', 0, 'trim'],
  ],
  [
    'a wrong region',
    { map: { f: field({ from: ['a'], apply: steps({ phone: { region: 'XX' } }) }) } },
    'XX',
    ['map', 'f', 'apply', 0, 'phone', 'region'],
  ],
  [
    'an expression that is none',
    { map: { f: field({ cel: 'record.' }) } },
    'the expression is not valid',
    ['map', 'f', 'cel'],
  ],
  ['an unknown variable', { map: { f: field({ cel: 'name' }) } }, 'Unknown variable: name', ['map', 'f', 'cel']],
  ['a path that is none', { map: { f: from('a[') } }, 'is no path', ['map', 'f', 'from', 0]],
  ['no source', { map: { f: field({}) } }, 'expected one of from, value, cel; found none', ['map', 'f']],
  [
    'a field that every object has',
    { map: { constructor: from('a') } },
    '`constructor` cannot be the name of a field',
    ['map', 'constructor'],
  ],
  ['a key that is no path', { stream: { key: ['a..b'] } }, 'is no path', ['from', 'key']],
  ['a version that is no path', { stream: { version: '' } }, 'the path is empty', ['from', 'version']],
])('%s does not compile', (...[_title, parts, message, path]) => {
  const attempt = (): unknown => compileTransform(sync(parts));
  expect(attempt).toThrow(message);
  expect(attempt).toThrow(expect.objectContaining({ code: 'config.invalid', details: { path } }));
});

describe('hostile records', () => {
  const everything = sync({
    stream: { version: 'v' },
    map: {
      text: field({ from: ['a'], apply: steps('trim', 'squash', 'nfkc', 'halfwidth', 'lower', 'upper') }),
      number: field({ from: ['a'], apply: steps('decimal') }),
      whole: field({ from: ['a.b', 'a'], apply: steps('integer') }),
      flag: field({ from: ['a[0]', 'b'], apply: steps('boolean') }),
      day: field({ from: ['a', 'b'], apply: steps({ date: ['yyyy-MM-dd', 'd.M.yyyy'] }) }),
      stamp: field({ from: ['a'], apply: steps({ datetime: { zone: 'Europe/Berlin' } }) }),
      when: field({ from: ['b'], apply: steps({ datetime: { format: 'yyyy-MM-dd HH:mm', zone: 'UTC' } }) }),
      tel: field({ from: ['a'], apply: steps({ phone: { region: 'b' } }) }),
      parts: field({ from: ['a'], apply: steps({ split: ';' }, 'trim', { join: ',' }) }),
      code: field({ from: ['a'], codes: { A: 'x' } }),
      cel: field({ cel: 'record.a.matches(record.b) ? record.a : record.b + "x"' }),
      size: field({ cel: 'size(record.a)' }),
      mapped: field({ cel: 'record.a.map(x, string(x))' }),
    },
  });
  const transform = compileTransform(everything);
  const fieldNames = Object.keys(everything.map);

  test('transform never throws, and says of each field that it is made, absent or why not', () => {
    const values = fc.oneof(
      fc.jsonValue({ depthSize: 'small' }),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('2021-03-28 02:30', '9999-12-31 23:59', '+8613800138000', '1e400', '-', 'CN', '\ud800', 'a\0'),
    );
    const records = fc.dictionary(
      fc.oneof(fc.constantFrom('a', 'b', 'id', 'v', '__proto__', 'constructor'), fc.string()),
      values,
      { noNullPrototype: false },
    );
    fc.assert(
      fc.property(records, (hostile) => {
        const made = transform(source(hostile));
        const failed = made.violations.map((violation) => violation.field ?? 'record');
        expect(new Set(failed.filter((name) => name in made.fields))).toEqual(new Set());
        for (const name of Object.keys(made.fields)) expect(fieldNames).toContain(name);
        for (const value of Object.values(made.fields)) expect(value).not.toBe('');
        expect(JSON.parse(JSON.stringify(made))).toEqual(made);
      }),
      { numRuns: 1000 },
    );
  });

  test('a field named like part of every object is data like any other', () => {
    const mapping = sync({
      map: { a: from('__proto__'), b: from('constructor'), c: field({ cel: 'record["__proto__"]' }) },
    });
    const made = compileTransform(mapping)(record('{"__proto__":"p","constructor":"c","id":"1"}'));
    expect(made.fields).toMatchObject({ a: 'p', b: 'c' });
    expect(({} as Record<string, unknown>)['p']).toBe(undefined);
  });

  test('a text of a million characters takes every function without delay', () => {
    for (const char of ['a', '1', ' ', '-', '\u3000', '.', ',', ';', '😀']) {
      const long = char.repeat(1_000_000);
      const made = transform({ id: '1', a: `${long}x`, b: long });
      for (const violation of made.violations) expect(violation.value?.length ?? 0).toBeLessThanOrEqual(200);
    }
  });

  test('a list of two hundred thousand parts passes', () => {
    const mapping = field({ from: ['a'], apply: steps({ split: ';' }) });
    const made = compileTransform(sync({ map: { f: mapping } }))({ id: '1', a: ['x;'.repeat(200_000), 'y'] });
    expect(made.fields['f']).toHaveLength(200_001);
  });

  test('a record nested ten thousand deep is a violation', () => {
    let deep: unknown = 'x';
    for (let depth = 0; depth < 10_000; depth += 1) deep = depth % 2 === 0 ? [deep] : { d: deep };
    const made = transform(source({ id: '1', a: deep }));
    expect(made.violations.find(({ field: name }) => name === 'text')).toMatchObject({ rule: 'mapping.object' });
  });

  test('what a violation shows is cut and can be stored', () => {
    const [violation] = compileTransform(sync({ map: { f: field({ from: ['a'], apply: steps('decimal') }) } }))({
      id: '1',
      a: `\0\ud800${'x'.repeat(197)}😀`,
    }).violations;
    expect(violation?.value).toBe(`\ufffd\ufffd${'x'.repeat(197)}\ufffd`);
  });
});
