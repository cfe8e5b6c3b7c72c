// Frames a JSON document: the elements of the array at a path. Everything around them is parsed strictly; the records
// themselves are only measured (strings and brackets), and judged when they are decoded.

import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { parseRecordPath, type RecordStep } from '../../domain/record-path.ts';
import { ByteWindow } from '../byte-window.ts';
import { readContext } from '../context.ts';
import { doubleBytes, strictDecoder } from '../encodings.ts';
import { type FramePosition, type Framer, type RawRecord, START } from '../format.ts';
import * as json from './bytes.ts';
import { type Holder, JsonOutline } from './outline.ts';
import { ValueScanner } from './value-scanner.ts';

/** Directly after a record all that is open is the path to it, which the stream's definition says, and its holder. */
interface JsonContext {
  readonly inside: Holder;
}

const INSIDE: Readonly<Record<Holder, JsonContext>> = { array: { inside: 'array' }, object: { inside: 'object' } };

/**
 * An object where the array belongs is the only record, as converters from XML write it. It proves nothing: the path may
 * be wrong.
 */
export class JsonFramer implements Framer {
  readonly #window: ByteWindow;
  readonly #outline: JsonOutline;
  readonly #scanner: ValueScanner;
  readonly #decodeText: (bytes: Uint8Array) => string | null;
  #markChecked: boolean;
  /** First byte of the value or token being read. */
  #start = 0;
  #inRecord = false;
  /** The last thing read was a record in an array. */
  #afterElement = false;
  /** Of the record being read, or of the last one. */
  #holder: Holder | null;
  /** Offset of the byte after the last record. */
  #after: number;

  constructor(stream: StreamDefinition, position: FramePosition) {
    const context = readContext(position.context, isJsonContext);
    this.#holder = context?.inside ?? null;
    this.#after = position.offset;
    this.#window = new ByteWindow(position.offset, stream.maxRecordBytes);
    this.#outline = new JsonOutline(stepsOf(stream), this.#holder);
    this.#scanner = new ValueScanner(this.#window, doubleBytes(stream.encoding));
    this.#decodeText = strictDecoder(stream.encoding);
    this.#markChecked = context !== null;
  }

  push(chunk: Uint8Array): void {
    const moved = this.#window.push(chunk, this.#start);
    this.#start -= moved;
    this.#scanner.move(moved);
  }

  finish(): void {
    this.#window.ended = true;
  }

