import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinKey, joinPrefix, keyPrefix } from '../../src/domain/keys.ts';

test.each<[readonly string[], string]>([
  [['SO-7'], 'SO-7'],
  [['a/b~c'], 'a/b~c'],
  [['SO-7', '1'], 'SO-7/1'],
  [['a/b', 'c'], 'a~1b/c'],
  [['a', 'b/c'], 'a/b~1c'],
  [['a~1b', 'c'], 'a~01b/c'],
  [['东', '西', '南'], '东/西/南'],
])('%j make the key %s', (parts, key) => {
  expect(joinKey(parts)).toBe(key);
});

const part = fc.string({ unit: fc.constantFrom('/', '~', '0', '1', 'a'), minLength: 1, maxLength: 6 });

test('no two lists of parts make one key', () => {
  const parts = fc.integer({ min: 1, max: 3 }).chain((length) => {
    const list = fc.array(part, { minLength: length, maxLength: length });
    return fc.tuple(list, list);
  });
  fc.assert(
    fc.property(parts, ([a, b]) => {
      expect(joinKey(a) === joinKey(b)).toBe(a.join('\n') === b.join('\n'));
    }),
  );
});

test('the prefix of a key is that of its first parts', () => {
  fc.assert(
    fc.property(fc.array(part, { minLength: 2, maxLength: 4 }), fc.nat(), (parts, seed) => {
      const count = 1 + (seed % (parts.length - 1));
      expect(keyPrefix(joinKey(parts), count)).toBe(joinPrefix(parts.slice(0, count)));
    }),
  );
});
