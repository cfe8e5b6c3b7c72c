// The fingerprints of the last delivered read, in memory: an open-addressing table over two typed arrays.

import { INDEX_BYTES, type KeyEntry } from './entries.ts';

const FLAGS = 7n;
const LOAD = 0.6;

export class FingerprintTable {
  readonly #fingerprints: BigUint64Array;
  readonly #keys: BigUint64Array;
  readonly #mask: bigint;

  /**
   * @param parts packed index entries, 16 bytes each
   * @param revoked key hashes whose claim was changed by another way since
   */
  constructor(parts: readonly Buffer[], revoked: ReadonlySet<bigint>) {
    const count = parts.reduce((sum, part) => sum + part.length / INDEX_BYTES, 0);
    const size = 2 ** Math.max(4, Math.ceil(Math.log2(count / LOAD + 1)));
    this.#fingerprints = new BigUint64Array(size);
    this.#keys = new BigUint64Array(size);
    this.#mask = BigInt(size - 1);
    for (const part of parts) this.#insertAll(part, revoked);
  }

  /** The key hash with its flag, or undefined for an unknown record. */
  find(fingerprint: bigint): Pick<KeyEntry, 'keyHash' | 'flag'> | undefined {
    for (let slot = Number(fingerprint & this.#mask); ; slot = (slot + 1) & Number(this.#mask)) {
      const stored = this.#fingerprints[slot] ?? 0n;
      if (stored === 0n) return undefined;
      if (stored === fingerprint) {
        const keyed = this.#keys[slot] ?? 0n;
        return { keyHash: keyed & ~FLAGS, flag: keyed & FLAGS };
      }
    }
  }

  #insertAll(part: Buffer, revoked: ReadonlySet<bigint>): void {
    for (let at = 0; at < part.length; at += INDEX_BYTES) {
      const fingerprint = part.readBigUInt64LE(at);
      const keyed = part.readBigUInt64LE(at + 8);
      if (fingerprint === 0n || revoked.has(keyed & ~FLAGS)) continue; // zero marks a free slot: such a record is read again
      let slot = Number(fingerprint & this.#mask);
      while (this.#fingerprints[slot] !== 0n) slot = (slot + 1) & Number(this.#mask);
      this.#fingerprints[slot] = fingerprint;
      this.#keys[slot] = keyed;
    }
  }
}
