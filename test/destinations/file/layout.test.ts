import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FileLayout, fromFile, fromTable, layoutOf } from '../../../src/destinations/file/layout.ts';
import { settingsSchema } from '../../../src/destinations/file/settings.ts';
import type { FieldType, Format } from '../../../src/domain/definition.ts';
import { SyncError } from '../../../src/domain/errors.ts';
import { canonicalise } from '../../../src/domain/field-types.ts';
import type { SourceRecord, Value } from '../../../src/domain/values.ts';
import { decodeAll } from '../../formats/support.ts';
import { fieldOf, objectOf } from '../../merge/support.ts';

const TYPES: readonly FieldType[] = ['text', 'email', 'integer', 'decimal', 'boolean', 'date', 'datetime'];
const FORMATS: readonly Format[] = ['csv', 'json', 'ndjson', 'xml'];

const settingsOf = (more: object = {}): ReturnType<typeof settingsSchema.parse> =>
  settingsSchema.parse({ path: 'out', ...more });

const object = objectOf({
  ...Object.fromEntries(TYPES.map((type) => [type, fieldOf({ column: `${type}_column`, type })])),
  tags: fieldOf({ column: 'tags', resolve: { kind: 'union' } }),
});

function readBack(layout: FileLayout, record: SourceRecord): SourceRecord {
  const writer = layout.createWriter();
  const bytes = Buffer.concat([writer.begin(), writer.write([record]), writer.end()]);
  const [decoded] = decodeAll(layout.stream, bytes);
  if (decoded === undefined || !decoded.ok) throw new Error(decoded?.message ?? 'no record');
  return decoded.record;
}

const text = fc.string({
  unit: fc.constantFrom('a', ' ', ',', '"', '\n', '\r', '\t', '<', '&', '=', '-', "'", '[', '{', '中', '😀'),
});
const VALUES: Readonly<Record<string, fc.Arbitrary<Value>>> = {
  text,
  email: text,
  integer: fc.bigInt().map(String),
  decimal: fc
    .constantFrom('0', '-0.5', '12345678901234567890.12345', '1e3')
    .filter((value) => canonicalise('decimal', value).ok),
  boolean: fc.boolean(),
  date: fc.constantFrom('2024-02-29', '0001-01-01'),
  datetime: fc.constantFrom('2024-01-01T08:00:00.123Z'),
  tags: fc.array(
    text.filter((item) => /[^ \t\r\n]/.test(item)),
    { maxLength: 3 },
  ),
};

describe('a value of the table is read back from the file as it was', () => {
  const row = fc.record(Object.fromEntries(Object.entries(VALUES).map(([field, value]) => [field, fc.option(value)])));

  test.each(FORMATS)('in %s', (format) => {
    fc.assert(
      fc.property(row, fc.boolean(), (values, neutralise) => {
        const settings = settingsOf({ format, neutralise_formulas: neutralise });
        const layout = layoutOf(object, settings);
        const cells = layout.columns.map(({ name, field }) => [name, values[field ?? ''] ?? null]);
        const record = readBack(layout, { id: '7', ...Object.fromEntries(cells) });
        expect(record['id']).toBe('7');
        for (const column of layout.columns) {
          const made = fromFile(column, { record, settings });
          expect(made?.ok === false ? made : (made?.value ?? null)).toEqual(
            seen(format, values[column.field ?? ''] ?? null),
          );
        }
      }),
      { numRuns: 200 },
    );
  });

  /** Empty text and null are one, but in JSON; white space alone and empty lists are nothing in XML. */
  function seen(format: Format, value: Value): Value {
    if (format === 'json' || format === 'ndjson') return value;
    const nothing =
      format === 'xml' ? (typeof value === 'string' && /^[ \t\r\n]*$/.test(value)) || isEmptyList(value) : value === '';
    return nothing ? null : value;
  }

  function isEmptyList(value: Value): boolean {
    return Array.isArray(value) && value.length === 0;
  }
});

describe('what PostgreSQL says becomes canonical', () => {
  test.each<[FieldType, string | null, Value]>([
    ['text', ' a ', ' a '],
    ['decimal', '0010.50', '10.5'],
    ['boolean', 't', true],
    ['datetime', '2024-01-01 08:00:00.123+00', '2024-01-01T08:00:00.123Z'],
    ['date', null, null],
  ])('%s %j', (type, stored, value) => {
    expect(fromTable({ type, list: false }, stored)).toEqual(value);
  });

  test('a list', () => {
    expect(fromTable({ type: 'text', list: true }, '["a", null]')).toEqual(['a', null]);
  });
});

describe('what is no value of a column is said', () => {
  const settings = settingsOf();
  const { columns } = layoutOf(object, settings);

  test.each<[string, SourceRecord, string]>([
    ['date', { date_column: '2024/02/29' }, 'is not a date (YYYY-MM-DD)'],
    ['decimal', { decimal_column: '1,5' }, 'is not a decimal number'],
    ['boolean', { boolean_column: 'yes' }, 'is neither true nor false'],
    ['tags', { tags: 'a, b' }, 'is not a list in JSON'],
    ['tags', { tags: '["a", {}]' }, 'is not a list in JSON'],
    ['text', { text_column: ['a'] }, 'is not one value'],
  ])('%s %j', (field, record, message) => {
    const column = columns.find((one) => one.field === field);
    if (column === undefined) throw new Error('no such column');
    expect(fromFile(column, { record, settings })).toEqual({ ok: false, message });
  });

  test('a column that the file does not have says nothing', () => {
    expect(columns.map((column) => fromFile(column, { record: {}, settings }))).toEqual(columns.map(() => undefined));
  });
});

describe('a layout that cannot be is destination.schema', () => {
  test.each<[string, object, object, string]>([
    [
      'a table that is not declared',
      {},
      { tables: { other: {} } },
      'there is no table account; there are other (object account)',
    ],
    [
      'a column that is not declared',
      {},
      { tables: { account: { columns: { text_column: {} } } } },
      'account has no column email_column',
    ],
    [
      'a smallest number of a column without numbers',
      { fields: { text: fieldOf({ column: 'text' }) } },
      { tables: { account: { columns: { text: { min: 0 } } } } },
      'the column text has a `min`, but no numbers',
    ],
    ['a table whose name is a path', { table: '../account' }, {}, '../account.csv is no name of a file; set `file`'],
    ['a hidden file', { table: '.account' }, {}, '.account.csv is no name of a file; set `file`'],
    ['a name that is none in XML', { id: 'the id' }, { format: 'xml' }, '"the id" is no XML name'],
    [
      'an attribute that may be empty',
      { fields: { text: fieldOf({ column: '@text' }) } },
      { format: 'xml' },
      '"@text" has to be text in XML',
    ],
    ['two columns of one name', { id: 'tags' }, {}, '"tags" is the name of two columns'],
  ])('%s', (_title, change, settings, message) => {
    const make = (): FileLayout => layoutOf({ ...object, ...change }, settingsOf(settings));
    expect(make).toThrow(SyncError);
    expect(make).toThrow(message);
  });

  test('the id may be an attribute', () => {
    const layout = layoutOf({ ...object, id: '@id' }, settingsOf({ format: 'xml' }));
    expect(
      layout
        .createWriter()
        .write([{ '@id': '7' }])
        .toString(),
    ).toBe('<account id="7"/>\n');
  });

  test.each(['a/b.csv', '..', '.hidden', 'a\\b', ''])('a file may not be named %j', (file) => {
    expect(settingsSchema.safeParse({ path: 'out', tables: { account: { file } } }).success).toBe(false);
  });
});
