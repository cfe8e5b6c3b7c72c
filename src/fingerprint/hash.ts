// 64-bit hashes of raw records and source keys (xxHash64).

import createXxHash from 'xxhash-wasm';

export interface Hasher {
  /** Of a record's raw bytes. */
  fingerprint(bytes: Uint8Array): bigint;
  /** Of a source key. The low three bits are zero: entries keep their flags there. */
  keyHash(key: string): bigint;
}

export const FLAG_BITS = 3n;

export async function createHasher(): Promise<Hasher> {
  const { h64, h64Raw } = await createXxHash();
  return {
    fingerprint: (bytes) => h64Raw(bytes),
    keyHash: (key) => (h64(key) >> FLAG_BITS) << FLAG_BITS,
  };
}

/** As PostgreSQL keeps it: signed. */
export function toBigint(hash: bigint): bigint {
  return BigInt.asIntN(64, hash);
}