  next(): RawRecord | null {
    if (!this.#markChecked && !this.#skipMark()) return null;
    if (!this.#inRecord) this.#nextElement();
    for (;;) {
      if (this.#inRecord) return this.#finishRecord();
      this.#start = skipSpace(this.#window.bytes, this.#start);
      const byte = this.#window.bytes[this.#start];
      if (byte === undefined) {
        if (this.#window.ended) this.#checkEnd();
        return null;
      }
      if (this.#beginsRecord(byte)) {
        this.#scanner.begin(this.#start);
        this.#inRecord = true;
      } else if (!this.#step(byte)) {
        return null;
      }
    }
  }

  position(): FramePosition {
    if (this.#holder === null || this.#after === START.offset) return START;
    return { offset: this.#after, context: INSIDE[this.#holder] };
  }

  completeness(): 'proven' | 'unproven' {
    return this.#window.ended && this.#outline.ended && this.#holder !== 'object' ? 'proven' : 'unproven';
  }

  /** The usual thing after a record, a comma and another one, without the outline: it expects a comma after either. */
  #nextElement(): void {
    if (!this.#afterElement) return;
    this.#afterElement = false;
    const { bytes } = this.#window;
    const comma = skipSpace(bytes, this.#start);
    if (bytes[comma] !== json.COMMA) return;
    const start = skipSpace(bytes, comma + 1);
    if (start === bytes.length || json.endsScalar(bytes[start])) return;
    this.#start = start;
    this.#scanner.begin(start);
    this.#inRecord = true;
  }

  #beginsRecord(byte: number): boolean {
    if (this.#outline.expectsElement) {
      if (json.endsScalar(byte)) return false;
      this.#holder = 'array';
      return true;
    }
    if (byte !== json.OPEN_OBJECT || !this.#outline.expectsHolder) return false;
    this.#holder = 'object';
    return true;
  }

  #finishRecord(): RawRecord | null {
    const end = this.#findValueEnd();
    if (end === null) return null;
    const { base, bytes } = this.#window;
    const record = { offset: base + this.#start, bytes: bytes.subarray(this.#start, end) };
    this.#inRecord = false;
    this.#afterElement = this.#holder === 'array';
    this.#start = end;
    this.#outline.readRecord();
    this.#after = base + end;
    return record;
  }

  /** Takes one token of the outline; false when more bytes are needed. */
  #step(byte: number): boolean {
    const { expect } = this.#outline;
    switch (byte) {
      case json.CLOSE_OBJECT:
        return this.#require(expect === 'first_key' || expect === 'comma') && this.#close('object');
      case json.CLOSE_ARRAY:
        return this.#require(expect === 'first_element' || expect === 'comma') && this.#close('array');
      case json.COMMA:
        this.#require(expect === 'comma');
        this.#outline.readComma();
        return this.#advance();
      case json.COLON:
        this.#require(expect === 'colon');
        this.#outline.readColon();
        return this.#advance();
      default:
        return expect === 'key' || expect === 'first_key' ? this.#key(byte) : this.#value(byte);
    }
  }

  #key(byte: number): boolean {
    this.#require(byte === json.QUOTE);
    const name = this.#scalar();
    if (name === null) return false;
    this.#outline.readKey(name);
    return true;
  }

  #value(byte: number): boolean {
    const { expect } = this.#outline;
    if (expect === 'end' && (byte === json.OPEN_OBJECT || byte === json.OPEN_ARRAY)) this.#secondDocument();
    this.#require(expect === 'value' || expect === 'element' || expect === 'first_element');
    if (byte === json.OPEN_OBJECT || byte === json.OPEN_ARRAY) {
      this.#outline.openContainer(byte === json.OPEN_OBJECT ? 'object' : 'array');
      return this.#advance();
    }
    if (this.#scalar() === null) return false;
    this.#outline.readScalar();
    return true;
  }

  /** Reads a string, number or literal of the outline as text; null when more bytes are needed. */
  #scalar(): string | null {
    this.#scanner.begin(this.#start);
    const end = this.#findValueEnd();
    if (end === null) return null;
    const text = this.#decodeText(this.#window.bytes.subarray(this.#start, end));
    const value = text === null ? undefined : parseScalar(text);
    if (value === undefined) return this.#fail();
    this.#start = end;
    return typeof value === 'string' ? value : '';
  }

  #findValueEnd(): number | null {
    const end = this.#scanner.findEnd();
    this.#window.checkLimit(this.#start, end ?? this.#window.bytes.length);
    if (end === null && this.#window.ended) this.#truncated();
    return end;
  }

  #close(kind: 'object' | 'array'): boolean {
    this.#require(this.#outline.closeContainer(kind));
    return this.#advance();
  }

  #advance(): true {
    this.#start++;
    return true;
  }

  #require(condition: boolean): true {
    return condition || this.#fail();
  }

  #fail(): never {
    const offset = this.#window.base + this.#start;
    throw new SyncError('source.malformed', { message: `not JSON at byte ${offset}`, details: { offset } });
  }

  #secondDocument(): never {
    const offset = this.#window.base + this.#start;
    throw new SyncError('source.malformed', {
      message: `a second document begins at byte ${offset}; where every line is one, set \`format: ndjson\``,
      details: { offset },
    });
  }

  #truncated(): never {
    const offset = this.#window.base + this.#window.bytes.length;
    throw new SyncError('source.truncated', {
      message: `the document ends at byte ${offset} before it is closed`,
      details: { offset },
    });
  }

  #checkEnd(): void {
    if (this.#outline.ended) return;
    if (this.#outline.isUntouched) throw new SyncError('source.empty', { message: 'there is no document' });
    this.#truncated();
  }

  #skipMark(): boolean {
    const mark = this.#window.markLength();
    if (mark === null) return false;
    this.#start = mark;
    this.#markChecked = true;
    return true;
  }
}

function skipSpace(bytes: Buffer, from: number): number {
  const { length } = bytes;
  let at = from;
  while (at < length && json.isJsonSpace(bytes[at])) at++;
  return at;
}

/** Undefined when it is no JSON. What no record may hold may stand around them. */
function parseScalar(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isJsonContext(value: object): value is JsonContext {
  return 'inside' in value && (value.inside === 'array' || value.inside === 'object');
}

function stepsOf(stream: StreamDefinition): readonly RecordStep[] {
  const steps = parseRecordPath(stream.record);
  if (steps !== null) return steps;
  throw new SyncError('internal.bug', { message: `"${stream.record}" is no path to records` });
}
