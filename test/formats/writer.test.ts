import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Format } from '../../src/domain/definition.ts';
import { SyncError } from '../../src/domain/errors.ts';
import type { SourceRecord, SourceValue } from '../../src/domain/values.ts';
import { neutraliseFormula, restoreFormula } from '../../src/formats/csv/formulas.ts';
import { writers } from '../../src/formats/registry.ts';
import { type CsvLayout, PLAIN_LAYOUT, type WriteLayout } from '../../src/formats/writer.ts';
import { cases } from './cases.ts';
import { decodeAll, plain, streamOf } from './support.ts';

type Changes = Partial<Omit<WriteLayout, 'csv'>> & { readonly csv?: Partial<CsvLayout> };

function layoutOf(changes: Changes = {}): WriteLayout {
  return { ...PLAIN_LAYOUT, ...changes, csv: { ...PLAIN_LAYOUT.csv, columns: ['a', 'b'], ...changes.csv } };
}

function bytesOf(format: Format, records: readonly SourceRecord[], changes: Changes = {}): Buffer {
  const writer = writers[format](layoutOf(changes));
  return Buffer.concat([writer.begin(), ...records.map((record) => writer.write([record])), writer.end()]);
}

const textOf = (...args: Parameters<typeof bytesOf>): string => bytesOf(...args).toString();

/** Writes, then reads with our own framer and decoder. */
function roundTrip(format: Format, records: readonly SourceRecord[], changes: Changes = {}): readonly unknown[] {
  const { delimiter, quote, comment } = layoutOf(changes).csv;
  const stream = streamOf({
    format,
    record: changes.record ?? '',
    empty: 'null',
    csv: { delimiter, quote, comment },
  });
  return decodeAll(stream, bytesOf(format, records, changes)).map(plain);
}

function problemOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof SyncError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'no problem';
}

const RUNS = { numRuns: cases(300) };

const HOSTILE = [
  '"',
  "'",
  ',',
  ';',
  '|',
  '\t',
  '\n',
  '\r',
  '\r\n',
  ' ',
  '\u00A0',
  '#',
  '=',
  '+',
  '-',
  '@',
  '\\',
  '\\"',
];
const STRANGE = [
  '<',
  '>',
  '&',
  ']]>',
  '<!--',
  '&amp;',
  '&#0;',
  '{',
  '[',
  ':',
  '\u0085',
  '\u2028',
  '\uFEFF',
  '中',
  '😀',
  'é',
  '\u0301',
];
const CONTROLS = ['\u0001', '\u0008', '\u000B', '\u001B', '\u001F', '\u007F', '\uFFFE', '\uFFFF'];

const xmlText = fc.string({ unit: fc.constantFrom('a', '0', ...HOSTILE, ...STRANGE), maxLength: 8 });
const anyText = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', '0', ...HOSTILE, ...STRANGE, ...CONTROLS), maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 6 }).map((text) => text.replaceAll('\0', '')),
  fc.constantFrom('', '-1.50', '+8613900001234', '=1+1', '00123', 'null', 'true', 'NULL', '\\N', '__proto__'),
);

