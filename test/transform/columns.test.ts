import { expect, test } from 'vitest';
import { missingColumns } from '../../src/transform/columns.ts';
import { field, from, sync } from './support.ts';

test.each<readonly [string, readonly string[], readonly string[]]>([
  ['nothing, where every path begins with a column', ['id', 'at', 'name', 'city'], []],
  ['the key and the version', ['name', 'city'], ['id', 'at']],
  ['a mapped column', ['id', 'at', 'city'], ['name or title']],
  ['nothing, where a fallback is there', ['id', 'at', 'title', 'city'], []],
  ['the first name of a path', ['id', 'at', 'name', 'town'], ['city.code']],
])('a header lacks %s', (_what, columns, missing) => {
  const map = { name: from('name', 'title'), city: from('city.code'), kind: field({ value: 'x' }) };
  expect(missingColumns(sync({ map, stream: { key: ['id'], version: 'at' } }), columns)).toEqual(missing);
});

test.each<readonly [string, readonly string[]]>([
  ['record.amount', ['amount']],
  ['record["unit price"] + record.amount', ['unit price', 'amount']],
  ['record["a.b"]', ['"a.b"']],
  ['has(record.amount) ? record.amount : record.total', ['total']],
  ['record.?amount.orValue("0") + record[?"total"].orValue("0")', []],
  ['record.parts.exists(part, part.amount == record.amount)', ['parts', 'amount']],
  ['trim(record.amount)', ['amount']],
  ['stream.amount', []],
])('%s needs the columns %j', (cel, missing) => {
  expect(missingColumns(sync({ map: { a: field({ cel }) } }), ['id'])).toEqual(missing);
  expect(missingColumns(sync({ map: { a: field({ value: 'x', when: `${cel} == null` }) } }), ['id'])).toEqual(missing);
});
