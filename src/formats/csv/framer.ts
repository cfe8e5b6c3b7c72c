// Frames CSV: RFC 4180 with the stream's delimiter and quote. A record is a row without its line end.
//
//   skipped lines → header (first row) → rows; blank lines and comment lines are passed over everywhere

import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { readContext } from '../context.ts';
import type { FramePosition, Framer, RawRecord } from '../format.ts';
import { CsvLines } from './lines.ts';

/** What a position in a CSV stream carries: the bytes of the header row, in base64. */
export interface CsvContext {
  readonly header: string;
}

export function csvContext(context: unknown): CsvContext | null {
  return readContext(context, (value): value is CsvContext => 'header' in value && typeof value.header === 'string');
}

/**
 * A last row without a line end is accepted: many exports end that way, and CSV cannot show that it is whole. So CSV is
 * never proven complete.
 */
export class CsvFramer implements Framer {
  readonly #lines: CsvLines;
  readonly #comment: Buffer | null;
  #skip: number;
  #markChecked: boolean;
  #rowStart = 0;
  #context: CsvContext | null;
  #position: FramePosition;

  constructor(stream: StreamDefinition, position: FramePosition) {
    this.#context = csvContext(position.context);
    this.#position = position;
    this.#lines = new CsvLines(stream, position.offset);
    this.#comment = stream.csv.comment === null ? null : Buffer.from(stream.csv.comment);
    this.#skip = this.#context === null ? stream.csv.skipLines : 0;
    this.#markChecked = this.#context !== null;
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  finish(): void {
    this.#lines.window.ended = true;
  }

  next(): RawRecord | null {
    const header = this.readHeader();
    const bytes = header === null ? null : this.#nextRow();
    if (header === null || bytes === null) {
      if (this.#lines.window.ended) this.#checkEnd();
      return null;
    }
    const { window, start } = this.#lines;
    this.#position = { offset: window.base + start, context: header };
    return { offset: window.base + this.#rowStart, bytes };
  }

  /** The header row as soon as its bytes are there. */
  readHeader(): CsvContext | null {
    if (this.#context === null) {
      const bytes = this.#nextRow();
      if (bytes !== null) this.#context = { header: bytes.toString('base64') };
    }
    return this.#context;
  }

  position(): FramePosition {
    return this.#position;
  }

  completeness(): 'unproven' {
    return 'unproven';
  }

  /** The next line that is neither skipped, blank nor a comment; leaves `#lines` at the one after it. */
  #nextRow(): Buffer | null {
    if (!this.#markChecked && !this.#skipMark()) return null;
    const lines = this.#lines;
    for (let raw = this.#isRawLine(); raw !== null && lines.find(raw); raw = this.#isRawLine()) {
      const { start, end } = lines;
      lines.startAt(lines.after);
      if (this.#skip > 0) {
        this.#skip--;
      } else if (!raw && end > start) {
        this.#rowStart = start;
        return lines.window.bytes.subarray(start, end);
      }
    }
    return null;
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
    if (this.#comment === null) return false;
    const { window, start } = this.#lines;
    const head = window.bytes.subarray(start, start + this.#comment.length);
    if (head.length === this.#comment.length || window.ended) return head.equals(this.#comment);
    return head.equals(this.#comment.subarray(0, head.length)) ? null : false;
  }

  #checkEnd(): void {
    const quotedFrom = this.#lines.truncatedAt;
    if (quotedFrom !== null) {
      throw new SyncError('source.truncated', {
        message: `the quoted field that begins at byte ${quotedFrom} never ends`,
        details: { offset: quotedFrom },
      });
    }
    if (this.#context === null) throw new SyncError('source.empty', { message: 'there is no header row' });
  }
}
