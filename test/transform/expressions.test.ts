// Expressions in a mapping: what they may speak of, the functions in them, and fields with a condition.

import { describe, expect, test } from 'vitest';
import type { FieldMapping } from '../../src/domain/definition.ts';
import { compileTransform } from '../../src/transform/compile.ts';
import { FUNCTIONS } from '../../src/transform/functions/registry.ts';
import { field, from, make, record, sync } from './support.ts';

const cel = (source: string, more: Partial<FieldMapping> = {}): FieldMapping => field({ cel: source, ...more });

describe('an expression speaks of', () => {
  const RECORD = '{"id":" 7 ","a":"x","order":{"no":"SO-1","customer":{"no":"C-1"}}}';
  test.each([
    ['record.a', 'x'],
    ['key', '7'],
    ['key + "/" + record.a', '7/x'],
    ['stream.sync', 'erp-customers'],
    ['stream.object', 'account'],
    ['stream.connection', 'erp'],
    ['stream.name', '*.json'],
    ['record.?b', 'absent'],
    ['record.?b.orValue("none")', 'none'],
  ])('%s: %j', (source, expected) => {
    expect(make(cel(source), RECORD)).toEqual(expected);
  });

  test('the record around it, by its name', () => {
    const stream = { each: 'lines', parent: 'order', key: ['order.no', 'id'] };
    expect(make(cel('order.customer.no + " " + key'), RECORD, stream)).toBe('C-1 SO-1/7');
  });

  test('null for a key that cannot be read', () => {
    const transform = compileTransform(sync({ map: { f: cel('key == null') } }));
    expect(transform(record('{}')).fields).toEqual({ f: true });
  });

  test.each(['record', 'key', 'stream'])('no parent called %s', (parent) => {
    const compile = (): unknown => compileTransform(sync({ stream: { each: 'lines', parent } }));
    expect(compile).toThrow(`expected another name; \`${parent}\` has a meaning in expressions`);
    expect(compile).toThrow(expect.objectContaining({ details: { path: ['from', 'parent'] } }));
  });
});

describe('functions in expressions', () => {
  test.each([
    ['trim(record.a) + "!"', '{"a":" x "}', 'x!'],
    ['upper(trim(record.a))', '{"a":" x "}', 'X'],
    ['trim(record.a)', '{"a":null}', null],
    ['trim(record.a)', '{"a":[" x ","y"]}', ['x', 'y']],
    ['trim(record.?a)', '{}', 'absent'],
    ['trim(record.a)', '{"a":"  "}', 'absent'],
    ['split(record.a, ";")[1]', '{"a":"x;y"}', 'y'],
    ['number(decimal(record.a)) > 1000.0 ? "key" : "standard"', '{"a":"1,234.50"}', 'key'],
    ['decimal(record.a, {"group": ".", "point": ","})', '{"a":"1.234,50"}', '1234.50'],
    ['date(record.a, {"format": ["yyyy-MM-dd", "yyyy/M/d"]})', '{"a":"2026/2/3"}', '2026-02-03'],
    ['phone(record.a, {"region": "country"})', '{"a":"030 901820","country":"DE"}', '+4930901820'],
    ['record.list.map(item, lower(item)).exists(item, item == "x")', '{"list":["X"]}', true],
  ])('%s of %s gives %j', (source, json, expected) => {
    expect(make(cel(source), json)).toEqual(expected);
  });

  test('say what is wrong with the value', () => {
    expect(make(cel('decimal(record.a)'), '{"a":"soon"}')).toMatchObject({
      rule: 'cel',
      message: expect.stringContaining('decimal(): is not a number'),
    });
    expect(make(cel('trim(record.a)'), '{"a":{"b":"c"}}')).toMatchObject({
      rule: 'cel',
      message: 'trim() takes text, a number, true or false, or a list of them',
    });
  });

  test('all do what they do under apply', () => {
    for (const [name, { examples }] of FUNCTIONS) {
      for (const { args, input, record: of, output } of examples) {
        // In an expression a text is JSON of its own; under `apply` it is a list of one.
        if (name === 'to_json' && !Array.isArray(input)) continue;
        if (output === undefined || input === '' || (Array.isArray(input) && input.length === 0)) continue;
        const argument = args === undefined ? '' : `, ${JSON.stringify(args)}`;
        const json = JSON.stringify({ ...of, input });
        const applied = make(field({ from: ['input'], apply: [{ fn: name, args: args ?? null }] }), json);
        expect([name, input, make(cel(`${name}(record.input${argument})`), json)]).toEqual([name, input, applied]);
      }
    }
  });
});