describe('CSV is read back as it was written', () => {
  const name = anyText
    .map((text) => text.trim())
    .filter((text) => !['', '__proto__', 'constructor', 'prototype'].includes(text));
  const dialect = fc.record({
    delimiter: fc.constantFrom(',', ';', '\t', '|', '||', '|;', ' ', ']', '^', '-', '\\', '中'),
    quote: fc.constantFrom('"', "'"),
    comment: fc.constantFrom(null, '#', '//', 'a'),
    neutraliseFormulas: fc.constant(false),
  });
  const table = fc
    .tuple(fc.uniqueArray(name, { minLength: 1, maxLength: 4 }), dialect, fc.boolean())
    .chain(([columns, csv, mark]) =>
      fc.record({
        columns: fc.constant(columns),
        changes: fc.constant({ mark, csv: { ...csv, columns } }),
        rows: fc.array(fc.array(anyText, { minLength: columns.length, maxLength: columns.length }), { maxLength: 5 }),
      }),
    );

  test('whatever the cells hold, in every dialect', () => {
    fc.assert(
      fc.property(table, ({ columns, changes, rows }) => {
        fc.pre(!columns.some((column) => column.startsWith('\uFEFF')));
        // A row that is the header again is refused.
        fc.pre(!rows.some((cells) => cells.every((cell, index) => cell === columns[index])));
        const records = rows.map((cells) =>
          Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ''])),
        );
        const expected = records.map((record) =>
          Object.fromEntries(Object.entries(record).map(([column, cell]) => [column, cell === '' ? null : cell])),
        );
        expect(roundTrip('csv', records, changes)).toEqual(expected);
      }),
      RUNS,
    );
  });

  test('and by csv-parse on the whole file', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyText, anyText), { maxLength: 5 }), (rows) => {
        const written = textOf(
          'csv',
          rows.map(([a, b]) => ({ a, b })),
        );
        expect(parse(written)).toEqual([['a', 'b'], ...rows]);
      }),
      RUNS,
    );
  });

  test.each<[string, SourceRecord, string]>([
    ['plain cells as they are', { a: 'x', b: '1.50' }, 'x,1.50'],
    ['spaces at both ends without quotes', { a: ' x ', b: '\u00A0' }, ' x ,\u00A0'],
    ['delimiters, quotes and line ends in quotes', { a: 'x,"y"', b: '1\r\n2' }, '"x,""y""","1\r\n2"'],
    ['null, empty and absent as the same empty cell', { a: null }, ','],
    ['truth values as words', { a: true, b: false }, 'true,false'],
    ['lists and objects as JSON', { a: ['x', 'y'], b: { c: ['1', null] } }, '"[""x"",""y""]","{""c"":[""1"",null]}"'],
    ['nothing of fields that are no columns', { a: 'x', b: 'y', c: 'z' }, 'x,y'],
    ['formulas as they are, unless told otherwise', { a: '=1+1', b: '-5' }, '=1+1,-5'],
  ])('it writes %s', (_title, record, row) => {
    expect(textOf('csv', [record])).toBe(`a,b\n${row}\n`);
  });

  test('one empty cell alone is not a blank line', () => {
    expect(textOf('csv', [{ a: '' }, { a: 'x' }], { csv: { columns: ['a'] } })).toBe('a\n""\nx\n');
  });

  test('without records it is a header', () => {
    expect(textOf('csv', [], { mark: true })).toBe('\uFEFFa,b\n');
  });
});

describe('formulas in CSV', () => {
  test.each([
    ['=1+1', "'=1+1"],
    ['+8613900001234', "'+8613900001234"],
    ['-5', "'-5"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', "'\r=1"],
    ['\n=1', "'\n=1"],
    ['＝1+1', "'＝1+1"],
    ["'=1", "''=1"],
    ["it's", "it's"],
    ["'tis", "'tis"],
    ['a=1', 'a=1'],
    ['', ''],
  ])('%j becomes %j where neutralised, and comes back', (cell, expected) => {
    expect(neutraliseFormula(cell)).toBe(expected);
    expect(restoreFormula(expected)).toBe(cell);
  });

  test('every cell comes back', () => {
    fc.assert(
      fc.property(anyText, (cell) => {
        expect(restoreFormula(neutraliseFormula(cell))).toBe(cell);
      }),
      RUNS,
    );
  });

  test('no cell of a neutralised file begins as a formula does, in whatever quotes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyText, anyText), { maxLength: 5 }), (rows) => {
        const changes = { csv: { neutraliseFormulas: true } };
        const written = textOf(
          'csv',
          rows.map(([a, b]) => ({ a, b })),
          changes,
        );
        for (const cell of parse(written).flat()) expect(cell).not.toMatch(/^[=+\-@\t\r\n＝]/);
      }),
      RUNS,
    );
  });
});

