// Frames an XML document: the elements at a path. What stands around them is judged here; the records are only
// measured, by the tags of their name, and judged when they are decoded.
//
//   outside: text ─▶ markup ─▶ (outline)          inside: ElementScanner
//                        └── start tag at the path ──▶ inside

import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { ByteWindow } from '../byte-window.ts';
import { doubleBytes, strictDecoder, type DoubleBytes } from '../encodings.ts';
import type { FramePosition, Framer, RawRecord } from '../format.ts';
import { xmlContext } from './context.ts';
import { ElementScanner } from './element-scanner.ts';
import { isSpace, LT, MarkupLexer, nameEnd, type MarkupKind } from './markup.ts';
import { malformed, XmlOutline } from './outline.ts';

export class XmlFramer implements Framer {
  readonly #stream: StreamDefinition;
  readonly #window: ByteWindow;
  readonly #double: DoubleBytes | null;
  readonly #decodeText: (bytes: Uint8Array) => string | null;
  readonly #lexer: MarkupLexer;
  readonly #scanner: ElementScanner;
  readonly #outline: XmlOutline;
  #markChecked: boolean;
  /** Offset at which an XML declaration may stand. */
  #documentStart = 0;
  /** First byte of the record, or of the text or markup of the outline, being read. */
  #start = 0;
  /** Outside of records: everything before it is understood. */
  #at = 0;
  #inRecord = false;
  #recordSeen = false;
  #markupSeen: boolean;
  #position: FramePosition;

  constructor(stream: StreamDefinition, position: FramePosition) {
    const context = xmlContext(position.context);
    this.#stream = stream;
    this.#position = position;
    this.#window = new ByteWindow(position.offset, stream.maxRecordBytes);
    this.#double = doubleBytes(stream.encoding);
    this.#decodeText = strictDecoder(stream.encoding);
    this.#lexer = new MarkupLexer(this.#window, this.#double);
    this.#scanner = new ElementScanner(this.#window, this.#double);
    this.#outline = new XmlOutline(stream, context);
    this.#markChecked = context !== null;
    this.#markupSeen = context !== null;
  }

  push(chunk: Uint8Array): void {
    const moved = this.#window.push(chunk, this.#start);
    this.#start -= moved;
    this.#at -= moved;
    this.#lexer.move(moved);
    this.#scanner.move(moved);
  }

  finish(): void {
    this.#window.ended = true;
  }

