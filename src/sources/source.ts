// The contract of a source: how a connector lists and yields the records of a stream.

import type { ConnectionDefinition, StreamDefinition } from '../domain/definition.ts';
import type { Backfill } from '../domain/run.ts';
import type { Decoded, Lanes } from '../formats/format.ts';

/** JSON-safe position in a read; opaque to everyone but its source; never null. Kept in workflow history: under 4 KB. */
export type SourcePosition = unknown;

/** What a read consists of, fixed when it is planned: the same plan always yields the same records. */
export interface ReadPlan {
  /**
   * How many ranges the read has. Each may be read on its own, at the same time as others and in any order; one after the
   * other by their number, they are the read.
   */
  readonly ranges: number;
  /** JSON-safe and private to the source: file paths, sizes, digests, encodings. Stored with the run. */
  readonly plan: unknown;
  /** For progress only; null when unknown. */
  readonly totalBytes: number | null;
  /** When the source wrote what is read, ms since 1970: what came to us later than that cannot be in it. Absent: now. */
  readonly asOf?: number;
  /** For people: file names, sizes, the encoding used. */
  readonly notes: readonly string[];
  /** Column names or other surroundings that change what a record means; part of the reader's hash. */
  readonly surroundings: string;
  /**
   * Whether it would only repeat the last read: the same `content`, written again since; or the very same `files`, untouched,
   * or nothing new, where each is read once.
   */
  readonly repeats: 'no' | 'content' | 'files';
  /** Only what has changed since the last read, or within what was asked for. Absent: all there is. */
  readonly part?: 'incremental' | 'backfill';
  /**
   * Reading again may yield other records, so that what was read has to be kept: nobody holds a table still. Such a source
   * yields each record that is there all the while; a reader that begins in the middle proves nothing whole.
   */
  readonly passing?: true;
  /** What was changed before then had been read; what is new and older than that came late. In ms since 1970. */
  readonly watermark?: number;
}

/** Where to begin. */
export interface ReadAt {
  readonly range: number;
  /** Null: at the start of the range. */
  readonly position: SourcePosition;
}

/** One record as the source yields it. */
export interface ReadItem {
  /**
   * Ascending in the read, below 2^50: orders records of the same key. The next record's is higher by at least as many as
   * this one has bytes: the records that `each` finds inside of it have their places there.
   */
  readonly position: number;
  /** The record as it stands in the source; the fingerprint is taken of these bytes. */
  readonly bytes: Uint8Array;
  /** Where `bytes` are not those that the record was first read as: the fingerprint of these. */
  readonly fingerprint?: bigint;
  /** Of an event: when it was first durable here, ms since 1970, and the newest run then. Absent: with this read. */
  readonly received?: { readonly read: number; readonly at: number };
  /** Continue from here to read what comes after this record. */
  readonly after: SourcePosition;
  /** Bytes of the source that the reader consumed up to here, for progress. */
  readonly bytesRead: number;
  /** When the source changed it last, ms since 1970, as far as the source says so. */
  readonly changedAt?: number;
}

/** Decodes items of one plan, whoever read them. Made for a batch, whose lanes it counts. */
export interface ItemDecoder {
  decode(item: ReadItem): Decoded;
  /** What each lane of the format took so far. */
  readonly lanes: Lanes;
}

export interface SourceReader {
  /** Yields the records after the position, in order and in chunks. Ends at the end of the range. Called once. */
  items(): AsyncIterable<readonly ReadItem[]>;
  decoder(): ItemDecoder;
  /** Bytes of the source consumed so far: of all its ranges together, those of the plan. */
  readonly bytesRead: number;
  /** After `items` has ended: whether the part of the snapshot that ends in this range is proven whole. */
  completeness(): 'proven' | 'unproven';
  /** A reader at a position in the middle would have to read all before it again: better go on with this one. */
  readonly costlyToResume: boolean;
}

export interface CheckContext {
  /**
   * Of the columns that the sync reads, those that are not among these: asked where all records of a part have the same
   * names. Anything missing is `source.header`.
   */
  readonly missing: (columns: readonly string[]) => readonly string[];
}

/** What planning may ask of whoever plans: it reads everything once. */
export interface PlanContext extends CheckContext {
  readonly signal: AbortSignal;
  /** Called after each piece that was read, with the bytes so far. */
  readonly progress: (bytes: number) => void;
  /** The last read of the stream that came to its checkpoint; null when there is none. */
  readonly last: LastRead | null;
  /** How long to wait for files that somebody still writes; then `source.writing`. */
  readonly patienceMs: number;
  /** What was changed in this time is read, whatever was read before. Null: go on from the last read. */
  readonly backfill: Backfill | null;
}

export interface LastRead {
  /** As `plan` made it. */
  readonly plan: unknown;
  /** Its records were made by the same reader: what it has read need not be read again. */
  readonly sameReader: boolean;
  /** Under exactly the same definition, so that what was found in the same bytes still holds. */
  readonly sameDefinition: boolean;
}

export interface Source {
  /**
   * Fixes what will be read, and proves that it can be: existence, readability, header, encoding, and whatever the stream's
   * `complete` states.
   * Errors: `source.not_found`, `source.unreadable`, `source.empty`, `source.header`, `source.encoding`, `source.limit`,
   * `source.changed`, `source.writing` (somebody is), `source.archive`, `source.incomplete`; `source.truncated`, `source.malformed`, `source.doctype` where
   * planning reads what it plans.
   */
  plan(stream: StreamDefinition, context?: PlanContext): Promise<ReadPlan>;
  /**
   * Reads a range of a plan, or what comes after a position in it. Throws `source.changed` when the bytes are no longer
   * those of the plan. Re-reading yields the same records: nothing is ever skipped.
   */
  read(stream: StreamDefinition, plan: unknown, at: ReadAt, signal: AbortSignal): SourceReader;
  /** Opens the connection and answers with a short description for `tributary check`. Same errors as `plan`. */
  check(stream: StreamDefinition, context?: CheckContext): Promise<string>;
  /**
   * The records with these keys as they are now, in no order; keys that are not there are missing. For a few keys, of
   * which something else said that they have changed. Absent where a source cannot look records up.
   */
  readKeys?(stream: StreamDefinition, keys: readonly string[], signal: AbortSignal): Promise<KeyedRead>;
  close(): Promise<void>;
}

export interface KeyedRead {
  readonly items: readonly ReadItem[];
  decoder(): ItemDecoder;
}

/** One kind of source: its name, its settings' schema, its factory. One line in `registry.ts`. */
export interface SourceKind {
  readonly kind: string;
  /** Its streams are tables and queries (`table`, `query`) rather than files (`stream`). */
  readonly tables: boolean;
  /** Validates `settings` after secrets are resolved; throws ZodError. */
  parse(settings: unknown): unknown;
  open(connection: ConnectionDefinition, settings: unknown, context: SourceContext): Promise<Source>;
  /**
   * Where the record at a position of a planned read stands, for people: the file or page, and the byte in it. Opens
   * nothing. Null for a position that the plan does not have.
   */
  locate(plan: unknown, position: number): SourcePlace | null;
}

export interface SourcePlace {
  readonly name: string;
  readonly offset: number;
}

export interface SourceContext {
  /** The project folder; relative paths of settings start here. */
  readonly projectDir: string;
  /** About how long a range is, where a source can choose. */
  readonly rangeBytes: number;
  /** The address of our own store, for databases beside it. */
  readonly storeUrl: string;
}
