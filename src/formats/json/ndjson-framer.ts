// Frames NDJSON: one JSON value a line.

import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { ByteWindow, CR, LF } from '../byte-window.ts';
import { strictDecoder } from '../encodings.ts';
import type { FramePosition, Framer, RawRecord } from '../format.ts';
import { lastLineError } from '../last-line.ts';
import { isJsonSpace } from './bytes.ts';

/**
 * Never proven complete: whole lines may be missing. A last line without a line end has to be whole JSON where it is
 * accepted. Where it is held, every record has its line end in its bytes, as in CSV.
 */
export class NdjsonFramer implements Framer {
  readonly #stream: StreamDefinition;
  readonly #window: ByteWindow;
  readonly #hold: boolean;
  #start = 0;
  #scan = 0;
  /** Null once a record has been read. */
  #from: FramePosition | null;
  #seen: boolean;
  #markChecked: boolean;

  constructor(stream: StreamDefinition, position: FramePosition) {
    this.#stream = stream;
    this.#from = position;
    this.#hold = stream.lastLine === 'hold';
    this.#window = new ByteWindow(position.offset, stream.maxRecordBytes);
    this.#seen = position.offset > 0;
    this.#markChecked = this.#seen;
  }

  push(chunk: Uint8Array): void {
    const moved = this.#window.push(chunk, this.#start);
    this.#start -= moved;
    this.#scan -= moved;
  }

  finish(): void {
    this.#window.ended = true;
  }

  next(): RawRecord | null {
    if (!this.#markChecked && !this.#skipMark()) return null;
    for (;;) {
      const { bytes, ended } = this.#window;
      const found = bytes.indexOf(LF, this.#scan);
      const end = found === -1 ? bytes.length : found;
      this.#window.checkLimit(this.#start, end);
      this.#scan = end;
      if (found === -1 && (!ended || this.#start === end)) {
        if (ended && !this.#seen) throw new SyncError('source.empty', { message: 'there is no record' });
        return null;
      }
      const record = this.#line(end, found === -1 ? end : end + 1);
      this.#start = Math.min(end + 1, bytes.length);
      this.#scan = this.#start;
      if (record === null) continue;
      if (found === -1) this.#checkLast(record);
      this.#seen = true;
      this.#from = null;
      return record;
    }
  }

  position(): FramePosition {
    return this.#from ?? { offset: this.#window.base + this.#start, context: null };
  }

  completeness(): 'unproven' {
    return 'unproven';
  }

  #line(lineEnd: number, after: number): RawRecord | null {
    const { bytes, base } = this.#window;
    const end = bytes[lineEnd - 1] === CR && lineEnd > this.#start ? lineEnd - 1 : lineEnd;
    let at = this.#start;
    while (at < end && isJsonSpace(bytes[at])) at++;
    if (at === end) return null;
    return { offset: base + this.#start, bytes: bytes.subarray(this.#start, this.#hold ? after : end) };
  }

  #checkLast(record: RawRecord): void {
    if (this.#hold) return;
    if (this.#stream.lastLine === 'refuse') throw lastLineError(record.offset);
    const text = strictDecoder(this.#stream.encoding)(record.bytes);
    if (text !== null && isWhole(text)) return;
    throw new SyncError('source.truncated', {
      message: `the last line, which begins at byte ${record.offset}, is not whole`,
      details: { offset: record.offset },
    });
  }

  #skipMark(): boolean {
    const mark = this.#window.markLength();
    if (mark === null) return false;
    this.#start = mark;
    this.#scan = mark;
    this.#markChecked = true;
    return true;
  }
}

/** Whether it ends where JSON may end; what it holds is the decoder's to judge. */
function isWhole(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
