import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formats } from '../../src/formats/registry.ts';
import { parseJson } from '../../src/formats/json/parse.ts';
import { describeFormatContract } from '../contract/format-contract.ts';
import { codeOf, decodeAll, frame, plain, read, streamOf, type StreamChanges } from './support.ts';

const NAMES = ['a', 'b"', 'c\\', '中', '{', ']', 'data'];
// Names that records may not have are another matter.
const value = fc
  .jsonValue({ maxDepth: 3 })
  .filter((each) => !/"(__proto__|constructor|prototype)":/.test(JSON.stringify(each)));
const record = fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 4 });
const records = fc.array(record, { maxLength: 5 });
const space = fc.constantFrom('', ' ', '\n\t');

const nested = fc.record({ records, before: value, after: value, space }).map((parts) => {
  const { before, after, space: gap } = parts;
  const list = `[${gap}${parts.records.map((each) => JSON.stringify(each, null, gap)).join(`${gap},${gap}`)}${gap}]`;
  const inner = `{"meta"${gap}:${JSON.stringify(before)},${gap}"list":${list}}`;
  return {
    records: parts.records,
    text: `${gap}{"before":${JSON.stringify([before])},"data":${inner},"after":${JSON.stringify(after)}}${gap}`,
  };
});

const PATH = streamOf({ format: 'json', record: 'data.list' });
const ROOT = streamOf({ format: 'json' });
const PAGES = streamOf({ format: 'json', record: 'pages[].items' });
const LINES = streamOf({ format: 'ndjson' });

describeFormatContract('JSON at a path', () => nested.map(({ text }) => ({ stream: PATH, bytes: Buffer.from(text) })));
describeFormatContract('JSON at the root', () =>
  records.map((list) => ({ stream: ROOT, bytes: Buffer.from(JSON.stringify(list)) })),
);
describeFormatContract('JSON in the arrays of several pages', () =>
  fc.array(fc.record({ before: value, items: records, after: value }), { maxLength: 3 }).map((pages) => ({
    stream: PAGES,
    bytes: Buffer.from(JSON.stringify({ pages })),
  })),
);
describeFormatContract('JSON with one record where the array belongs', () =>
  fc.record({ before: value, data: fc.record({ list: record }), after: value }).map((document) => ({
    stream: PATH,
    bytes: Buffer.from(JSON.stringify(document)),
  })),
);
describeFormatContract('NDJSON', () =>
  fc
    .tuple(fc.array(record, { minLength: 1, maxLength: 6 }), fc.constantFrom('\n', '\r\n', '\n\n', '\n \r\n'))
    .map(([list, newline]) => ({
      stream: LINES,
      bytes: Buffer.from(list.map((each) => JSON.stringify(each)).join(newline)),
    })),
);

test('the records are those that JSON.parse finds, with numbers as text', () => {
  fc.assert(
    fc.property(nested, ({ text, records: list }) => {
      const found = decodeAll(PATH, Buffer.from(text), [5]);
      expect(found.map((each) => (each.ok ? JSON.parse(JSON.stringify(each.record)) : each))).toEqual(
        list.map(numbersAsText),
      );
    }),
  );
});

describe('the parser', () => {
  test.each([
    '',
    ' ',
    '01',
    '+1',
    '1.',
    '.5',
    '1e',
    '-',
    'NaN',
    'tru',
    "{'a':1}",
    '{"a":1,}',
    '[1,]',
    '[,1]',
    '"\u0001"',
    '"\\x"',
    '"\\u12"',
    '{"a" 1}',
    '{a:1}',
    '1 2',
    '\u00A01',
    '\uFEFF1',
    '[1',
    '{"a":',
    '"a',
  ])('refuses %j as JSON.parse does', (text) => {
    expect(isJson(text)).toBe(false);
    expect(parseJson(text)).toMatchObject({ ok: false, rule: 'record.malformed' });
  });
});

