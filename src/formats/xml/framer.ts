// Frames an XML document: the elements at a path. What stands around them is judged here; the records are only
// measured, by matching their tags, and judged when they are decoded.
//
//   outside: text ─▶ markup ─▶ (outline)          inside: push and pop names until the record's own is closed
//                        └── start tag at the path ──▶ inside

import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { ByteWindow } from '../byte-window.ts';
import { doubleBytes } from '../encodings.ts';
import type { FramePosition, Framer, RawRecord } from '../format.ts';
import { MarkupLexer, nameEnd, LT, type MarkupKind } from './markup.ts';
import { malformed, xmlContext, XmlOutline } from './outline.ts';
import { RecordNames } from './record-names.ts';

export class XmlFramer implements Framer {
  readonly #stream: StreamDefinition;
  readonly #window: ByteWindow;
  readonly #lexer: MarkupLexer;
  readonly #outline: XmlOutline;
  readonly #names: RecordNames;
  #markChecked: boolean;
  /** Offset at which an XML declaration may stand. */
  #documentStart = 0;
  /** First byte of the record, or of the text or markup of the outline, being read. */
  #start = 0;
  /** Everything before it is understood. */
  #at = 0;
  #inRecord = false;
  #markupSeen: boolean;
  #position: FramePosition;

  constructor(stream: StreamDefinition, position: FramePosition) {
    const context = xmlContext(position.context);
    this.#stream = stream;
    this.#position = position;
    this.#window = new ByteWindow(position.offset, stream.maxRecordBytes);
    this.#lexer = new MarkupLexer(this.#window, doubleBytes(stream.encoding));
    this.#outline = new XmlOutline(stream, context);
    this.#names = new RecordNames();
    this.#markChecked = context !== null;
    this.#markupSeen = context !== null;
  }

  push(chunk: Uint8Array): void {
    const moved = this.#window.push(chunk, this.#start);
    this.#start -= moved;
    this.#at -= moved;
    this.#lexer.move(moved);
  }

  finish(): void {
    this.#window.ended = true;
  }

  next(): RawRecord | null {
    if (!this.#markChecked && !this.#skipMark()) return null;
    for (;;) {
      const hasMarkup = this.#skipText();
      if (!this.#inRecord && !this.#judgeText(hasMarkup)) return this.#wait();
      const kind = hasMarkup ? this.#lexer.read(this.#at) : null;
      if (kind === null) return this.#wait();
      this.#markupSeen = true;
      const isRecordEnd = this.#inRecord ? this.#insideRecord(kind) : this.#outsideRecords(kind);
      this.#at = this.#lexer.end;
      if (isRecordEnd) return this.#takeRecord();
      if (!this.#inRecord) this.#start = this.#at;
    }
  }

  position(): FramePosition {
    return this.#position;
  }

  completeness(): 'proven' | 'unproven' {
    return this.#window.ended && this.#outline.rootClosed && !this.#outline.isDoubtful ? 'proven' : 'unproven';
  }

  /** Moves to the next `<`; false when there is none yet. */
  #skipText(): boolean {
    const { bytes } = this.#window;
    const length = bytes.length;
    let at = this.#at;
    while (at < length && bytes[at] !== LT) at++;
    this.#at = at;
    return at < length;
  }

  /** Judges the text before the markup; false when it is not all there. */
  #judgeText(isWhole: boolean): boolean {
    const { bytes } = this.#window;
    while (isSpace(bytes[this.#start]) && this.#start < this.#at) this.#start++;
    if (this.#start === this.#at) return true;
    if (this.#outline.depth === 0) throw this.#located(malformed('there is text outside of the root element'));
    if (!isWhole) return false;
    this.#judging(() => this.#outline.judge(bytes.toString('latin1', this.#start, this.#at)));
    this.#start = this.#at;
    return true;
  }

  #outsideRecords(kind: MarkupKind): boolean {
    if (kind === 'close') this.#judging(() => this.#outline.close(this.#markup()));
    else if (kind === 'comment' || kind === 'instruction') this.#judging(() => this.#judgeMisc());
    else if (kind === 'cdata') {
      if (this.#outline.depth === 0) throw this.#located(malformed('there is text outside of the root element'));
    } else return this.#startElement(kind);
    return false;
  }

  #startElement(kind: MarkupKind): boolean {
    const name = this.#name(1);
    if (!this.#outline.beginsRecord(name)) {
      this.#judging(() => this.#outline.open(name, this.#markup(), kind === 'empty'));
      return false;
    }
    this.#inRecord = true;
    this.#names.clear();
    return this.#insideRecord(kind);
  }

  /** Follows the tags of a record; true when it is closed. */
  #insideRecord(kind: MarkupKind): boolean {
    const { bytes } = this.#window;
    if (kind === 'open' || kind === 'broken') {
      const from = this.#at + 1;
      this.#names.push(from - this.#start, nameEnd(bytes, from, this.#lexer.end) - this.#start);
    } else if (kind === 'close') {
      this.#endInRecord();
    }
    return this.#names.isEmpty;
  }

  #endInRecord(): void {
    const { bytes } = this.#window;
    const from = this.#at + 2;
    const to = nameEnd(bytes, from, this.#lexer.end);
    const origin = this.#start;
    if (this.#names.closeInnermost(bytes, origin, from - origin, to - origin)) return;
    // An end tag that closes nothing in the record makes it ill-formed, which its decoder will say; but one that closes
    // an element around it shows that the record itself was never closed.
    if (this.#outline.isOpen(bytes.toString('latin1', from, to)))
      throw this.#located(malformed('a record is not closed'));
  }

  #takeRecord(): RawRecord {
    const { base, bytes } = this.#window;
    const record = { offset: base + this.#start, bytes: bytes.subarray(this.#start, this.#at) };
    this.#window.checkLimit(this.#start, this.#at);
    this.#inRecord = false;
    this.#start = this.#at;
    this.#position = { offset: base + this.#at, context: this.#outline.context };
    return record;
  }

  #judgeMisc(): void {
    const piece = this.#markup();
    const isDeclaration = this.#window.base + this.#at === this.#documentStart && /^<\?xml\s/.test(piece);
    if (isDeclaration) this.#outline.judgeDeclaration(piece);
    else this.#outline.judge(piece);
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

  #name(skip: number): string {
    const { bytes } = this.#window;
    const from = this.#at + skip;
    return bytes.toString('latin1', from, nameEnd(bytes, from, this.#lexer.end));
  }

  #markup(): string {
    return this.#window.bytes.toString('latin1', this.#at, this.#lexer.end);
  }

  /** More bytes are needed: null, unless there are none. */
  #wait(): null {
    const { bytes, base, ended } = this.#window;
    this.#window.checkLimit(this.#start, bytes.length);
    if (!ended) return null;
    const isOver = this.#start === bytes.length;
    if (isOver && this.#outline.rootClosed) {
      this.#checkPath();
      return null;
    }
    if (isOver && !this.#markupSeen) throw new SyncError('source.empty', { message: 'there is no root element' });
    const offset = base + bytes.length;
    throw new SyncError('source.truncated', {
      message: `the document ends at byte ${offset} before it is closed`,
      details: { offset },
    });
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
    this.#start = mark;
    this.#at = mark;
    this.#documentStart = mark;
    this.#markChecked = true;
    return true;
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
