// Which key hashes occur, and which more than once: an open-addressing table over typed arrays, 9 bytes a slot.

import { FLAG_MASK } from './entries.ts';

const LOAD = 0.6;
const ONCE = 1;
const REPEATED = 2;

export class KeyCounter {
  #halves: Uint32Array;
  #seen: Uint8Array;
  /** Different key hashes. */
  size = 0;
  /** Those that occur more than once. */
  repeated = 0;

  /** @param expected about how many there will be */
  constructor(expected: number) {
    const slots = 2 ** Math.max(4, Math.ceil(Math.log2(expected / LOAD + 1)));
    this.#halves = new Uint32Array(slots * 2);
    this.#seen = new Uint8Array(slots);
  }

  /** Counts the key hash whose words stand at `at`; its flags count for nothing. @returns whether it was there before */
  add(words: Uint32Array, at: number): boolean {
    if (this.size > this.#seen.length * LOAD) this.#grow();
    const slot = this.#slotAt(words, at);
    const before = this.#seen[slot];
    if (before === 0) {
      this.#put(slot, { low: lowAt(words, at), high: words[at + 1] ?? 0, seen: ONCE });
      this.size++;
      return false;
    }
    if (before === ONCE) this.repeated++;
    this.#seen[slot] = REPEATED;
    return true;
  }

  isRepeated(words: Uint32Array, at: number): boolean {
    return this.#seen[this.#slotAt(words, at)] === REPEATED;
  }

  hasAt(words: Uint32Array, at: number): boolean {
    return this.#seen[this.#slotAt(words, at)] !== 0;
  }

  has(keyHash: bigint): boolean {
    return this.#seen[this.#slotOf(Number(keyHash & 0xffff_ffffn), Number(keyHash >> 32n))] !== 0;
  }

  #slotAt(words: Uint32Array, at: number): number {
    return this.#slotOf(lowAt(words, at), words[at + 1] ?? 0);
  }

  /** Where the key hash is, or the free slot where it would be. */
  #slotOf(low: number, high: number): number {
    const mask = this.#seen.length - 1;
    // The lowest bits are flags, and hashes of one part may agree in the high ones.
    for (let slot = ((low >>> 3) ^ high) & mask; ; slot = (slot + 1) & mask) {
      if (this.#seen[slot] === 0) return slot;
      if (this.#halves[slot * 2] === low && this.#halves[slot * 2 + 1] === high) return slot;
    }
  }

  #put(
    slot: number,
    { low, high, seen }: { readonly low: number; readonly high: number; readonly seen: number },
  ): void {
    this.#halves[slot * 2] = low;
    this.#halves[slot * 2 + 1] = high;
    this.#seen[slot] = seen;
  }

  #grow(): void {
    const [halves, all] = [this.#halves, this.#seen];
    this.#halves = new Uint32Array(halves.length * 2);
    this.#seen = new Uint8Array(all.length * 2);
    for (const [slot, seen] of all.entries()) {
      if (seen === 0) continue;
      const [low, high] = [halves[slot * 2] ?? 0, halves[slot * 2 + 1] ?? 0];
      this.#put(this.#slotOf(low, high), { low, high, seen });
    }
  }
}

/** Without flags. */
function lowAt(words: Uint32Array, at: number): number {
  return ((words[at] ?? 0) & ~FLAG_MASK) >>> 0;
}