describe('decodes', () => {
  test.each<[string, string, unknown]>([
    [
      'numbers with every digit',
      '{"a":12345678901234567890,"b":1.10,"c":-0.0e-7,"d":[1]}',
      { a: '12345678901234567890', b: '1.10', c: '-0.0e-7', d: ['1'] },
    ],
    ['booleans, null and empty text', '{"a":true,"b":false,"c":null,"d":""}', { a: true, b: false, c: null, d: '' }],
    ['escapes', '{"a\\u0062":"\\u4e2d\\ud83d\\ude00\\n\\"\\\\\\/"}', { ab: '中😀\n"\\/' }],
    ['nothing', '{}', {}],
    ['the same name in two objects', '{"a":{"x":1},"b":{"x":2}}', { a: { x: '1' }, b: { x: '2' } }],
    ['a duplicate key not', '{"a":1,"a":1}', 'record.duplicate_key: an object has the same property twice'],
    [
      'a duplicate key not, however it is written',
      '{"b":{"a":1,"\\u0061":2}}',
      'record.duplicate_key: an object has the same property twice',
    ],
    ['__proto__ not', '{"__proto__":{"x":1}}', 'record.forbidden_name: a property may not be named "__proto__"'],
    [
      'a nested __proto__ not',
      '{"a":[{"\\u005f_proto__":1}]}',
      'record.forbidden_name: a property may not be named "__proto__"',
    ],
    ['constructor not', '{"constructor":1}', 'record.forbidden_name: a property may not be named "constructor"'],
    [
      'U+0000 not',
      '{"a":"\\u0000"}',
      'record.character: a string has a character that no text field can hold (U+0000 or half a surrogate pair)',
    ],
    [
      'half a surrogate pair not',
      '{"a":"\\ud83d"}',
      'record.character: a string has a character that no text field can hold (U+0000 or half a surrogate pair)',
    ],
    ['64 levels', deep(64), JSON.parse(deep(64))],
    ['65 levels not', deep(65), 'record.limit: nested deeper than 64 levels'],
    ['5,000 levels not', deep(5000), 'record.limit: nested deeper than 64 levels'],
    ['a list not', '[1]', 'record.malformed: not a JSON object'],
    ['a text not', '"x"', 'record.malformed: not a JSON object'],
    ['a number not', '12', 'record.malformed: not a JSON object'],
    ['a wrong number not', '{"a":01}', 'record.malformed: not JSON: unexpected character at 6'],
  ])('%s', (_, text, expected) => {
    expect(read({ format: 'json' }, `[ ${text} ]`)).toEqual([expected]);
    expect(read({ format: 'ndjson' }, `${text}\n`)).toEqual([expected]);
  });

  test('records without a prototype, at every level', () => {
    const [decoded] = decodeAll(ROOT, Buffer.from('[{"a":{"b":{}}}]'));
    if (!decoded?.ok) throw new Error('not decoded');
    const { a } = decoded.record;
    expect(Object.getPrototypeOf(decoded.record)).toBeNull();
    expect(Object.getPrototypeOf(a)).toBeNull();
  });
});

