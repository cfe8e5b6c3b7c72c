// Finds where XML markup ends, in bytes. What stands inside it is judged elsewhere.

import { SyncError } from '../../domain/errors.ts';
import type { ByteWindow } from '../byte-window.ts';
import type { DoubleBytes } from '../encodings.ts';

export const LT = 0x3c;
export const SLASH = 0x2f;
export const BANG = 0x21;
export const QUESTION = 0x3f;
export const GT = 0x3e;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;

/**
 * `broken` is a start tag that another `<` interrupts: ill-formed, and over before that `<`. So is an end tag that has one;
 * it is still called `close`.
 */
export type MarkupKind = 'open' | 'empty' | 'broken' | 'close' | 'comment' | 'cdata' | 'instruction';

const COMMENT_END = Buffer.from('-->');
const CDATA_END = Buffer.from(']]>');
const INSTRUCTION_END = Buffer.from('?>');
const COMMENT = '<!--';
const CDATA = '<![CDATA[';
const DOCTYPE = '<!DOCTYPE';

export class MarkupLexer {
  readonly #window: ByteWindow;
  readonly #double: DoubleBytes | null;
  /** After `read`: the byte after the markup. */
  end = 0;
  /** Where to go on looking, so that long markup is not searched again with every chunk; 0 when none is begun. */
  #scan = 0;
  /** The quote that an attribute value is in; 0 outside. */
  #quote = 0;

  /** @param double set when the encoding has characters of two bytes, whose second one may look like `]` */
  constructor(window: ByteWindow, double: DoubleBytes | null) {
    this.#window = window;
    this.#double = double;
  }

  move(by: number): void {
    if (this.#scan > 0) this.#scan -= by;
  }

  /** Reads the markup that begins with the `<` at `at`; null when more bytes are needed, and then the same again. */
  read(at: number): MarkupKind | null {
    const kind = this.#readKind(at);
    if (kind !== null) {
      this.#scan = 0;
      this.#quote = 0;
    }
    return kind;
  }

  #readKind(at: number): MarkupKind | null {
    const { bytes } = this.#window;
    switch (bytes[at + 1]) {
      case undefined:
        return null;
      case SLASH:
        return this.#endTag(at);
      case QUESTION:
        return this.#seek(at + 2, INSTRUCTION_END) ? 'instruction' : null;
      case BANG:
        return this.#declaration(at);
      default:
        return this.#startTag(at);
    }
  }

  #declaration(at: number): MarkupKind | null {
    const head = this.#window.bytes.toString('latin1', at, at + CDATA.length);
    if (head.startsWith(COMMENT)) return this.#seek(at + COMMENT.length, COMMENT_END) ? 'comment' : null;
    if (head === CDATA) return this.#cdata(at + CDATA.length) ? 'cdata' : null;
    const offset = this.#window.base + at;
    const upper = head.toUpperCase();
    if (upper === DOCTYPE) {
      throw new SyncError('source.doctype', { message: `there is a DOCTYPE at byte ${offset}`, details: { offset } });
    }
    if (COMMENT.startsWith(head) || CDATA.startsWith(head) || DOCTYPE.startsWith(upper)) return null;
    throw new SyncError('source.malformed', { message: `not XML at byte ${offset}`, details: { offset } });
  }

  #seek(from: number, terminator: Buffer): boolean {
    const { bytes } = this.#window;
    const length = terminator.length;
    const found = bytes.indexOf(terminator, Math.max(from, this.#scan));
    if (found === -1) {
      this.#scan = Math.max(from, bytes.length - length + 1);
      return false;
    }
    this.end = found + length;
    return true;
  }

  #endTag(at: number): MarkupKind | null {
    const { bytes } = this.#window;
    const length = bytes.length;
    let index = Math.max(at + 2, this.#scan);
    while (index < length && bytes[index] !== GT && bytes[index] !== LT) index++;
    this.#scan = index;
    this.end = bytes[index] === GT ? index + 1 : index;
    return index < length ? 'close' : null;
  }

  #cdata(from: number): boolean {
    while (this.#seek(from, CDATA_END)) {
      const found = this.end - CDATA_END.length;
      if (this.#double?.isSecondHalf(this.#window.bytes, found, from) !== true) return true;
      this.#scan = found + 1;
    }
    return false;
  }

  #startTag(at: number): MarkupKind | null {
    const { bytes } = this.#window;
    const length = bytes.length;
    let quote = this.#quote;
    let index = Math.max(at + 1, this.#scan);
    for (; index < length; index++) {
      const byte = bytes[index];
      if (byte === LT) {
        this.end = index;
        return 'broken';
      }
      if (quote !== 0) {
        if (byte === quote) quote = 0;
      } else if (byte === GT) {
        this.end = index + 1;
        return bytes[index - 1] === SLASH ? 'empty' : 'open';
      } else if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE) {
        quote = byte;
      }
    }
    this.#scan = length;
    this.#quote = quote;
    return null;
  }
}

/** Whether a name may end before this byte. */
export function endsName(byte: number | undefined): boolean {
  return byte === GT || byte === SLASH || isSpace(byte);
}

export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** The byte after the name that begins at `from`, in a tag that ends before `end`. */
export function nameEnd(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && !endsName(bytes[at])) at++;
  return at;
}
