import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunksOf, groupBy } from '../../src/domain/collections.ts';

test('groups hold every item once, in order, under its key, in order of first appearance', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (items) => {
      const groups = groupBy(items, (item) => item % 5);
      expect([...groups.keys()]).toEqual([...new Set(items.map((item) => item % 5))]);
      for (const [key, group] of groups) expect(group).toEqual(items.filter((item) => item % 5 === key));
    }),
  );
});

test('chunks put together are the list; all but the last are full', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 7 }), (items, size) => {
      const chunks = [...chunksOf(items, size)];
      expect(chunks.flat()).toEqual(items);
      expect(chunks.slice(0, -1).every((chunk) => chunk.length === size)).toBe(true);
      expect(chunks.every((chunk) => chunk.length > 0 && chunk.length <= size)).toBe(true);
    }),
  );
});