describe('a document', () => {
  test.each<[string, string, string, string]>([
    ['that is empty', '', '', 'source.empty'],
    ['of white space', '', ' \n', 'source.empty'],
    ['that is text', '', '"x"', 'source.malformed'],
    ['with more after it', '', '[] []', 'source.malformed'],
    ['with a bracket after it', '', '[]]', 'source.malformed'],
    ['with a comma after the last record', '', '[{},]', 'source.malformed'],
    ['with two commas', '', '[{},,{}]', 'source.malformed'],
    ['without a comma', '', '[{}{}]', 'source.malformed'],
    ['with crossed brackets in a record', '', '[{"a":[1}]]', 'source.malformed'],
    ['with crossed brackets around the records', 'a', '{"a":[}]', 'source.malformed'],
    ['without the path', 'a.b', '{"a":{"c":[]}}', 'source.malformed'],
    ['with null at the path', 'a', '{"a":null}', 'source.malformed'],
    ['with a list on the way', 'a.b', '{"a":[{"b":[]}]}', 'source.malformed'],
    ['with the path twice', 'a', '{"a":[{"x":1}],"a":[]}', 'source.malformed'],
    ['with a wrong literal outside of the records', 'a', '{"x":nul,"a":[]}', 'source.malformed'],
    ['with a key without quotes', 'a', '{a:[]}', 'source.malformed'],
    ['with a key without a value', 'a', '{"a"}', 'source.malformed'],
    ['that is nested too deep outside of the records', 'a', `{"x":${'['.repeat(70)}`, 'source.limit'],
    ['with a bottomless record', '', `[${'['.repeat(20_000)}`, 'source.limit'],
    ['that ends after the records', 'a', '{"a":[{}]', 'source.truncated'],
    ['that ends in a string', '', '[{"a":"x', 'source.truncated'],
    ['with an empty list', '', '[]', 'no error'],
    ['with an empty list at a path', 'a.b', '{"a":{"b":[ ]}}', 'no error'],
    ['with the same name elsewhere', 'a', '{"x":{"a":1},"a":[{"a":[]}],"y":[{"a":[]}]}', 'no error'],
    ['with a byte order mark', '', '\uFEFF[]', 'no error'],
  ])('%s', (_, path, text, code) => {
    expect(codeOf(() => frame(streamOf({ format: 'json', record: path }), Buffer.from(text), { sizes: [3] }))).toBe(
      code,
    );
  });

  test.each<[string, string, string, unknown]>([
    ['of pages', 'pages[].items', '{"pages":[{"items":[{"a":1},{"a":2}]},{"items":[]},{"items":[{"a":3}]}]}', 'proven'],
    ['of pages at the root', '[].items', '[{"n":1,"items":[{"a":1}]},{"items":[{"a":2},{"a":3}],"n":2}]', 'proven'],
    ['of lists in lists', '[][]', '[[{"a":1}],[],[{"a":2},{"a":3}]]', 'proven'],
    ['whose name has a dot', '"odata.value"', '{"odata":1,"odata.value":[{"a":1},{"a":2},{"a":3}]}', 'proven'],
    ['whose path ends in []', 'a[]', '{"a":[{"a":1},{"a":2},{"a":3}]}', 'proven'],
  ])('%s yields every record', (_, path, text, completeness) => {
    const stream = streamOf({ format: 'json', record: path });
    expect(decodeAll(stream, Buffer.from(text)).map(plain)).toEqual([{ a: '1' }, { a: '2' }, { a: '3' }]);
    expect(frame(stream, Buffer.from(text)).completeness).toBe(completeness);
  });

  test.each<[string, string, string]>([
    ['the document', '', ' {"a":1} '],
    ['what the path names', 'data.customer', '{"data":{"customer":{"a":1},"more":[]}}'],
  ])('in which %s is an object has that one record, and proves nothing', (_, path, text) => {
    const stream = streamOf({ format: 'json', record: path });
    expect(decodeAll(stream, Buffer.from(text)).map(plain)).toEqual([{ a: '1' }]);
    expect(frame(stream, Buffer.from(text)).completeness).toBe('unproven');
  });

  test.each<[string, string, string, string]>([
    ['a page without its list', 'pages[].items', '{"pages":[{"items":[]},{"n":2}]}', 'there is no "pages[].items"'],
    ['a page whose list is null', '[].items', '[{"items":null}]', '"[].items" in the document is not an array of'],
    ['a page whose list is an object', '[].items', '[{"items":{}}]', '"[].items" in the document is not an array of'],
    ['a page with two lists', '[].items', '[{"items":[],"items":[]}]', '"[].items" in the document occurs twice'],
    ['a page that is a list', '[].items', '[[]]', '"[]" in the document is not an object'],
    ['no list of pages', '[].items', '{"items":[]}', 'the document is not an array'],
    ['a text instead of the array', 'a', '{"a":"x"}', '"a" in the document is not an array of records'],
    [
      'lines of documents',
      '',
      '{"a":1}\n{"a":2}\n',
      'a second document begins at byte 8; where every line is one, set',
    ],
  ])('with %s is refused with the reason', (_, path, text, message) => {
    expect(() => frame(streamOf({ format: 'json', record: path }), Buffer.from(text))).toThrow(message);
  });

  test('with a record beyond the limit is refused before its end has come', () => {
    const framer = formats.json.createFramer(streamOf({ format: 'json', maxRecordBytes: 50 }), {
      offset: 0,
      context: null,
    });
    framer.push(Buffer.from(`[{"a":"${'x'.repeat(60)}`));
    expect(codeOf(() => framer.next())).toBe('source.limit');
  });

  test('the empty list is proven whole', () => {
    expect(frame(ROOT, Buffer.from('[]'))).toEqual({ records: [], completeness: 'proven' });
  });
});

describe('NDJSON', () => {
  test.each<[string, StreamChanges, string, string]>([
    ['with a last line that is not whole', {}, '{"a":1}\n{"a":', 'source.truncated'],
    ['with a last line that lacks its inner end', {}, '{"a":{"b":1}', 'source.truncated'],
    ['that is empty', {}, '', 'source.empty'],
    ['of blank lines', {}, '\n \n', 'source.empty'],
    ['with a line beyond the limit', { maxRecordBytes: 10 }, '{"a":"123456789"}', 'source.limit'],
    ['with a whole last line without a line end', {}, '{"a":1}', 'no error'],
  ])('%s', (_, changes, text, code) => {
    expect(codeOf(() => frame(streamOf({ format: 'ndjson', ...changes }), Buffer.from(text), { sizes: [3] }))).toBe(
      code,
    );
  });

  test('refuses a bad line, and goes on', () => {
    expect(read({ format: 'ndjson' }, '{"a":1\n\r\n {"a":2}\r\n')).toEqual([
      'record.malformed: not JSON: it ends too early',
      { a: '2' },
    ]);
  });

  test('it never says that a file is proven complete', () => {
    expect(frame(LINES, Buffer.from('{"a":1}\n')).completeness).toBe('unproven');
  });
});

function numbersAsText(item: unknown): unknown {
  if (typeof item === 'number') return JSON.stringify(item);
  if (Array.isArray(item)) return item.map(numbersAsText);
  if (typeof item !== 'object' || item === null) return item;
  return Object.fromEntries(Object.entries(item).map(([name, inner]) => [name, numbersAsText(inner)]));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function deep(levels: number): string {
  return `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;
}