describe('a field with a condition', () => {
  const when = (condition: string, more: Partial<FieldMapping> = {}): FieldMapping =>
    field({ from: ['a'], when: condition, ...more });
  test.each<[string, FieldMapping, string, unknown]>([
    ['is made where it holds', when('record.kind == "B"'), '{"a":"x","kind":"B"}', 'x'],
    ['is absent where it does not', when('record.kind == "B"'), '{"a":"x","kind":"C"}', 'absent'],
    ['is absent, also with a default', when('false', { default: 'y' }), '{"a":"x"}', 'absent'],
    ['asks with functions', when('lower(record.kind) == "b"'), '{"a":"x","kind":"B"}', 'x'],
    ['is not looked at where it does not hold', when('false', { codes: {} }), '{"a":"x"}', 'absent'],
    [
      'fails with its condition',
      when('record.kind == "B"'),
      '{"a":"x"}',
      { field: 'f', rule: 'when', message: 'No such key: kind' },
    ],
    [
      'fails where the answer is no answer',
      when('record.kind'),
      '{"a":"x","kind":"B"}',
      { field: 'f', rule: 'when', message: 'gives neither true nor false' },
    ],
  ])('%s', (_title, mapping, json, expected) => {
    expect(make(mapping, json)).toEqual(expected);
  });

  test('that can be neither true nor false does not compile', () => {
    const compile = (): unknown => make(when('"yes"'), '{}');
    expect(compile).toThrow('the expression gives string, not true or false');
    expect(compile).toThrow(expect.objectContaining({ details: { path: ['map', 'f', 'when'] } }));
  });
});

describe('the filter of a sync', () => {
  const filtered = (where: string, json: string): unknown =>
    compileTransform(sync({ where, map: { f: from('a') } }))(record(json));

  test('leaves a record out, whatever else is wrong with it', () => {
    const out = { key: '7', version: null, operation: 'upsert', fields: {}, violations: [], filtered: true };
    expect(filtered('record.kind == "B"', '{"id":"7","kind":"C","a":[["x"]]}')).toEqual(out);
    expect(filtered('key != "7"', '{"id":"7"}')).toEqual(out);
    expect(filtered('record.kind == "B"', '{"kind":"C"}')).toEqual({ ...out, key: null });
    expect(filtered('record.kind == "B"', '{"id":["7"],"kind":"C"}')).toEqual({ ...out, key: null });
  });

  test('lets a record pass for which it is true', () => {
    const passed = { key: '7', version: null, operation: 'upsert', fields: { f: 'x' }, violations: [] };
    expect(filtered('lower(record.kind) == "b"', '{"id":"7","kind":"B","a":"x"}')).toEqual(passed);
  });

  test('that fails is a violation of the whole record', () => {
    expect(filtered('record.kind == "B"', '{"id":"7","a":"x"}')).toMatchObject({
      fields: { f: 'x' },
      violations: [{ rule: 'where', message: 'No such key: kind' }],
    });
  });

  test('that can be neither true nor false does not compile', () => {
    expect(() => filtered('1', '{}')).toThrow(expect.objectContaining({ details: { path: ['where'] } }));
  });
});

describe('nested objects and lists', () => {
  const ORDER =
    '{"id":1,"to":{"city":"Ulm","no":5},"line":{"sku":"A"},"lines":[{"sku":"A"},{"sku":"B"}],"tags":["x"],"n":null}';
  const json = (path: string, ...more: string[]): FieldMapping =>
    field({ from: [path], apply: ['to_json', ...more].map((fn) => ({ fn, args: null })) });
  test.each([
    [json('to'), '{"city":"Ulm","no":"5"}'],
    [json('lines'), '[{"sku":"A"},{"sku":"B"}]'],
    [json('lines[1]'), '{"sku":"B"}'],
    [json('line'), '{"sku":"A"}'],
    [json('line[]'), '[{"sku":"A"}]'],
    [json('lines[]'), '[{"sku":"A"},{"sku":"B"}]'],
    [json('to', 'upper'), '{"CITY":"ULM","NO":"5"}'],
    [json('tags'), '["x"]'],
    [json('to.city'), '["Ulm"]'],
    [json('n'), null],
    [json('missing'), 'absent'],
    [
      cel('to_json({"city": record.to.city, "no": int(record.to.no), "on": true, "sku": record.lines.map(l, l.sku)})'),
      '{"city":"Ulm","no":5,"on":true,"sku":["A","B"]}',
    ],
    [cel('to_json(record.to)'), '{"city":"Ulm","no":"5"}'],
    [cel('to_json([1.50, 2, null])'), '[1.5,2,null]'],
    [field({ from: ['lines[].sku'] }), ['A', 'B']],
  ])('%j makes %j', (mapping, expected) => {
    expect(make(mapping, ORDER)).toEqual(expected);
  });

  test('an object is taken as it stands: not item by item', () => {
    expect(() => make(json('lines[].sku'), ORDER)).toThrow('expected [] at the end of the path only');
  });
});
