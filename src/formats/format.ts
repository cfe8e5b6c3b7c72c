// The contract of a format: bytes become raw records (framing), a raw record becomes a source record (decoding).

import type { Format, StreamDefinition } from '../domain/definition.ts';
import type { SourceRecord } from '../domain/values.ts';

/** One record as it stands in the stream. */
export interface RawRecord {
  /** Bytes from the start of the (decompressed) stream to the record's first byte. */
  readonly offset: number;
  /** A view that stays valid; its bytes are never changed. Of a stream in UTF-16 they are the same text in UTF-8. */
  readonly bytes: Uint8Array;
}

/**
 * Where to continue: always directly after a record, or at the start (`offset: 0, context: null`).
 * `context` is JSON-safe and private to the format (open elements and namespaces of XML, the header of CSV, …).
 */
export interface FramePosition {
  readonly offset: number;
  readonly context: unknown;
}

export const START: FramePosition = { offset: 0, context: null };

/**
 * Cuts a stream of bytes into raw records, without parsing fields, in constant memory.
 *
 * Use: `push` a chunk, call `next` until it returns null, push again; after the last chunk `finish`, then `next` until
 * null. Chunks may be cut anywhere. Errors: `source.truncated`, `source.malformed`, `source.doctype`, `source.limit`,
 * `source.header`, `source.empty`.
 */
export interface Framer {
  /** The chunk belongs to the framer from now on: records are views of it. */
  push(chunk: Uint8Array): void;
  /** No more bytes will come. */
  finish(): void;
  /** The next record; null when more bytes are needed, or at the end. Throws when the stream cannot be what it says. */
  next(): RawRecord | null;
  /** Directly after the record that `next` returned last. A framer made with it returns exactly the records after it. */
  position(): FramePosition;
  /**
   * After the end: `proven` when the format itself shows that nothing is missing (XML root closed, JSON array closed),
   * `unproven` otherwise: CSV, NDJSON, and XML that has other elements where records belong, but not one record.
   */
  completeness(): 'proven' | 'unproven';
}

/** The result of decoding one raw record: a source record, or why not. Ill-formed records are data, not exceptions. */
export type Decoded =
  | { readonly ok: true; readonly record: SourceRecord }
  | { readonly ok: false; readonly rule: string; readonly message: string };

/** How many records each lane has decoded or refused: the fast one, and the parser that says what is right. */
export interface Lanes {
  readonly fast: number;
  readonly reference: number;
}

/** Decodes raw records of one stream. `context` is that of a position in the same stream at or before the record. */
export interface Decode {
  (raw: RawRecord): Decoded;
  /** Since this decoder was made. */
  readonly lanes: Lanes;
  /** By the reference lane alone, which says what is right; not counted. */
  readonly reference: (raw: RawRecord) => Decoded;
}

/** What lies around the records of a stream and changes what they mean, as far as its first bytes show it. */
export interface Surroundings {
  /** For the reader's hash: the column names of CSV; empty where records explain themselves. */
  readonly description: string;
  /** The names that every record has; null where each record brings its own. */
  readonly columns: readonly string[] | null;
  /** The context that positions of this stream will have, if that is known beforehand; else null. */
  readonly context: unknown;
}

export interface FormatReader {
  /**
   * Starts at the given position; the caller pushes the bytes from `position.offset` on.
   *
   * `stream.encoding` is the one that was found; `auto` is taken for UTF-8.
   */
  createFramer(stream: StreamDefinition, position: FramePosition): Framer;
  /**
   * @param encoding as found by `detectEncoding`
   * @param context `position().context` of the framer that yielded the records, for what lies around them
   */
  createDecoder(stream: StreamDefinition, encoding: string, context: unknown): Decode;
  /**
   * Looks at the first bytes of a stream, or at all of a short one, without judging its records. Throws
   * `source.empty`, `source.header`, `source.encoding`, `source.limit`.
   */
  inspect(stream: StreamDefinition, encoding: string, prefix: Uint8Array): Surroundings;
}

export type FormatRegistry = Readonly<Record<Format, FormatReader>>;