describe('JSON and NDJSON are read back as they were written', () => {
  const name = anyText.filter((text) => !['__proto__', 'constructor', 'prototype'].includes(text));
  const { value } = fc.letrec<{ value: SourceValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      anyText,
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(name, tie('value'), { maxKeys: 3 }),
    ),
  }));
  const records = fc.array(fc.dictionary(name, value, { maxKeys: 4, noNullPrototype: true }), {
    minLength: 1,
    maxLength: 4,
  });
  const path = fc
    .array(fc.constantFrom('data', 'a b', '客户', '""""', '"a.b"', '\\', 'x'), { maxLength: 3 })
    .map((names) => names.join('.'));

  test('whatever they hold, at any path', () => {
    fc.assert(
      fc.property(records, path, fc.boolean(), (all, record, mark) => {
        const expected: unknown = JSON.parse(JSON.stringify(all));
        expect(roundTrip('json', all, { record, mark })).toEqual(expected);
        expect(JSON.parse(textOf('json', all))).toEqual(expected);
        expect(roundTrip('ndjson', all, { mark })).toEqual(expected);
      }),
      RUNS,
    );
  });

  test('numbers keep every digit, and are numbers only where they are told and can be', () => {
    const numbers = new Set(['n']);
    const all = [
      { n: '12345678901234567890.12345' },
      { n: '-0.5' },
      { n: '007' },
      { n: '.5' },
      { n: ['1', 'x'] },
      { m: '1' },
    ];
    expect(textOf('ndjson', all, { numbers })).toBe(
      '{"n":12345678901234567890.12345}\n{"n":-0.5}\n{"n":"007"}\n{"n":".5"}\n{"n":[1,"x"]}\n{"m":"1"}\n',
    );
    expect(roundTrip('json', all, { numbers })).toEqual(all);
  });

  test('a document has one record a line, and is whole without any', () => {
    expect(textOf('json', [{ a: '1' }, { a: '2' }], { record: 'data.rows' })).toBe(
      '{"data":{"rows":[\n{"a":"1"},\n{"a":"2"}\n]}}\n',
    );
    expect(roundTrip('json', [], { record: 'data.rows' })).toEqual([]);
    expect(textOf('ndjson', [])).toBe('');
  });
});

