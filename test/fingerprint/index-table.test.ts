import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { INDEX_BYTES } from '../../src/fingerprint/entries.ts';
import { tableOf } from './support.ts';

interface Indexed {
  readonly fingerprint: bigint;
  readonly keyHash: bigint;
  readonly flag: bigint;
}

/** Many end in the same bits, so that their slots collide; some occur twice; zero is the free slot's mark. */
const fingerprint = fc.oneof(
  fc
    .tuple(fc.bigInt({ min: 0n, max: 6n }), fc.constantFrom(0n, 1n, 15n, 63n))
    .map(([high, low]) => (high << 32n) | low),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(0n, 1n, 2n ** 64n - 1n),
);
const keyHash = fc.integer({ min: 0, max: 8 }).map((key) => BigInt(key) << 3n);
const entries: fc.Arbitrary<readonly Indexed[]> = fc.array(
  fc.record({ fingerprint, keyHash, flag: fc.constantFrom(0n, 1n, 2n, 3n, 4n) }),
  { maxLength: 80, size: 'max' },
);

function pack(part: readonly Indexed[]): Buffer {
  const bytes = Buffer.alloc(part.length * INDEX_BYTES);
  for (const [index, one] of part.entries()) {
    bytes.writeBigUInt64LE(one.fingerprint, index * INDEX_BYTES);
    bytes.writeBigUInt64LE(one.keyHash | one.flag, index * INDEX_BYTES + 8);
  }
  return bytes;
}

test('the table finds what a map would find: the first entry of a fingerprint whose key is not revoked', () => {
  fc.assert(
    fc.property(
      fc.array(entries, { maxLength: 3 }),
      fc.uniqueArray(keyHash),
      fingerprint,
      (parts, revoked, unknown) => {
        const gone = new Set(revoked);
        const table = tableOf(parts.map(pack), gone);
        const map = new Map<bigint, { readonly keyHash: bigint; readonly flag: bigint }>();
        for (const { fingerprint: key, ...value } of parts.flat()) {
          if (key !== 0n && !gone.has(value.keyHash) && !map.has(key)) map.set(key, value);
        }
        for (const key of [0n, unknown, ...parts.flat().map((one) => one.fingerprint)])
          expect(table.find(key)).toEqual(map.get(key));
      },
    ),
    { numRuns: 300 },
  );
});

test('an empty table knows nothing', () => {
  expect(tableOf([]).find(5n)).toBeUndefined();
});

test('full tables of any size end every search', () => {
  for (const count of [1, 9, 10, 19, 20, 1000]) {
    const all = Array.from({ length: count }, (_none, index) => ({
      fingerprint: BigInt(index + 1) << 40n,
      keyHash: 4n,
      flag: 0n,
    }));
    const table = tableOf([pack(all)]);
    expect(all.every((one) => table.find(one.fingerprint) !== undefined)).toBe(true);
    expect(table.find(1n << 39n)).toBeUndefined();
  }
});
