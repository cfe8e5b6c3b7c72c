// Packed entries: what a batch saw, what an index holds. Little-endian, fixed width, no parsing.
//
//   seen / keys of a batch   fingerprint u64 | key hash u64 with flags | position f64      24 bytes
//   index                    fingerprint u64 | key hash u64 with flags                     16 bytes

export const ENTRY_BYTES = 24;
export const INDEX_BYTES = 16;

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

export interface KeyEntry {
  readonly fingerprint: bigint;
  readonly keyHash: bigint;
  readonly flag: bigint;
  readonly position: number;
}

export class EntryWriter {
  #buffer = Buffer.allocUnsafe(ENTRY_BYTES * 256);
  #length = 0;

  add(entry: KeyEntry): void {
    if (this.#length + ENTRY_BYTES > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(this.#buffer.length * 2);
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    this.#buffer.writeBigUInt64LE(entry.fingerprint, this.#length);
    this.#buffer.writeBigUInt64LE(entry.keyHash | entry.flag, this.#length + 8);
    this.#buffer.writeDoubleLE(entry.position, this.#length + 16);
    this.#length += ENTRY_BYTES;
  }

  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length);
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

/** Calls back for each entry whose key hash falls into the part; of the others only half a hash is read. */
export function forEachEntry(entries: Buffer, part: Part, visit: (entry: KeyEntry, index: number) => void): void {
  for (let index = 0, count = countEntries(entries); index < count; index++) {
    if (isOfPart(entries, index, part)) visit(readEntry(entries, index), index);
  }
}

/** The entries of a part, in their order. */
export function entriesOf(entries: Buffer, part: Part): Buffer {
  if (part.of === 1) return entries;
  const kept: Buffer[] = [];
  for (let index = 0, count = countEntries(entries); index < count; index++) {
    if (isOfPart(entries, index, part)) kept.push(entries.subarray(index * ENTRY_BYTES, (index + 1) * ENTRY_BYTES));
  }
  return Buffer.concat(kept);
}

/** As `partOf` says, by the upper half of the key hash alone. */
function isOfPart(entries: Buffer, index: number, { number, of }: Part): boolean {
  return of === 1 || entries.readUInt32LE(index * ENTRY_BYTES + 12) % of === number;
}

/** One of `of` parts of the key hashes, so that memory stays bounded however many there are. */
export interface Part {
  readonly number: number;
  readonly of: number;
}

export function partOf(keyHash: bigint, of: number): number {
  return of === 1 ? 0 : Number((keyHash >> 32n) % BigInt(of));
}
