// The contract of a format: bytes become raw records (framing), a raw record becomes a source record (decoding).

import type { Format, StreamDefinition } from '../domain/definition.ts';
import type { SourceRecord } from '../domain/values.ts';

/** One record as it stands in the stream. */
export interface RawRecord {
  /** Bytes from the start of the (decompressed) stream to the record's first byte. */
  readonly offset: number;
  /** A view that stays valid; its bytes are never changed. */
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
  push(chunk: Uint8Array): void;
  /** No more bytes will come. */
  finish(): void;
  /** The next record; null when more bytes are needed, or at the end. Throws when the stream cannot be what it says. */
  next(): RawRecord | null;
  /** Directly after the record that `next` returned last. A framer made with it returns exactly the records after it. */
  position(): FramePosition;
  /**
   * After the end: `proven` when the format itself shows that nothing is missing (XML root closed, JSON array closed),
   * `unproven` otherwise (CSV, NDJSON).
   */
  completeness(): 'proven' | 'unproven';
}

/** The result of decoding one raw record: a source record, or why not. Ill-formed records are data, not exceptions. */
export type Decoded =
  | { readonly ok: true; readonly record: SourceRecord }
  | { readonly ok: false; readonly rule: string; readonly message: string };

/** Decodes raw records of one stream. `context` is that of a position in the same stream at or before the record. */
export type Decode = (raw: RawRecord) => Decoded;

export interface FormatReader {
  /** Starts at the given position; the caller pushes the bytes from `position.offset` on. */
  createFramer(stream: StreamDefinition, position: FramePosition): Framer;
  /**
   * @param encoding as found by `detectEncoding`
   * @param context `position().context` of the framer that yielded the records, for what lies around them
   */
  createDecoder(stream: StreamDefinition, encoding: string, context: unknown): Decode;
}

export type FormatRegistry = Readonly<Record<Format, FormatReader>>;