describe('XML is read back as it was written', () => {
  const name = fc.constantFrom('a', 'b', '客户', 'hasOwnProperty', '_x-1.y', 'xml');
  // White space alone is no text, and an element without anything has no value: see the next test.
  const text = xmlText.filter((one) => /[^ \t\r\n]/.test(one));
  const { record, value } = fc.letrec<{ record: SourceRecord; value: SourceValue; item: SourceValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.constant(null),
      tie('record'),
      fc.array(tie('item'), { minLength: 2, maxLength: 3 }),
    ),
    item: fc.oneof({ depthSize: 'small' }, text, fc.constant(null), tie('record')),
    record: fc
      .tuple(
        fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
        fc.dictionary(
          name.map((one) => `@${one}`),
          xmlText,
          { maxKeys: 2, noNullPrototype: true },
        ),
        fc.option(text, { nil: undefined }),
      )
      .map(([fields, attributes, own]) => ({
        ...attributes,
        ...fields,
        ...(own === undefined ? {} : { '#text': own }),
      }))
      .filter((made) => Object.keys(made).some((key) => key !== '#text')),
  }));

  test('whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(record, fc.dictionary(name, value, { minKeys: 1 })), { maxLength: 4 }),
        fc.boolean(),
        (all, mark) => {
          const expected: unknown = JSON.parse(JSON.stringify(all));
          expect(roundTrip('xml', all, { record: 'accounts/account', mark })).toEqual(expected);
        },
      ),
      RUNS,
    );
  });

  test.each<[string, SourceRecord, string, unknown]>([
    ['null as xsi:nil', { a: null }, '<a xsi:nil="true"/>', { a: null }],
    ['absent as nothing', {}, '', {}],
    ['empty text, which reads as null where the stream says so', { a: '' }, '<a/>', { a: null }],
    ['white space alone, which reads as empty', { a: ' ' }, '<a> </a>', { a: null }],
    ['a list of one, which reads as its value', { a: ['x'] }, '<a>x</a>', { a: 'x' }],
    ['an empty list as nothing', { a: [] }, '', {}],
    ['truth values as words', { a: true }, '<a>true</a>', { a: 'true' }],
    ['line ends, tabs and quotes of attributes', { '@a': '"\r\n\t' }, 'a="&#34;&#13;&#10;&#9;"', { '@a': '"\r\n\t' }],
  ])('it writes %s', (_title, written, inside, expected) => {
    const document = textOf('xml', [written], { record: 'accounts/account' });
    expect(document).toContain(
      inside.startsWith('a=') ? `<account ${inside}/>` : inside === '' ? '<account/>' : `<account>${inside}</account>`,
    );
    expect(roundTrip('xml', [written], { record: 'accounts/account' })).toEqual([expected]);
  });

  test('records may stand deeper, and there may be none', () => {
    expect(textOf('xml', [{ a: 'x' }], { record: 'export/data/客户' })).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<export xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n<data>\n<客户><a>x</a></客户>\n</data>\n</export>\n',
    );
    expect(roundTrip('xml', [], { record: 'export/data/customer' })).toEqual([]);
  });
});

