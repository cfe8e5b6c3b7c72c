// The part of a stream that a framer holds: from the record it is reading to the last byte pushed.

import { SyncError } from '../domain/errors.ts';

const EMPTY = Buffer.alloc(0);

export const LF = 0x0a;
export const CR = 0x0d;

/**
 * Bytes handed out as views stay valid: a window is replaced or extended behind its end, never overwritten.
 *
 * Indexes are relative to `bytes[0]`, which `push` moves; `base` turns them into offsets in the stream.
 */
export class ByteWindow {
  bytes: Buffer = EMPTY;
  base: number;
  /** No more bytes will come. */
  ended = false;
  readonly #limit: number;
  #spare = EMPTY;

  constructor(offset: number, limit: number) {
    this.base = offset;
    this.#limit = limit;
  }

  /** Adds a chunk and drops what stands before `keepFrom`; returns by how much indexes have become smaller. */
  push(chunk: Uint8Array, keepFrom: number): number {
    const rest = this.bytes.length - keepFrom;
    if (rest >= chunk.length && this.#spare.length >= chunk.length) {
      this.#extend(chunk);
      return 0;
    }
    this.base += keepFrom;
    if (rest === 0) {
      this.bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      this.#spare = EMPTY;
      return keepFrom;
    }
    const length = rest + chunk.length;
    // A record much longer than a chunk is copied a few times only, not once a chunk.
    const room = Buffer.allocUnsafeSlow(rest >= chunk.length ? 2 * length : length);
    this.bytes.copy(room, 0, keepFrom);
    room.set(chunk, rest);
    this.bytes = room.subarray(0, length);
    this.#spare = room.subarray(length);
    return keepFrom;
  }

  /** Length of a UTF-8 byte order mark at the start; null when more bytes are needed to tell. */
  markLength(): number | null {
    const [a, b, c] = this.bytes;
    if (a === 0xef && b === 0xbb && c === 0xbf) return 3;
    if (this.bytes.length >= 3 || this.ended) return 0;
    const open = (a === undefined || a === 0xef) && (b === undefined || b === 0xbb);
    return open ? null : 0;
  }

  /** Throws `source.limit` when what begins at `start` is longer than a record may be. */
  checkLimit(start: number, end: number): void {
    if (end - start <= this.#limit) return;
    throw new SyncError('source.limit', {
      message: `what begins at byte ${this.base + start} is longer than ${this.#limit} bytes`,
      details: { offset: this.base + start, limit: this.#limit },
    });
  }

  #extend(chunk: Uint8Array): void {
    const length = this.bytes.length + chunk.length;
    this.#spare.set(chunk);
    this.bytes = Buffer.from(this.bytes.buffer, this.bytes.byteOffset, length);
    this.#spare = this.#spare.subarray(chunk.length);
  }
}
