import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { START } from '../../src/formats/format.ts';
import { formats } from '../../src/formats/registry.ts';
import { describeFormatContract } from '../contract/format-contract.ts';
import { codeOf, decodeAll, frame, read, streamOf, type StreamChanges } from './support.ts';

const cell = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', '中', '😀', ';', '#'), maxLength: 6 }),
  fc.constantFrom('', '1.10', '00123', '"', '""', '\r\n', 'x'),
);

const table = fc.integer({ min: 2, max: 4 }).chain((width) =>
  fc.record({
    width: fc.constant(width),
    rows: fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 6 }),
    newline: fc.constantFrom('\n', '\r\n', '\r'),
    quoteAll: fc.boolean(),
    last: fc.boolean(),
    mark: fc.constantFrom('', '\uFEFF'),
  }),
);

const document = table.map(({ width, rows, newline, quoteAll, last, mark }) => {
  const header = Array.from({ length: width }, (_, index) => `c${index}`);
  const lines = [header, ...rows].map((cells) => cells.map((text) => write(text, quoteAll)).join(','));
  return { rows, header, text: mark + lines.join(newline) + (last ? newline : '') };
});

function write(text: string, always: boolean): string {
  return always || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const variants = fc.constantFrom<StreamChanges>(
  {},
  { lastLine: 'hold' },
  { csv: { columns: ['a'] } },
  { csv: { escape: '\\', comment: '##', columns: ['a'] } },
);

describeFormatContract('CSV', () =>
  fc
    .tuple(document, variants)
    .map(([{ text }, changes]) => ({ stream: streamOf(changes), bytes: Buffer.from(text) }))
    // A file that cannot be read has nothing to keep; what is refused is said below.
    .filter(({ stream, bytes }) => codeOf(() => frame(stream, bytes)) === 'no error'),
);

test('records are those that csv-parse finds in the whole file', () => {
  fc.assert(
    fc.property(document, fc.integer({ min: 1, max: 20 }), ({ text, header }, size) => {
      const rows = parse(text, { bom: true, record_delimiter: ['\r\n', '\n', '\r'], skip_empty_lines: true });
      const expected = rows
        .slice(1)
        .map((cells) => Object.fromEntries(header.map((name, index) => [name, cells[index] || null])));
      const decoded = decodeAll(streamOf({ empty: 'null' }), Buffer.from(text), [size]);
      expect(decoded.map((each) => (each.ok ? { ...each.record } : each))).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

test('the lane without quotes splits as csv-parse does', () => {
  const line = fc.string({ unit: fc.constantFrom('a', ',', ' ', ';', '\t', '中', '\\', "'", '\u2028'), minLength: 1 });
  fc.assert(
    fc.property(line, fc.constantFrom(',', ';', '\t', ';;'), (text, delimiter) => {
      const [expected = ['']] = parse(text, { delimiter });
      const columns = Array.from({ length: text.split(delimiter).length }, (_, index) => `c${index}`);
      const stream = streamOf({ csv: { delimiter } });
      const [decoded] = decodeAll(stream, Buffer.from(`${columns.join(delimiter)}\n${text}`));
      const found = decoded?.ok ? columns.map((name) => decoded.record[name] ?? '') : decoded;
      expect(found).toEqual(expected);
    }),
  );
});

describe('reads', () => {
  test.each<[string, StreamChanges, string, readonly unknown[]]>([
    [
      'quoted cells with delimiters, quotes and line ends',
      {},
      'a,b\n"x,""y""","1\r\n2"\n',
      [{ a: 'x,"y"', b: '1\r\n2' }],
    ],
    ['LF, CRLF and CR in one file', {}, 'a\n1\r\n2\r3\n', [{ a: '1' }, { a: '2' }, { a: '3' }]],
    ['a last line without a line end', {}, 'a,b\n1,2', [{ a: '1', b: '2' }]],
    ['numbers as text', {}, 'a,b\n00123,1.10\n', [{ a: '00123', b: '1.10' }]],
    ['an empty cell as absent', {}, 'a,b\n,""\n', [{}]],
    ['an empty cell as null where the stream says so', { empty: 'null' }, 'a,b\n,x\n', [{ a: null, b: 'x' }]],
    ['a byte order mark away', {}, '\uFEFFa\n1\n', [{ a: '1' }]],
    ['white space around header names away, in cells not', {}, ' a , b\n 1 ,2\n', [{ a: ' 1 ', b: '2' }]],
    ['past blank lines', {}, '\n\na\n\n1\n\r\n2\n\n', [{ a: '1' }, { a: '2' }]],
    ['past skipped lines, whatever they hold', { csv: { skipLines: 2 } }, 'Report "x\n\na\n1\n', [{ a: '1' }]],
    ['past comment lines with quotes', { csv: { comment: '#' } }, '# "\na\n#"b\n1 #\n', [{ a: '1 #' }]],
    ['a longer comment mark only whole', { csv: { comment: '//' } }, 'a\n//x\n/y\n', [{ a: '/y' }]],
    [
      'another delimiter and quote',
      { csv: { delimiter: ';', quote: "'" } },
      "a;b\n'x;''y';\"z\n",
      [{ a: "x;'y", b: '"z' }],
    ],
    ['without quotes where there are none', { csv: { quote: '' } }, 'a,b\n"x,y"\n', [{ a: '"x', b: 'y"' }]],
    [
      'escaped quotes, delimiters and line ends, and escaped escapes',
      { csv: { escape: '\\' } },
      'a,b\n"x\\"y\\,","1\\\n2\\\\"\n3,\\\n',
      [
        { a: 'x"y,', b: '1\n2\\' },
        { a: '3', b: '\\' },
      ],
    ],
    ['a doubled quote as the escape it is', { csv: { escape: '"' } }, 'a\n"x""y"\n', [{ a: 'x"y' }]],
    [
      'columns that are configured, from the first row on',
      { csv: { columns: ['a', 'b'], skipLines: 1 } },
      'title\n1,2\n3,4\n',
      [
        { a: '1', b: '2' },
        { a: '3', b: '4' },
      ],
    ],
    ['a header with a byte order mark and quotes', {}, '\uFEFF"a","b"\n1,2\n', [{ a: '1', b: '2' }]],
    ['a delimiter of several characters', { csv: { delimiter: '||' } }, 'a||b\n"x||y"||2\n', [{ a: 'x||y', b: '2' }]],
    ['nothing after a header', {}, 'a,b\n', []],
  ])('%s', (_, changes, text, expected) => {
    expect(read(changes, text)).toEqual(expected);
  });
});

describe('refuses the record, and goes on', () => {
  test.each<[string, string, string]>([
    ['with too few cells', '1', 'record.columns: the row has 1 cells, the header 2 columns'],
    ['with too many cells', '1,2,3', 'record.columns: the row has 3 cells, the header 2 columns'],
    ['with text after a closing quote', '"1"x,2', 'record.malformed: a quoted cell goes on after its closing quote'],
    [
      'with a quote in an unquoted cell',
      '1"x,2',
      'record.malformed: there is a quote inside a cell that is not quoted',
    ],
    ['that is the header again', 'a,b', 'record.header: the row is the header again'],
    [
      'with U+0000',
      '1\0,2',
      'record.character: the record has a character that no text field can hold (U+0000 or half a surrogate pair)',
    ],
  ])('%s', (_, row, expected) => {
    expect(read({}, `a,b\n${row}\n3,4\n`)).toEqual([expected, { a: '3', b: '4' }]);
  });

  test('whose bytes are not of the encoding', () => {
    const bytes = Buffer.concat([Buffer.from('a,b\n'), Buffer.from([0xd6, 0xd0]), Buffer.from(',1\n2,3\n')]);
    expect(read({}, bytes)).toEqual([
      'record.encoding: the record has bytes that are not valid utf-8; if the file has another encoding, set `encoding` on the stream',
      { a: '2', b: '3' },
    ]);
  });
});

describe('refuses the file', () => {
  test.each<[string, StreamChanges, string, string]>([
    ['that is empty', {}, '', 'source.empty'],
    ['without a record where columns are configured', { csv: { columns: ['a'] } }, '\n', 'source.empty'],
    ['with an escape that hides its closing quote', { csv: { escape: '\\' } }, 'a\n"x\\"\n', 'source.truncated'],
    ['with blank lines only', {}, '\n\n', 'source.empty'],
    ['with skipped lines only', { csv: { skipLines: 3 } }, 'a\n1\n', 'source.empty'],
    ['that ends inside quotes', {}, 'a\n1\n"x\n', 'source.truncated'],
    [
      'with a quote that swallows more than a record may be',
      { maxRecordBytes: 20 },
      `a\n"${'x\n'.repeat(20)}"\n`,
      'source.limit',
    ],
    ['with a line longer than a record may be', { maxRecordBytes: 20 }, `a\n${'x'.repeat(21)}\n`, 'source.limit'],
    ['with two columns of one name', {}, 'a,b,a\n1,2,3\n', 'source.header'],
    ['with two columns of one name but for white space', {}, 'a, a\n1,2\n', 'source.header'],
    ['with a column without a name', {}, 'a,\n1,2\n', 'source.header'],
    ['with a column named __proto__', {}, '__proto__\n1\n', 'source.header'],
    ['with a column named constructor', {}, 'constructor\n1\n', 'source.header'],
    ['with a column named prototype', {}, 'prototype\n1\n', 'source.header'],
    ['with a damaged header', {}, '"a"b,c\n1,2\n', 'source.header'],
  ])('%s', (_, changes, text, code) => {
    expect(codeOf(() => decodeAll(streamOf(changes), Buffer.from(text), [4]))).toBe(code);
  });
});

test('a quote that never ends is told by where it begins', () => {
  expect(() => frame(streamOf({}), Buffer.from('a\n1\n"x\n'))).toThrow(
    'the quoted field that begins at byte 4 never ends',
  );
});

test('it never says that a file is proven complete', () => {
  expect(frame(streamOf({}), Buffer.from('a\n1\n')).completeness).toBe('unproven');
});

test('records have no prototype', () => {
  const [decoded] = decodeAll(streamOf({}), Buffer.from('toString,a\n1,2\n'));
  if (!decoded?.ok) throw new Error('not decoded');
  expect(Object.getPrototypeOf(decoded.record)).toBeNull();
  expect(decoded.record['hasOwnProperty']).toBeUndefined();
  expect(decoded.record['toString']).toBe('1');
});

test('the header is known from the first bytes', () => {
  const stream = streamOf({ csv: { skipLines: 1 } });
  expect(formats.csv.inspect(stream, 'utf-8', Buffer.from('title\nid,"na""me"\n1,"unfinished'))).toEqual({
    description: '["id","na\\"me"]',
    columns: ['id', 'na"me'],
    context: { header: Buffer.from('id,"na""me"').toString('base64') },
  });
});

test('a position of another format is refused', () => {
  expect(codeOf(() => formats.csv.createFramer(streamOf({}), { offset: 3, context: { inside: true } }))).toBe(
    'internal.bug',
  );
  expect(codeOf(() => formats.csv.createDecoder(streamOf({}), 'utf-8', START.context))).toBe('internal.bug');
});
