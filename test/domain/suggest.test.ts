import { expect, test } from 'vitest';

import { editDistance, nearest } from '../../src/domain/suggest.ts';

test.each([
  ['', '', 0],
  ['abc', '', 3],
  ['', 'abc', 3],
  ['name', 'nmae', 1],
  ['name', 'names', 1],
  ['kitten', 'sitting', 3],
  ['ca', 'abc', 3],
])('from %j to %j it is %i edits', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
});

test.each([
  ['externl_id', ['name', 'external_id'], 'external_id'],
  ['Name', ['name', 'names'], 'name'],
  ['erp', ['crm', 'oa'], undefined],
  ['ep', ['erp', 'crm'], 'erp'],
  ['customer_number', ['customer_num'], 'customer_num'],
  ['street', ['city'], undefined],
  ['x', [], undefined],
])('for %j of %j the likeliest is %j', (name, candidates, expected) => {
  expect(nearest(name, candidates)).toBe(expected);
});
