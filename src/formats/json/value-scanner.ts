// Measures one JSON value in bytes: strings and brackets only.

import { SyncError } from '../../domain/errors.ts';
import type { ByteWindow } from '../byte-window.ts';
import type { DoubleBytes } from '../encodings.ts';
import * as json from './bytes.ts';

/** Deeper values are refused as records long before; this bounds memory. */
const MAX_BRACKETS = 10_000;

// Constants of this module are faster than those of another one, and every byte is compared with them.
const { QUOTE, BACKSLASH, OPEN_ARRAY } = json;
/** `[` and `{` are alike without this bit, and so are `]` and `}`, which are two above them. */
const NO_CASE = 0xdf;
const CLOSE_ANY = OPEN_ARRAY + 2;

export class ValueScanner {
  readonly #window: ByteWindow;
  readonly #double: DoubleBytes | null;
  /** Where to go on; may lie behind the window's end, after an escape or half a character. */
  #at = 0;
  #inString = false;
  #isScalar = false;
  /** The closing brackets that are still to come; as many as `#depth` says. */
  readonly #closers: number[] = [];
  #depth = 0;

  /** @param double set when the encoding has characters of two bytes, whose second one may look like a backslash */
  constructor(window: ByteWindow, double: DoubleBytes | null) {
    this.#window = window;
    this.#double = double;
  }

  begin(start: number): void {
    const first = this.#window.bytes[start];
    this.#at = start;
    this.#inString = false;
    this.#isScalar = first !== QUOTE && first !== json.OPEN_OBJECT && first !== OPEN_ARRAY;
    this.#depth = 0;
  }

  move(by: number): void {
    this.#at -= by;
  }

  /** The byte after the value; null when more bytes are needed. Throws `source.malformed` on crossed brackets. */
  findEnd(): number | null {
    if (this.#isScalar) return this.#scalarEnd();
    const { bytes } = this.#window;
    const { length } = bytes;
    const closers = this.#closers;
    let depth = this.#depth;
    let at = this.#at;
    let inString = this.#inString;
    while (at < length) {
      const byte = inString ? QUOTE : (bytes[at++] ?? 0);
      if (byte === QUOTE) {
        const end = this.#double === null ? stringEnd(bytes, at) : stringEndDouble(bytes, at, this.#double);
        inString = end < 0;
        at = inString ? -end : end;
        if (depth === 0 && !inString) return at;
        continue;
      }
      // Most bytes are below the brackets, and none of the others matter.
      if (byte < OPEN_ARRAY) continue;
      const kind = byte & NO_CASE;
      if (kind === OPEN_ARRAY) {
        if (depth >= MAX_BRACKETS) tooDeep();
        closers[depth++] = byte + 2;
      } else if (kind === CLOSE_ANY) {
        if (closers[--depth] !== byte) this.#crossed(at - 1);
        if (depth === 0) return at;
      }
    }
    this.#depth = depth;
    this.#at = at;
    this.#inString = inString;
    return null;
  }

  /** Something has to follow a scalar, as neither a record nor anything around it is a whole document. */
  #scalarEnd(): number | null {
    const { bytes } = this.#window;
    let at = this.#at;
    while (at < bytes.length && !json.endsScalar(bytes[at])) at++;
    this.#at = at;
    return at < bytes.length ? at : null;
  }

  #crossed(at: number): never {
    const offset = this.#window.base + at;
    throw new SyncError('source.malformed', { message: `brackets cross at byte ${offset}`, details: { offset } });
  }
}

/** The byte after the closing quote; when it has not come yet, where to go on, negated: at or behind the end. */
function stringEnd(bytes: Buffer, from: number): number {
  const { length } = bytes;
  let at = from;
  while (at < length) {
    const byte = bytes[at++] ?? 0;
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at++;
  }
  return -at;
}

function stringEndDouble(bytes: Buffer, from: number, double: DoubleBytes): number {
  const { length } = bytes;
  let at = from;
  while (at < length) {
    const byte = bytes[at++] ?? 0;
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH || double.isLead(byte)) at++;
  }
  return -at;
}

function tooDeep(): never {
  throw new SyncError('source.limit', { message: `a value is nested deeper than ${MAX_BRACKETS} levels` });
}
