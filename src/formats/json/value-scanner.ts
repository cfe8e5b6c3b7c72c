// Measures one JSON value in bytes: strings and brackets only.

import { SyncError } from '../../domain/errors.ts';
import type { ByteWindow } from '../byte-window.ts';
import type { DoubleBytes } from '../encodings.ts';
import * as json from './bytes.ts';

/** Deeper values are refused as records long before; this bounds memory. */
const MAX_BRACKETS = 10_000;

export class ValueScanner {
  readonly #window: ByteWindow;
  readonly #double: DoubleBytes | null;
  /** Where to go on; may lie behind the window's end, after an escape or half a character. */
  #at = 0;
  #inString = false;
  #isScalar = false;
  /** Closing brackets that are still to come. */
  readonly #closers: number[] = [];

  /** @param double set when the encoding has characters of two bytes, whose second one may look like a backslash */
  constructor(window: ByteWindow, double: DoubleBytes | null) {
    this.#window = window;
    this.#double = double;
  }

  begin(start: number): void {
    const first = this.#window.bytes[start];
    this.#at = start;
    this.#inString = false;
    this.#isScalar = first !== json.QUOTE && first !== json.OPEN_OBJECT && first !== json.OPEN_ARRAY;
    this.#closers.length = 0;
  }

  move(by: number): void {
    this.#at -= by;
  }

  /** The byte after the value; null when more bytes are needed. Throws `source.malformed` on crossed brackets. */
  findEnd(): number | null {
    if (this.#isScalar) return this.#scalarEnd();
    const { bytes } = this.#window;
    const length = bytes.length;
    let at = this.#at;
    while (at < length) {
      if (this.#inString) {
        at = this.#stringEnd(bytes, at);
        if (at >= length) break;
      }
      const byte = bytes[at++];
      // Most bytes are below the brackets, and none of the others matter.
      if (byte === json.QUOTE) this.#inString = !this.#inString;
      else if (byte === undefined || byte < json.OPEN_ARRAY) continue;
      else if (byte === json.OPEN_OBJECT) this.#open(json.CLOSE_OBJECT);
      else if (byte === json.OPEN_ARRAY) this.#open(json.CLOSE_ARRAY);
      else if (byte === json.CLOSE_OBJECT || byte === json.CLOSE_ARRAY) this.#close(byte, at - 1);
      else continue;
      if (!this.#inString && this.#closers.length === 0) return at;
    }
    this.#at = at;
    return null;
  }

  /** Where the closing quote stands; at or behind the end when it has not come yet. */
  #stringEnd(bytes: Buffer, from: number): number {
    const length = bytes.length;
    const double = this.#double;
    let at = from;
    while (at < length) {
      const byte = bytes[at] ?? 0;
      if (byte === json.QUOTE) return at;
      at += byte === json.BACKSLASH || double?.isLead(byte) === true ? 2 : 1;
    }
    return at;
  }

  /** Something has to follow a scalar, as neither a record nor anything around it is a whole document. */
  #scalarEnd(): number | null {
    const { bytes } = this.#window;
    let at = this.#at;
    while (at < bytes.length && !json.endsScalar(bytes[at])) at++;
    this.#at = at;
    return at < bytes.length ? at : null;
  }

  #open(closer: number): void {
    if (this.#closers.length >= MAX_BRACKETS) {
      throw new SyncError('source.limit', { message: `a value is nested deeper than ${MAX_BRACKETS} levels` });
    }
    this.#closers.push(closer);
  }

  #close(byte: number, at: number): void {
    if (this.#closers.pop() === byte) return;
    const offset = this.#window.base + at;
    throw new SyncError('source.malformed', { message: `brackets cross at byte ${offset}`, details: { offset } });
  }
}
