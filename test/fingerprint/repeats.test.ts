import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { HashList } from '../../src/fingerprint/repeats.ts';

const few = fc.bigInt({ min: 0n, max: 5n });
const far = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });

test('what occurs more than once is found, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(few, far), { maxLength: 3000 }), (hashes) => {
      const list = new HashList();
      for (const hash of hashes) list.add(hash);
      const counts = new Map<bigint, number>();
      for (const hash of hashes) counts.set(hash, (counts.get(hash) ?? 0) + 1);
      const twice = [...counts].filter(([, count]) => count > 1).map(([hash]) => hash);
      const [sorted, repeated] = [list.sorted(), list.repeated()];
      expect([list.length, sorted.length, repeated.length]).toEqual([hashes.length, counts.size, twice.length]);
      for (const hash of counts.keys()) {
        expect([hash, sorted.has(hash), repeated.has(hash)]).toEqual([hash, true, twice.includes(hash)]);
      }
      expect(counts.has(77n) || sorted.has(77n)).toBe(counts.has(77n));
    }),
  );
});
