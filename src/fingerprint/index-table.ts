// The fingerprints of the last delivered read, in memory: an open-addressing table of four words a slot, as an index has
// them. Hashes are looked at in halves: a bigint for each record would be garbage.

import { FLAG_MASK, flagOf, INDEX_WORDS, type KeyEntry, wordsOf } from './entries.ts';

const LOAD = 0.6;
/** No slot: the record is unknown. */
export const UNKNOWN = -1;

export class FingerprintTable {
  /** Low and high word of the fingerprint, of the key hash with flags. */
  readonly words: Uint32Array;
  readonly #mask: number;
  readonly #revoked: ReadonlySet<bigint>;
  readonly #hash = new BigUint64Array(1);
  readonly #halves = new Uint32Array(this.#hash.buffer);

  /**
   * @param entries how many may be added
   * @param revoked key hashes whose claim was changed by another way since
   */
  constructor(entries: number, revoked: ReadonlySet<bigint>) {
    const size = 2 ** Math.max(4, Math.ceil(Math.log2(entries / LOAD + 1)));
    this.words = new Uint32Array(size * INDEX_WORDS);
    this.#mask = size - 1;
    this.#revoked = revoked;
  }

  /** Where the words of a raw record stand, or `UNKNOWN`. */
  locate(fingerprint: bigint): number {
    this.#hash[0] = fingerprint;
    const { words } = this;
    const [low, high] = [this.#halves[0] ?? 0, this.#halves[1] ?? 0];
    for (let slot = low & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * INDEX_WORDS;
      if (words[at] === low && words[at + 1] === high) return low === 0 && high === 0 ? UNKNOWN : at;
      if (words[at] === 0 && words[at + 1] === 0) return UNKNOWN;
    }
  }

  /** The key hash with its flag, or undefined for an unknown record. */
  find(fingerprint: bigint): Pick<KeyEntry, 'keyHash' | 'flag'> | undefined {
    const at = this.locate(fingerprint);
    if (at === UNKNOWN) return undefined;
    return { keyHash: this.#keyHashAt(this.words, at), flag: BigInt(flagOf(this.words, at)) };
  }

  /** @param part packed index entries, 16 bytes each */
  add(part: Buffer): void {
    const { words } = this;
    const entries = wordsOf(part);
    for (let from = 0; from < entries.length; from += INDEX_WORDS) {
      const [low, high] = [entries[from] ?? 0, entries[from + 1] ?? 0];
      // Zero marks a free slot: such a record is read again.
      if ((low === 0 && high === 0) || this.#isRevoked(entries, from)) continue;
      let slot = low & this.#mask;
      while (words[slot * INDEX_WORDS] !== 0 || words[slot * INDEX_WORDS + 1] !== 0) slot = (slot + 1) & this.#mask;
      for (let word = 0; word < INDEX_WORDS; word++) words[slot * INDEX_WORDS + word] = entries[from + word] ?? 0;
    }
  }

  #isRevoked(entries: Uint32Array, at: number): boolean {
    return this.#revoked.size > 0 && this.#revoked.has(this.#keyHashAt(entries, at));
  }

  #keyHashAt(words: Uint32Array, at: number): bigint {
    this.#halves[0] = (words[at + 2] ?? 0) & ~FLAG_MASK;
    this.#halves[1] = words[at + 3] ?? 0;
    return this.#hash[0] ?? 0n;
  }
}
