import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyCounter } from '../../src/fingerprint/key-counter.ts';

// Few values in each half, so that keys repeat, collide, and differ in one half only.
const half = fc.constantFrom(0, 1, 2, 3, 0x1fff_ffff);
const keys = fc.array(fc.tuple(half, half, fc.integer({ min: 0, max: 7 })), { maxLength: 200 });

test('counts as a map would, whatever the flags and however few were expected', () => {
  fc.assert(
    fc.property(keys, fc.integer({ min: 0, max: 300 }), (all, expected) => {
      const words = Uint32Array.from(all.flatMap(([low, high, flags]) => [low * 8 + flags, high]));
      const counter = new KeyCounter(expected);
      const times = new Map<bigint, number>();
      const hashOf = ([low, high]: (typeof all)[number]): bigint => (BigInt(high) << 32n) | BigInt(low * 8);
      for (const [index, one] of all.entries()) {
        const before = times.get(hashOf(one)) ?? 0;
        expect(counter.add(words, index * 2)).toBe(before > 0);
        times.set(hashOf(one), before + 1);
      }
      expect([counter.size, counter.repeated]).toEqual([
        times.size,
        [...times.values()].filter((count) => count > 1).length,
      ]);
      for (const [index, one] of all.entries())
        expect(counter.isRepeated(words, index * 2)).toBe((times.get(hashOf(one)) ?? 0) > 1);
      const absent = Uint32Array.of(48, 77);
      expect([counter.hasAt(absent, 0), counter.has((77n << 32n) | 48n)]).toEqual([false, false]);
      for (const hash of times.keys()) expect(counter.has(hash)).toBe(true);
    }),
  );
});