describe('what a format cannot hold is an error that names record and field, and no data', () => {
  const secret = 'Geheim';
  const deep = (levels: number, wrap: (inner: SourceValue) => SourceValue): SourceValue =>
    Array.from({ length: levels }).reduce<SourceValue>((inner) => wrap(inner), 'x');

  test.each<[Format, string, SourceRecord, string]>([
    ['csv', 'U+0000', { a: `${secret}\0` }, '"a" has U+0000 or half a surrogate pair, which no text can hold'],
    [
      'csv',
      'half a surrogate pair',
      { b: '\uD83D' },
      '"b" has U+0000 or half a surrogate pair, which no text can hold',
    ],
    [
      'json',
      'U+0000',
      { a: { b: ['x', '\0'] } },
      '"a.b[1]" has U+0000 or half a surrogate pair, which no text can hold',
    ],
    [
      'ndjson',
      'half a surrogate pair in a name',
      { 'x\uDE00': '1' },
      '"x\\ude00" has U+0000 or half a surrogate pair, which no text can hold',
    ],
    ['json', 'a forbidden name', { a: { constructor: 'x' } }, '"a.constructor" is a name that readers refuse'],
    ['json', 'too many levels', { a: deep(64, (x) => [x]) }, `"a${'[0]'.repeat(63)}" is nested deeper than 64 levels`],
    ['xml', 'a control character', { a: `${secret}\u0001` }, '"a" has a character that XML 1.0 cannot hold'],
    ['xml', 'U+FFFE in an attribute', { a: { '@b': '\uFFFE' } }, '"a.@b" has a character that XML 1.0 cannot hold'],
    [
      'xml',
      'half a surrogate pair',
      { a: '\uDE00' },
      '"a" has U+0000 or half a surrogate pair, which no text can hold',
    ],
    ['xml', 'a name with a space', { 'postal code': secret }, '"postal code" is no XML name'],
    ['xml', 'a name that begins with a digit', { a: { '1': secret } }, '"a.1" is no XML name'],
    ['xml', 'a name with a prefix', { 'x:y': secret }, '"x:y" is no XML name'],
    ['xml', 'an empty name', { '': secret }, '"" is no XML name'],
    ['xml', 'a name that is forbidden', { prototype: secret }, '"prototype" is a name that readers refuse'],
    ['xml', 'a namespace', { '@xmlns': secret }, '"@xmlns" would declare a namespace'],
    ['xml', 'a list in a list', { a: [['x'], ['y']] }, '"a[0]" is a list in a list'],
    ['xml', 'an attribute that is null', { '@a': null }, '"@a" has to be text in XML'],
    [
      'xml',
      'too many levels',
      { a: deep(64, (x) => ({ a: x })) },
      `"${'a.'.repeat(63)}a" is nested deeper than 64 elements`,
    ],
  ])('%s: %s', (format, _title, record, problem) => {
    const write = (name: string | null) => () =>
      textOf(format, [{ a: 'x' }, { id: 'K-7', ...record }], { record: format === 'xml' ? 'r/e' : '', name });
    expect(problemOf(write(null))).toBe(
      `format.unwritable: record number 2 cannot be written as ${format}: ${problem}`,
    );
    expect(problemOf(write('id'))).toBe(`format.unwritable: record K-7 cannot be written as ${format}: ${problem}`);
    expect(problemOf(write('id'))).not.toContain(secret);
  });

  test.each<[Format, Changes, string]>([
    ['csv', { csv: { columns: [] } }, '"" is no column: there has to be one'],
    ['csv', { csv: { columns: ['a', ''] } }, '"" is no name for a column'],
    ['csv', { csv: { columns: ['a', 'a'] } }, '"a" is the name of two columns'],
    ['csv', { csv: { columns: [' a'] } }, '" a" has white space around it'],
    ['csv', { csv: { columns: ['\uFEFFa'] } }, '"\uFEFFa" has white space around it'],
    ['csv', { csv: { columns: ['__proto__'] } }, '"__proto__" is a name that readers refuse'],
    ['csv', { csv: { columns: ['a,b'], quote: '' } }, '"a,b" needs quotes, and the dialect has none'],
    ['xml', { record: 'account' }, '"account" is no path of records: expected one such as accounts/account'],
    ['xml', { record: '' }, '"" is no path of records: expected one such as accounts/account'],
    ['xml', { record: 'a b/c' }, '"a b" is no XML name'],
    [
      'json',
      { record: Array.from({ length: 64 }, () => 'a').join('.') },
      `"${'a.'.repeat(63)}a" is a path of more than 64 levels`,
    ],
  ])('%s: the layout %j', (format, changes, problem) => {
    expect(problemOf(() => writers[format](layoutOf(changes)))).toBe(
      `format.unwritable: the layout cannot be written as ${format}: ${problem}`,
    );
  });

  test.each([
    ['a delimiter', { a: 'x,y' }],
    ['a line end', { a: 'x\ny' }],
  ])('without quotes CSV cannot hold %s', (_title, record) => {
    expect(problemOf(() => textOf('csv', [record], { csv: { quote: '' } }))).toContain(
      '"a" needs quotes, and the dialect has none',
    );
  });

  test('nor a blank line or a comment', () => {
    const changes = { csv: { quote: '', comment: '#', columns: ['a'] } };
    expect(problemOf(() => textOf('csv', [{ a: '' }], changes))).toContain('"a" needs quotes');
    expect(problemOf(() => textOf('csv', [{ a: '#x' }], changes))).toContain('"a" needs quotes');
    const clash = { csv: { comment: '"', columns: ['a'] } };
    expect(problemOf(() => textOf('csv', [{ a: 'x"' }], clash))).toContain('begins as comments do');
  });

  test('after an error the writer goes on as if the call had not been', () => {
    const writer = writers.json(layoutOf());
    const parts = [writer.begin(), writer.write([{ a: '1' }])];
    expect(problemOf(() => writer.write([{ a: '2' }, { a: '\0' }]))).toContain('record number 3');
    parts.push(writer.write([{ a: '3' }]), writer.end());
    expect(JSON.parse(Buffer.concat(parts).toString())).toEqual([{ a: '1' }, { a: '3' }]);
  });
});
