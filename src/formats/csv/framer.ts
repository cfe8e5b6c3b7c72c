// Frames CSV: RFC 4180 with the stream's delimiter and quote. A record is a row without its line end.
//
//   skipped lines → header (first row, if there is one) → rows; blank lines and comment lines are passed over everywhere

import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { readContext } from '../context.ts';
import { encodeMark } from '../encode-mark.ts';
import type { FramePosition, Framer, RawRecord } from '../format.ts';
import { lastLineError } from '../last-line.ts';
import { CsvLines } from './lines.ts';

/** What a position in a CSV stream carries: the bytes of the header row, in base64; empty where columns are configured. */
export interface CsvContext {
  readonly header: string;
}

const NO_HEADER: CsvContext = { header: '' };

export function csvContext(context: unknown): CsvContext | null {
  return readContext(context, (value): value is CsvContext => 'header' in value && typeof value.header === 'string');
}

/**
 * CSV cannot show that it is whole, so it is never proven complete. Where a last row without a line end is held, every
 * record has its line end in its bytes: the cut row and the finished one have different fingerprints then.
 */
export class CsvFramer implements Framer {
  readonly #stream: StreamDefinition;
  readonly #lines: CsvLines;
  readonly #comment: Buffer | null;
  readonly #hold: boolean;
  #skip: number;
  #markChecked: boolean;
  #rowStart = 0;
  #context: CsvContext | null;
  /** Null once a record has been read. */
  #from: FramePosition | null;

  constructor(stream: StreamDefinition, position: FramePosition) {
    const { comment, skipLines } = stream.csv;
    this.#stream = stream;
    this.#context = csvContext(position.context);
    this.#from = position;
    this.#lines = new CsvLines(stream, position.offset);
    this.#comment = comment === null ? null : encodeMark(comment, stream.encoding);
    this.#hold = stream.lastLine === 'hold';
    this.#skip = this.#context === null ? skipLines : 0;
    this.#markChecked = this.#context !== null;
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  finish(): void {
    this.#lines.window.ended = true;
  }

  next(): RawRecord | null {
    const lines = this.#lines;
    if (this.readHeader() === null || !this.#nextRow()) {
      if (lines.window.ended) this.#checkEnd();
      return null;
    }
    const { window, end, after } = lines;
    const start = this.#rowStart;
    if (after === end && this.#stream.lastLine === 'refuse') throw lastLineError(window.base + start);
    this.#from = null;
    return { offset: window.base + start, bytes: window.bytes.subarray(start, this.#hold ? after : end) };
  }

  /** The header row as soon as its bytes are there. */
  readHeader(): CsvContext | null {
    if (this.#context === null && this.#stream.csv.columns !== null) this.#context = NO_HEADER;
    if (this.#context === null && this.#nextRow()) {
      const { window, end, after } = this.#lines;
      if (after === end && this.#stream.lastLine !== 'accept') throw lastLineError(window.base + this.#rowStart);
      this.#context = { header: window.bytes.toString('base64', this.#rowStart, end) };
    }
    return this.#context;
  }

  position(): FramePosition {
    const { window, start } = this.#lines;
    return this.#from ?? { offset: window.base + start, context: this.#context };
  }

  completeness(): 'unproven' {
    return 'unproven';
  }

  /** Finds the next line that is neither skipped, blank nor a comment; leaves `#lines` at the one after it. */
  #nextRow(): boolean {
    if (!this.#markChecked && !this.#skipMark()) return false;
    const lines = this.#lines;
    for (let raw = this.#isRawLine(); raw !== null && lines.find(raw); raw = this.#isRawLine()) {
      const { start, end } = lines;
      lines.startAt(lines.after);
      if (this.#skip > 0) {
        this.#skip--;
      } else if (!raw && end > start) {
        this.#rowStart = start;
        return true;
      }
    }
    return false;
  }

  #skipMark(): boolean {
    const mark = this.#lines.window.markLength();
    if (mark === null) return false;
    this.#lines.startAt(mark);
    this.#markChecked = true;
    return true;
  }

  /** Whether quotes mean nothing in the line that begins here; null when more bytes are needed to tell. */
  #isRawLine(): boolean | null {
    if (this.#skip > 0) return true;
    const comment = this.#comment;
    const { window, start } = this.#lines;
    if (comment === null || (window.bytes[start] ?? comment[0]) !== comment[0]) return false;
    const head = window.bytes.subarray(start, start + comment.length);
    if (head.length === comment.length || window.ended) return head.equals(comment);
    return head.equals(comment.subarray(0, head.length)) ? null : false;
  }

  #checkEnd(): void {
    const { truncatedAt } = this.#lines;
    if (truncatedAt !== null) {
      throw new SyncError('source.truncated', {
        message: `the quoted field that begins at byte ${truncatedAt} never ends`,
        details: { offset: truncatedAt },
      });
    }
    if (this.#context === null) throw new SyncError('source.empty', { message: 'there is no header row' });
    if (this.#stream.csv.columns !== null && this.#from?.offset === 0) {
      throw new SyncError('source.empty', { message: 'there is no record' });
    }
  }
}
