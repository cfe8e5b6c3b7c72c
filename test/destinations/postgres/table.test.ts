import { describe, expect, test } from 'vitest';
import type { FieldType } from '../../../src/domain/definition.ts';
import type { Value } from '../../../src/domain/values.ts';
import {
  type Column,
  keyExpression,
  selectList,
  type Table,
  toFields,
  toText,
} from '../../../src/destinations/postgres/table.ts';
import { fieldOf, objectOf } from '../../merge/support.ts';

function column(type: string, name = 'x'): Column {
  return { name, sql: `"${name}"`, type, default: null };
}

describe('a value as COPY and casts take it', () => {
  test.each<readonly [string, Value, string | null]>([
    ['text', 'a\t"b"\\', 'a\t"b"\\'],
    ['text', '', ''],
    ['text', null, null],
    ['boolean', true, 'true'],
    ['numeric(12,2)', '10.5', '10.5'],
    ['text[]', [], '{}'],
    [
      'text[]',
      ['a', '', null, 'say "x"', 'back\\slash', 'a,b'],
      String.raw`{"a","",NULL,"say \"x\"","back\\slash","a,b"}`,
    ],
    ['text[]', ['NULL'], '{"NULL"}'],
    ['jsonb', ['a', null], '["a",null]'],
    ['text', ['a'], '["a"]'],
  ])('%s: %j', (type, value, text) => {
    expect(toText(column(type), value)).toBe(text);
  });
});

const read = (type: FieldType, columnType: string, text: string | null): Value | undefined => {
  const table: Table = { sql: '"t"', id: column('bigint', 'id'), newId: null, columns: { x: column(columnType) } };
  return toFields(objectOf({ x: fieldOf({ type }) }), table, { id: '1', f0: text })['x'];
};

describe('a row as canonical fields', () => {
  test.each<readonly [FieldType, string, string | null, Value]>([
    ['decimal', 'numeric(12,2)', '10.50', '10.5'],
    ['integer', 'bigint', '9007199254740993', '9007199254740993'],
    ['boolean', 'boolean', 'true', true],
    ['date', 'date', '2024-02-29', '2024-02-29'],
    ['datetime', 'timestamp with time zone', '2024-01-01 08:00:00+00', '2024-01-01T08:00:00.000Z'],
    ['text', 'text', '', ''],
    ['text', 'text', null, null],
    ['text', 'text[]', '["a", null]', ['a', null]],
    ['decimal', 'text', 'unknown', 'unknown'],
    ['datetime', 'timestamp with time zone', 'infinity', 'infinity'],
  ])('%s from %s: %j', (type, columnType, text, value) => {
    expect(read(type, columnType, text)).toEqual(value);
  });
});

test('columns are read as text in the order of the fields; timestamps without a zone as UTC, arrays as JSON', () => {
  const columns = {
    name: column('text', 'name'),
    at: column('timestamp without time zone', 'at'),
    tags: column('text[]', 'tags'),
  };
  const list = selectList({ sql: '"t"', id: column('bigint', 'id'), newId: null, columns });
  expect(list).toContain(
    '"id"::text as id, "name"::text as f0, ("at" at time zone \'UTC\')::text as f1, array_to_json("tags"',
  );
});

test.each<readonly [FieldType, string, string]>([
  ['email', 'text', 'lower('],
  ['phone', 'text', 'regexp_replace('],
  ['text', 'character varying(20)', 'btrim('],
  ['integer', 'bigint', '::text'],
])('a match key of type %s in a %s column is normalised by the CRM', (type, columnType, part) => {
  expect(keyExpression(type, false, column(columnType))).toContain(part);
});
