// Finds where a CSV line or record ends, in bytes. Fields are not parsed here.
//
//   outside quotes ──quote at the start of a field──▶ inside quotes
//        ▲  │ LF, CR, CRLF: end                            │ doubled quote: stay
//        └──┴──────────── any other quote ◀────────────────┘

import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { ByteWindow, CR, LF } from '../byte-window.ts';
import { doubleBytes, type DoubleBytes } from '../encodings.ts';

const UNKNOWN = -1;

export class CsvLines {
  readonly window: ByteWindow;
  /** First byte of the current line. */
  start = 0;
  /** After `find`: the byte after the line's last one, without its line end. */
  end = 0;
  /** After `find`: where the next line begins. */
  after = 0;
  readonly #quote: number;
  readonly #delimiter: Buffer;
  /** Set when the delimiter may be the second half of a character. */
  readonly #ambiguous: DoubleBytes | null;
  #at = 0;
  #quotedFrom = UNKNOWN;
  // Where the next of each stands in the window, so that a file without any is searched only once per chunk.
  #nextLf = UNKNOWN;
  #nextCr = UNKNOWN;
  #nextQuote = UNKNOWN;

  constructor(stream: StreamDefinition, offset: number) {
    const { quote, delimiter } = stream.csv;
    const double = doubleBytes(stream.encoding);
    this.window = new ByteWindow(offset, stream.maxRecordBytes);
    this.#quote = quote === '' ? UNKNOWN : quote.charCodeAt(0);
    this.#delimiter = Buffer.from(delimiter);
    this.#ambiguous = (this.#delimiter[0] ?? 0) >= 0x40 ? double : null;
    if (this.#quote > 0x7e || (double !== null && this.#quote >= 0x30 && !'<=>?:;'.includes(quote))) {
      throw new SyncError('source.encoding', {
        message: `${JSON.stringify(quote)} cannot be the quote in this encoding`,
      });
    }
  }

  push(chunk: Uint8Array): void {
    const moved = this.window.push(chunk, this.start);
    this.start -= moved;
    this.#at -= moved;
    if (this.#quotedFrom !== UNKNOWN) this.#quotedFrom -= moved;
    this.#nextLf = UNKNOWN;
    this.#nextCr = UNKNOWN;
    this.#nextQuote = UNKNOWN;
  }

  startAt(index: number): void {
    this.start = index;
    this.#at = index;
  }

  /** Finds the end of the current line; false when more bytes are needed, or at the end of the stream. */
  find(raw: boolean): boolean {
    const length = this.window.bytes.length;
    if (this.start === length) return false;
    const end = raw ? this.#lineEnd() : this.#recordEnd();
    this.window.checkLimit(this.start, end);
    if (this.#quotedFrom !== UNKNOWN) return false;
    this.#at = end;
    this.end = end;
    if (end === length) {
      this.after = end;
      return this.window.ended;
    }
    const isCr = this.window.bytes[end] === CR;
    // A CR that is the last byte so far may be the first half of CRLF.
    if (isCr && end + 1 === length && !this.window.ended) return false;
    this.after = isCr && this.window.bytes[end + 1] === LF ? end + 2 : end + 1;
    return true;
  }

  /** The stream has ended inside a quoted field. */
  get truncatedAt(): number | null {
    return this.window.ended && this.#quotedFrom !== UNKNOWN ? this.window.base + this.#quotedFrom : null;
  }

  #lineEnd(): number {
    const { bytes } = this.window;
    if (this.#nextLf < this.#at) this.#nextLf = indexOrEnd(bytes, LF, this.#at);
    if (this.#nextCr < this.#at) this.#nextCr = indexOrEnd(bytes, CR, this.#at);
    return Math.min(this.#nextLf, this.#nextCr);
  }

  #recordEnd(): number {
    if (this.#quotedFrom === UNKNOWN) {
      const end = this.#lineEnd();
      if (this.#quote === UNKNOWN) return end;
      if (this.#nextQuote < this.#at) this.#nextQuote = indexOrEnd(this.window.bytes, this.#quote, this.#at);
      if (this.#nextQuote > end) return end;
    }
    return this.#scanQuotes();
  }

  /** Byte by byte, as quotes come close together. Leaves `#at` where to go on when it ends inside quotes. */
  #scanQuotes(): number {
    const { bytes, ended } = this.window;
    const length = bytes.length;
    const quote = this.#quote;
    let inQuotes = this.#quotedFrom !== UNKNOWN;
    let at = this.#at;
    for (; at < length; at++) {
      const byte = bytes[at];
      if (byte === quote && inQuotes) {
        // A quote that is the last byte so far may be the first of a doubled one.
        if (at + 1 === length && !ended) break;
        if (bytes[at + 1] === quote) at++;
        else inQuotes = false;
      } else if (byte === quote && this.#isFieldStart(at)) {
        inQuotes = true;
        this.#quotedFrom = at;
      } else if (!inQuotes && (byte === LF || byte === CR)) {
        break;
      }
    }
    this.#at = at;
    if (inQuotes) return length;
    this.#quotedFrom = UNKNOWN;
    return at;
  }

  #isFieldStart(index: number): boolean {
    if (index === this.start) return true;
    const { bytes } = this.window;
    const size = this.#delimiter.length;
    const from = index - size;
    // Most delimiters are one byte, for which a comparison of buffers is slow.
    if (from < this.start || bytes[index - 1] !== this.#delimiter[size - 1]) return false;
    if (size > 1 && bytes.compare(this.#delimiter, 0, size, from, index) !== 0) return false;
    return this.#ambiguous?.isSecondHalf(bytes, from, this.start) !== true;
  }
}

function indexOrEnd(bytes: Buffer, byte: number, from: number): number {
  const index = bytes.indexOf(byte, from);
  return index === -1 ? bytes.length : index;
}