  next(): RawRecord | null {
    if (!this.#markChecked && !this.#skipMark()) return null;
    while (!this.#inRecord) {
      if (!this.#skipOutline()) return this.#wait();
    }
    const end = this.#scanner.end();
    return end === null ? this.#wait() : this.#takeRecord(end);
  }

  position(): FramePosition {
    return this.#position;
  }

  completeness(): 'proven' | 'unproven' {
    return this.#window.ended && this.#outline.rootClosed && !this.#outline.isDoubtful ? 'proven' : 'unproven';
  }

  /** Goes on by text and one markup, or to the start of a record; false when more bytes are needed. */
  #skipOutline(): boolean {
    if (!this.#skipText()) return false;
    if (this.#recordSeen && this.#outline.hasRecords && this.#scanner.startsAt(this.#at)) {
      this.#inRecord = true;
      this.#scanner.again(this.#at);
      return true;
    }
    const kind = this.#lexer.read(this.#at);
    if (kind === null) return false;
    this.#markupSeen = true;
    this.#window.checkLimit(this.#start, this.#lexer.end);
    this.#judging(() => this.#judgeMarkup(kind));
    if (this.#inRecord) return true;
    this.#at = this.#lexer.end;
    this.#start = this.#at;
    return true;
  }

  /** Moves to the next `<`, and judges the text before it; false when that is not all there. */
  #skipText(): boolean {
    const { bytes } = this.#window;
    const length = bytes.length;
    let start = this.#start;
    while (isSpace(bytes[start])) start++;
    let at = Math.max(this.#at, start);
    while (at < length && bytes[at] !== LT) at++;
    this.#start = start;
    this.#at = at;
    if (start < at) {
      if (this.#outline.depth === 0) throw this.#located(malformed('there is text outside of the root element'));
      if (at === length) return false;
      this.#window.checkLimit(start, at);
      this.#judging(() => this.#outline.judge(this.#text(start, at)));
      this.#start = at;
    }
    return at < length;
  }

  #judgeMarkup(kind: MarkupKind): void {
    const outline = this.#outline;
    if (kind === 'open' || kind === 'empty' || kind === 'broken') return this.#startElement(kind === 'empty');
    const markup = this.#text(this.#at, this.#lexer.end);
    if (kind === 'close') outline.close(markup);
    else if (kind === 'cdata') {
      if (outline.depth === 0) throw malformed('there is text outside of the root element');
      outline.judge(markup);
    } else {
      const isDeclaration = this.#window.base + this.#at === this.#documentStart && /^<\?xml\s/.test(markup);
      if (isDeclaration) outline.judgeDeclaration(markup);
      else outline.judge(markup);
    }
  }

  /** Of a record nothing but its name is looked at: what is wrong with its tag is wrong with that record. */
  #startElement(isEmpty: boolean): void {
    const { bytes } = this.#window;
    const from = this.#at + 1;
    const to = nameEnd(bytes, from, this.#lexer.end);
    const name = this.#text(from, to);
    if (!this.#outline.beginsRecord(name))
      return this.#outline.open(name, this.#text(this.#at, this.#lexer.end), isEmpty);
    this.#inRecord = true;
    this.#recordSeen = true;
    this.#scanner.begin(this.#at, bytes.subarray(from, to));
  }

  #takeRecord(end: number): RawRecord {
    const { base, bytes } = this.#window;
    this.#window.checkLimit(this.#start, end);
    const record = { offset: base + this.#start, bytes: bytes.subarray(this.#start, end) };
    this.#inRecord = false;
    this.#at = end;
    this.#start = end;
    this.#position = { offset: base + end, context: this.#outline.context };
    return record;
  }

  #judging(judge: () => void): void {
    try {
      judge();
    } catch (error) {
      throw this.#located(error);
    }
  }

  #located(error: unknown): unknown {
    if (!(error instanceof SyncError)) return error;
    const offset = this.#window.base + this.#start;
    return new SyncError(error.code, { message: `${error.message}, at byte ${offset}`, details: { offset } });
  }

  /** Between two pieces of markup, or of one: never a part of a character. */
  #text(from: number, to: number): string {
    const text = this.#decodeText(this.#window.bytes.subarray(from, to));
    if (text !== null) return text;
    throw new SyncError('source.encoding', { message: `there are bytes that are not valid ${this.#stream.encoding}` });
  }

  /** More bytes are needed: null, unless there are none. */
  #wait(): null {
    const { bytes, base, ended } = this.#window;
    const isOver = this.#start === bytes.length;
    if (ended && isOver && this.#outline.rootClosed) {
      this.#checkPath();
      return null;
    }
    if (!ended && bytes.length - this.#start <= this.#stream.maxRecordBytes) return null;
    if (this.#inRecord && this.#parentCloses()) throw this.#located(malformed('a record is not closed'));
    this.#window.checkLimit(this.#start, bytes.length);
    if (isOver && !this.#markupSeen) throw new SyncError('source.empty', { message: 'there is no root element' });
    throw truncated(base + bytes.length);
  }

  /** Whether the element around the record is closed before the record is: then it is the record that has no end. */
  #parentCloses(): boolean {
    const parent = this.#outline.context.open.at(-1);
    if (parent === undefined) return false;
    const scanner = new ElementScanner(this.#window, this.#double);
    // In other encodings than UTF-8, names beyond ASCII are not found so, and the document is called truncated.
    scanner.begin(this.#start, Buffer.from(parent[0]), 1);
    return scanner.end() !== null;
  }

  #checkPath(): void {
    if (this.#outline.pathSeen) return;
    const steps = this.#stream.record.split('/');
    const missing = steps.slice(0, Math.max(1, steps.length - 1)).join('/');
    throw new SyncError('source.malformed', { message: `there is no element ${missing} in the document` });
  }

  #skipMark(): boolean {
    const mark = this.#window.markLength();
    if (mark === null) return false;
    const { bytes, ended } = this.#window;
    if (mark === 0 && ended && bytes.length < 3 && bytes[0] === 0xef) throw truncated(bytes.length);
    this.#start = mark;
    this.#at = mark;
    this.#documentStart = mark;
    this.#markChecked = true;
    return true;
  }
}

function truncated(offset: number): SyncError {
  return new SyncError('source.truncated', {
    message: `the document ends at byte ${offset} before it is closed`,
    details: { offset },
  });
}
