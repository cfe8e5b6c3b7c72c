// Packed entries: what a batch saw, what an index holds. Little-endian, fixed width, no parsing.
//
//   seen / keys of a batch   fingerprint u64 | key hash u64 with flags | position f64      24 bytes
//   index                    fingerprint u64 | key hash u64 with flags                     16 bytes

export const ENTRY_BYTES = 24;
export const INDEX_BYTES = 16;
export const INDEX_WORDS = INDEX_BYTES / 4;

/** Flags in the low bits of a key hash. */
export const ACCEPTED = 0n;
export const QUARANTINED = 1n;
/** Quarantined, and its key cannot be read: whether some key is absent is then unknown. */
export const UNREADABLE = 3n;
/** Left out by the stream's filter. */
export const FILTERED = 4n;
/** No record: where those of a raw record that holds several begin and end (`RecordGroup`). */
export const GROUP = 2n;
const FLAGS = 7n;
/** The same in the low word of a key hash. */
export const FLAG_MASK = Number(FLAGS);

export interface KeyEntry {
  readonly fingerprint: bigint;
  readonly keyHash: bigint;
  readonly flag: bigint;
  readonly position: number;
}

const ENTRY_WORDS = ENTRY_BYTES / 4;

export class EntryWriter {
  #views = new Views(256 * ENTRY_BYTES);
  #count = 0;

  add({ fingerprint, keyHash, flag, position }: KeyEntry): void {
    const { hashes, positions } = this.#room();
    const at = this.#count++ * 3;
    hashes[at] = fingerprint;
    hashes[at + 1] = flag === ACCEPTED ? keyHash : keyHash | flag;
    positions[at + 2] = position;
  }

  /** Adds what an index holds at four words of it: fingerprint, key hash with flags. */
  addWords(index: Uint32Array, from: number, position: number): void {
    const { words, positions } = this.#room();
    const at = this.#count * ENTRY_WORDS;
    for (let word = 0; word < INDEX_WORDS; word++) words[at + word] = index[from + word] ?? 0;
    positions[this.#count++ * 3 + 2] = position;
  }

  finish(): Buffer {
    return Buffer.from(this.#views.words.buffer, 0, this.#count * ENTRY_BYTES);
  }

  #room(): Views {
    const full = this.#count * ENTRY_WORDS === this.#views.words.length;
    if (full) this.#views = new Views(this.#count * ENTRY_BYTES * 2, this.#views);
    return this.#views;
  }
}

/** The same bytes as hashes, as halves of hashes, and as positions: nothing is made for each entry. */
class Views {
  readonly hashes: BigUint64Array;
  readonly words: Uint32Array;
  readonly positions: Float64Array;

  constructor(bytes: number, before?: Views) {
    const buffer = new ArrayBuffer(bytes);
    this.hashes = new BigUint64Array(buffer);
    this.words = new Uint32Array(buffer);
    this.positions = new Float64Array(buffer);
    if (before !== undefined) this.words.set(before.words);
  }
}

export function countEntries(entries: Buffer): number {
  return entries.length / ENTRY_BYTES;
}

export function readEntry(entries: Buffer, index: number): KeyEntry {
  const at = index * ENTRY_BYTES;
  const keyed = entries.readBigUInt64LE(at + 8);
  return {
    fingerprint: entries.readBigUInt64LE(at),
    keyHash: keyed & ~FLAGS,
    flag: keyed & FLAGS,
    position: entries.readDoubleLE(at + 16),
  };
}

/** Changes the flag of one entry in place. */
export function setFlag(entries: Buffer, index: number, flag: bigint): void {
  const at = index * ENTRY_BYTES + 8;
  entries.writeBigUInt64LE((entries.readBigUInt64LE(at) & ~FLAGS) | flag, at);
}

/** Calls back for each entry whose key hash falls into the part; reads nothing else. */
export function forEachEntry(entries: Buffer, part: Part, visit: (entry: KeyEntry, index: number) => void): void {
  forEachKey(entries, part, (_words, _at, index) => visit(readEntry(entries, index), index));
}

/**
 * The same without making anything for an entry.
 *
 * @param visit gets the words of all entries, and where those of this one begin: two of the fingerprint, two of the key
 * hash with flags, low ones first
 */
export function forEachKey(
  entries: Buffer,
  part: Part,
  visit: (words: Uint32Array, at: number, index: number) => void,
): void {
  const words = wordsOf(entries);
  for (let at = 0, index = 0; at < words.length; at += ENTRY_WORDS, index++) {
    if (part.of === 1 || (words[at + 3] ?? 0) % part.of === part.number) visit(words, at, index);
  }
}

/** The key hashes of quarantined records, eight bytes each. */
export function badKeys(entries: Buffer): Buffer {
  const found: number[] = [];
  forEachKey(entries, WHOLE, (words, at) => {
    const flag = flagOf(words, at);
    if ((flag & Number(QUARANTINED)) !== 0) found.push((words[at + 2] ?? 0) - flag, words[at + 3] ?? 0);
  });
  return Buffer.from(Uint32Array.from(found).buffer);
}

/** The entries of a part, in their order. */
export function entriesOf(entries: Buffer, part: Part): Buffer {
  if (part.of === 1) return entries;
  let count = 0;
  forEachKey(entries, part, () => count++);
  const kept = new Uint32Array(count * ENTRY_WORDS);
  let end = 0;
  forEachKey(entries, part, (words, at) => {
    for (let word = 0; word < ENTRY_WORDS; word++) kept[end++] = words[at + word] ?? 0;
  });
  return Buffer.from(kept.buffer);
}

/** The flags of the entry whose words begin at `at`. */
export function flagOf(words: Uint32Array, at: number): number {
  return (words[at + 2] ?? 0) & FLAG_MASK;
}

/** Bytes as words; a copy where they do not lie at a multiple of four. All machines that Node runs on put low bytes first. */
export function wordsOf(bytes: Buffer): Uint32Array {
  const { buffer, byteOffset, length } = bytes.byteOffset % 4 === 0 ? bytes : Buffer.from(new Uint8Array(bytes));
  return new Uint32Array(buffer, byteOffset, length / 4);
}

/** One of `of` parts of the key hashes, so that memory stays bounded however many there are. */
export interface Part {
  readonly number: number;
  readonly of: number;
}

const WHOLE: Part = { number: 0, of: 1 };

export function partOf(keyHash: bigint, of: number): number {
  return of === 1 ? 0 : Number((keyHash >> 32n) % BigInt(of));
}
