// Which of many hashes occur more than once, in eight bytes each.

export class HashList {
  #hashes = new BigUint64Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(hash: bigint): void {
    if (this.#length === this.#hashes.length) {
      const larger = new BigUint64Array(this.#length * 2);
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    this.#hashes[this.#length] = hash;
    this.#length += 1;
  }

  /** In order, each once. */
  sorted(): SortedHashes {
    return new SortedHashes(this.#ordered().filter((hash, at, all) => at === 0 || all[at - 1] !== hash));
  }

  /** Those that were added more than once, in order, each once. */
  repeated(): SortedHashes {
    return new SortedHashes(
      this.#ordered().filter((hash, at, all) => all[at - 1] === hash && (at < 2 || all[at - 2] !== hash)),
    );
  }

  #ordered(): BigUint64Array {
    // In place: a copy would double the memory.
    // oxlint-disable-next-line unicorn/no-array-sort
    return this.#hashes.subarray(0, this.#length).sort();
  }
}

export class SortedHashes {
  readonly #hashes: BigUint64Array;

  constructor(hashes: BigUint64Array) {
    this.#hashes = hashes;
  }

  get length(): number {
    return this.#hashes.length;
  }

  has(hash: bigint): boolean {
    let low = 0;
    let high = this.#hashes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const found = this.#hashes[middle] ?? 0n;
      if (found === hash) return true;
      if (found < hash) low = middle + 1;
      else high = middle;
    }
    return false;
  }
}
