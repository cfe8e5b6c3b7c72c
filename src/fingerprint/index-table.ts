// The fingerprints of the last delivered read, in memory: an open-addressing table over two typed arrays.

import { INDEX_BYTES, type KeyEntry } from './entries.ts';

const FLAGS = 7n;
const LOAD = 0.6;

export class FingerprintTable {
  readonly #fingerprints: BigUint64Array;
  readonly #keys: BigUint64Array;
  readonly #mask: bigint;
  readonly #revoked: ReadonlySet<bigint>;

  /**
   * @param entries how many may be added
   * @param revoked key hashes whose claim was changed by another way since
   */
  constructor(entries: number, revoked: ReadonlySet<bigint>) {
    const size = 2 ** Math.max(4, Math.ceil(Math.log2(entries / LOAD + 1)));
    this.#fingerprints = new BigUint64Array(size);
    this.#keys = new BigUint64Array(size);
    this.#mask = BigInt(size - 1);
    this.#revoked = revoked;
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

  /** @param part packed index entries, 16 bytes each */
  add(part: Buffer): void {
    for (let at = 0; at < part.length; at += INDEX_BYTES) {
      const fingerprint = part.readBigUInt64LE(at);
      const keyed = part.readBigUInt64LE(at + 8);
      if (fingerprint === 0n || this.#revoked.has(keyed & ~FLAGS)) continue; // zero marks a free slot: such a record is read again
      let slot = Number(fingerprint & this.#mask);
      while (this.#fingerprints[slot] !== 0n) slot = (slot + 1) & Number(this.#mask);
      this.#fingerprints[slot] = fingerprint;
      this.#keys[slot] = keyed;
    }
  }
}
