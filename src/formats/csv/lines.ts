// Finds where a CSV line or record ends, in bytes. Fields are not parsed here.
//
//   outside quotes ──quote at the start of a field──▶ inside quotes
//        ▲  │ LF, CR, CRLF: end                            │ doubled or escaped quote: stay
//        └──┴──────────── any other quote ◀────────────────┘

import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { ByteWindow, CR, LF } from '../byte-window.ts';
import { encodeMark } from '../encode-mark.ts';
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
  readonly #escape: number;
  readonly #delimiter: Buffer;
  readonly #double: DoubleBytes | null;
  /** The delimiter may be the second half of a character. */
  readonly #ambiguous: boolean;
  #at = 0;
  #quotedFrom = UNKNOWN;
  // Where the next of each stands in the window, so that a file without any is searched only once per chunk.
  #nextLf = UNKNOWN;
  #nextCr = UNKNOWN;
  #nextQuote = UNKNOWN;

  constructor(stream: StreamDefinition, offset: number) {
    const { quote, escape, delimiter } = stream.csv;
    this.#double = doubleBytes(stream.encoding);
    this.window = new ByteWindow(offset, stream.maxRecordBytes);
    this.#quote = quote === '' ? UNKNOWN : quote.charCodeAt(0);
    this.#delimiter = encodeMark(delimiter, stream.encoding);
    this.#escape = escape === null || escape === quote ? UNKNOWN : escape.charCodeAt(0);
    this.#ambiguous = this.#double !== null && (this.#delimiter[0] ?? 0) >= 0x30;
    if (this.#quote > 0x7e || (this.#double !== null && this.#quote >= 0x30 && !'<=>?:;'.includes(quote))) {
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
    const end = raw ? this.#lineEnd(this.#at) : this.#recordEnd();
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

  #lineEnd(from: number): number {
    const { bytes } = this.window;
    if (this.#nextLf < from) this.#nextLf = indexOrEnd(bytes, LF, from);
    if (this.#nextCr < from) this.#nextCr = indexOrEnd(bytes, CR, from);
    return Math.min(this.#nextLf, this.#nextCr);
  }

  /** The length, with `#at` where to go on, when the bytes so far end inside quotes. */
  #recordEnd(): number {
    for (let at = this.#at; ;) {
      if (this.#quotedFrom !== UNKNOWN) {
        at = this.#escape === UNKNOWN ? this.#quotedEnd(at) : this.#escapedEnd(at);
        if (this.#quotedFrom !== UNKNOWN) {
          this.#at = at;
          return this.window.bytes.length;
        }
      }
      const end = this.#lineEnd(at);
      const quote = this.#openingQuote(at, end);
      if (quote === end) return end;
      this.#quotedFrom = quote;
      at = quote + 1;
    }
  }

  /** The first quote that opens a cell; `end` when there is none before it. */
  #openingQuote(from: number, end: number): number {
    if (this.#quote === UNKNOWN) return end;
    for (let at = from; at < end; at = this.#nextQuote + 1) {
      if (this.#nextQuote < at) this.#nextQuote = indexOrEnd(this.window.bytes, this.#quote, at);
      if (this.#nextQuote >= end) return end;
      if (this.#isFieldStart(this.#nextQuote)) return this.#nextQuote;
    }
    return end;
  }

  /** The byte after the closing quote; where to go on, with `#quotedFrom` still set, when that has not come yet. */
  #quotedEnd(from: number): number {
    const { bytes, ended } = this.window;
    const quote = this.#quote;
    for (let at = from; ; at += 2) {
      at = indexOrEnd(bytes, quote, at);
      // A quote that is the last byte so far may be the first of a doubled one.
      if (at >= bytes.length - 1 && !(ended && at < bytes.length)) return at;
      if (bytes[at + 1] !== quote) return this.#closeAfter(at);
    }
  }

  /** The same where quotes inside are not doubled, but stand after an escape character. */
  #escapedEnd(from: number): number {
    const { bytes } = this.window;
    let at = from;
    for (; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === this.#quote) return this.#closeAfter(at);
      if (byte === this.#escape && this.#isEscape(at)) at++;
    }
    return at;
  }

  #closeAfter(quote: number): number {
    this.#quotedFrom = UNKNOWN;
    return quote + 1;
  }

  #isEscape(index: number): boolean {
    return this.#double?.isSecondHalf(this.window.bytes, index, this.start) !== true;
  }

  #isFieldStart(index: number): boolean {
    if (index === this.start) return true;
    const { bytes } = this.window;
    const size = this.#delimiter.length;
    const from = index - size;
    // Most delimiters are one byte, for which a comparison of buffers is slow.
    if (from < this.start || bytes[index - 1] !== this.#delimiter[size - 1]) return false;
    if (size > 1 && bytes.compare(this.#delimiter, 0, size, from, index) !== 0) return false;
    return !this.#ambiguous || this.#double?.isSecondHalf(bytes, from, this.start) !== true;
  }
}

function indexOrEnd(bytes: Buffer, byte: number, from: number): number {
  const index = bytes.indexOf(byte, from);
  return index === -1 ? bytes.length : index;
}
