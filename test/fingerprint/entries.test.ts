import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ACCEPTED,
  countEntries,
  ENTRY_BYTES,
  EntryWriter,
  FILTERED,
  forEachEntry,
  GROUP,
  type KeyEntry,
  partOf,
  QUARANTINED,
  readEntry,
  UNREADABLE,
} from '../../src/fingerprint/entries.ts';

const keyHash = fc.bigInt({ min: 0n, max: 2n ** 61n - 1n }).map((bits) => bits << 3n);
const entry: fc.Arbitrary<KeyEntry> = fc.record({
  fingerprint: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  keyHash,
  flag: fc.constantFrom(ACCEPTED, QUARANTINED, UNREADABLE, GROUP, FILTERED),
  position: fc.integer({ min: 0, max: 2 ** 50 + 2 ** 20 }),
});

function pack(entries: readonly KeyEntry[]): Buffer {
  const writer = new EntryWriter();
  for (const one of entries) writer.add(one);
  return writer.finish();
}

describe('packed entries', () => {
  test('come back as they were written, however many', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 700, size: 'max' }), (entries) => {
        const packed = Buffer.from(pack(entries));
        expect(packed.length).toBe(entries.length * ENTRY_BYTES);
        expect(countEntries(packed)).toBe(entries.length);
        expect(entries.map((_entry, index) => readEntry(packed, index))).toEqual(entries);
      }),
      { numRuns: 50 },
    );
  });

  test('every entry falls into exactly one part, with its place', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (entries, of) => {
        const packed = pack(entries);
        const found: [number, KeyEntry][] = [];
        for (let number = 0; number < of; number++) {
          forEachEntry(packed, { number, of }, (one, index) => {
            expect(partOf(one.keyHash, of)).toBe(number);
            found.push([index, one]);
          });
        }
        expect(found.toSorted(([a], [b]) => a - b)).toEqual([...entries.entries()]);
      }),
    );
  });

  test('one part asks for no arithmetic; more parts share evenly', () => {
    expect(partOf(2n ** 64n - 8n, 1)).toBe(0);
    const parts = Array.from({ length: 3000 }, (_none, index) => partOf(BigInt(index) << 32n, 3));
    expect([0, 1, 2].map((part) => parts.filter((one) => one === part).length)).toEqual([1000, 1000, 1000]);
  });
});
