import { expect, test } from 'vitest';
import { createHasher, toBigint } from '../../src/fingerprint/hash.ts';

test('hashes are xxHash64: the same for ever, on every machine', async () => {
  const hasher = await createHasher();
  expect(hasher.fingerprint(Buffer.from('abc'))).toBe(0x44bc2cf5ad770999n);
  expect(hasher.fingerprint(Buffer.alloc(0))).toBe(0xef46db3751d8e999n);
  expect(hasher.keyHash('abc')).toBe(0x44bc2cf5ad770998n);
});

test('a key hash leaves room for its flags; PostgreSQL keeps it signed and gives it back', async () => {
  const hasher = await createHasher();
  for (let key = 0; key < 200; key++) {
    const hash = hasher.keyHash(`C-${key}`);
    expect(hash & 7n).toBe(0n);
    expect(toBigint(hash)).toBeGreaterThanOrEqual(-(2n ** 63n));
    expect(BigInt.asUintN(64, toBigint(hash))).toBe(hash);
  }
});
