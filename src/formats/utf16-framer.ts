// Streams in UTF-16, whose letters are not the bytes that framers look for: they are framed as UTF-8, while offsets stay
// those of the stream itself. So a raw record is UTF-8, and any position can be read on from.

import type { StreamDefinition } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import type { FormatReader, FramePosition, Framer, RawRecord } from './format.ts';
import { Utf16Decoder, utf16Length } from './utf16-text.ts';

/** The same reader for every encoding, UTF-16 too. */
export function readingUtf16(reader: FormatReader): FormatReader {
  return {
    createFramer: (stream, position) =>
      isUtf16(stream.encoding) ? new Utf16Framer(reader, stream, position) : reader.createFramer(stream, position),
    createDecoder: (stream, encoding, context) => reader.createDecoder(stream, encoding, context),
    inspect: (stream, encoding, prefix) =>
      reader.inspect(stream, encoding, isUtf16(encoding) ? decoderOf(encoding).push(prefix) : prefix),
  };
}

function isUtf16(encoding: string): boolean {
  return encoding === 'utf-16le' || encoding === 'utf-16be';
}

function decoderOf(encoding: string): Utf16Decoder {
  return new Utf16Decoder(encoding === 'utf-16be');
}

class Utf16Framer implements Framer {
  readonly #framer: Framer;
  readonly #decoder: Utf16Decoder;
  readonly #offsets: OffsetMap;
  /** Of the position after the last record. */
  #after: number;

  constructor(reader: FormatReader, stream: StreamDefinition, position: FramePosition) {
    this.#framer = reader.createFramer({ ...stream, encoding: 'utf-8' }, position);
    this.#decoder = decoderOf(stream.encoding);
    this.#offsets = new OffsetMap(position.offset, stream.maxRecordBytes);
    this.#after = position.offset;
  }

  push(chunk: Uint8Array): void {
    this.#add(this.#decoder.push(chunk), chunk.length);
  }

  finish(): void {
    this.#add(this.#decoder.finish(), 0);
    this.#framer.finish();
  }

  next(): RawRecord | null {
    const raw = this.#nextInUtf8();
    if (raw === null) return null;
    const offset = this.#offsets.find(raw.offset);
    this.#after = this.#offsets.find(this.#framer.position().offset);
    return { offset, bytes: raw.bytes };
  }

  position(): FramePosition {
    return { offset: this.#after, context: this.#framer.position().context };
  }

  completeness(): 'proven' | 'unproven' {
    return this.#framer.completeness();
  }

  #add(bytes: Buffer, length: number): void {
    this.#offsets.add(bytes, length);
    if (bytes.length > 0) this.#framer.push(bytes);
  }

  #nextInUtf8(): RawRecord | null {
    try {
      return this.#framer.next();
    } catch (error) {
      throw error instanceof SyncError ? this.#located(error) : error;
    }
  }

  /** The same error, with the offset in the stream. */
  #located(error: SyncError): SyncError {
    const { offset } = error.details;
    if (typeof offset !== 'number' || !this.#offsets.has(offset)) return error;
    const found = this.#offsets.find(offset);
    const message = error.message.replaceAll(`byte ${offset}`, `byte ${found}`);
    return new SyncError(error.code, { message, details: { ...error.details, offset: found }, cause: error });
  }
}

/** From offsets in UTF-8 to those in the stream. They are asked for in ascending order. */
class OffsetMap {
  /** What has not been passed yet; the first one from `#at` on. */
  readonly #pieces: Buffer[] = [];
  readonly #limit: number;
  #at = 0;
  /** The place that was found last, here and there. */
  #utf8: number;
  #utf16: number;
  #utf8End: number;
  #utf16End: number;

  constructor(start: number, maxRecordBytes: number) {
    this.#limit = maxRecordBytes;
    this.#utf8 = start;
    this.#utf16 = start;
    this.#utf8End = start;
    this.#utf16End = start;
  }

  add(piece: Buffer, utf16Bytes: number): void {
    // Nothing before the longest record that may end here will be asked for, and the record before it has been.
    const needless = this.#utf8End - this.#limit;
    while (this.#utf8 + (this.#pieces[0]?.length ?? Infinity) - this.#at <= needless) this.#pass();
    if (piece.length > 0) this.#pieces.push(piece);
    this.#utf8End += piece.length;
    this.#utf16End += utf16Bytes;
  }

  has(utf8: number): boolean {
    return utf8 >= this.#utf8 && utf8 <= this.#utf8End;
  }

  find(utf8: number): number {
    if (!this.has(utf8)) throw new SyncError('internal.bug', { message: `the offset ${utf8} was asked for too late` });
    while (this.#utf8 < utf8) {
      const rest = (this.#pieces[0]?.length ?? 0) - this.#at;
      if (rest <= utf8 - this.#utf8) this.#pass();
      else this.#moveTo(this.#at + utf8 - this.#utf8);
    }
    // An odd last byte counts for two.
    return Math.min(this.#utf16, this.#utf16End);
  }

  /** To the end of the first piece. */
  #pass(): void {
    this.#moveTo(this.#pieces[0]?.length ?? 0);
    this.#pieces.shift();
    this.#at = 0;
  }

  #moveTo(index: number): void {
    this.#utf16 += utf16Length(this.#pieces[0] ?? Buffer.of(), this.#at, index);
    this.#utf8 += index - this.#at;
    this.#at = index;
  }
}
