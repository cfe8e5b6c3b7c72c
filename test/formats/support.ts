import type { StreamDefinition } from '../../src/domain/definition.ts';
import { SyncError } from '../../src/domain/errors.ts';
import { START, type Decoded, type FramePosition } from '../../src/formats/format.ts';
import { RangeFramer, SplitFinder } from '../../src/formats/ranges.ts';
import { formats } from '../../src/formats/registry.ts';

export type StreamChanges = Partial<Omit<StreamDefinition, 'csv'>> & {
  readonly csv?: Partial<StreamDefinition['csv']>;
};

export function streamOf(changes: StreamChanges): StreamDefinition {
  return {
    connection: 'erp',
    stream: 'customers.csv',
    format: 'csv',
    record: '',
    each: null,
    parent: 'parent',
    key: ['id'],
    version: null,
    records: 'full',
    empty: 'absent',
    encoding: 'utf-8',
    complete: 'proven',
    files: 'all',
    entry: null,
    settleMs: 0,
    unpack: { ratio: 100, maxBytes: null },
    many: false,
    maxRecordBytes: 1_000_000,
    lastLine: 'accept',
    ...changes,
    csv: { delimiter: ',', quote: '"', escape: null, skipLines: 0, comment: null, columns: null, ...changes.csv },
  };
}

export interface FramedRecord {
  readonly offset: number;
  readonly bytes: Buffer;
  readonly after: FramePosition;
}

export interface FrameOptions {
  /** Sizes of the chunks, the last one again and again. */
  readonly sizes?: readonly number[];
  readonly from?: FramePosition;
  /** Where the next range begins. */
  readonly end?: number | null;
}

export interface Framed {
  readonly records: readonly FramedRecord[];
  readonly completeness: 'proven' | 'unproven';
}

/** Frames a range of the bytes: all of them, if nothing else is said. */
export function frame(
  stream: StreamDefinition,
  bytes: Uint8Array,
  { sizes = [65_536], from = START, end = null }: FrameOptions = {},
): Framed {
  const framer = new RangeFramer(formats[stream.format].createFramer(stream, from), end);
  const records: FramedRecord[] = [];
  const drain = (): void => {
    for (let raw = framer.next(); raw !== null; raw = framer.next()) {
      records.push({ offset: raw.offset, bytes: Buffer.from(raw.bytes), after: framer.position() });
    }
  };
  let at = from.offset;
  for (let turn = 0; at < bytes.length && !framer.done; turn++) {
    const size = sizes[Math.min(turn, sizes.length - 1)] ?? 1;
    framer.push(Uint8Array.from(bytes.subarray(at, at + size)));
    at += size;
    drain();
  }
  if (at >= bytes.length) framer.finish();
  drain();
  return { records, completeness: framer.completeness() };
}

/** As they come back from storage. */
export function findSplits(
  stream: StreamDefinition,
  bytes: Uint8Array,
  { everyBytes, size }: { readonly everyBytes: number; readonly size: number },
): readonly FramePosition[] {
  const finder = new SplitFinder(formats[stream.format].createFramer(stream, START), everyBytes);
  for (let at = 0; at < bytes.length; at += size) finder.push(Uint8Array.from(bytes.subarray(at, at + size)));
  finder.finish();
  return JSON.parse(JSON.stringify(finder.splits)) as FramePosition[];
}

export function decodeAll(stream: StreamDefinition, bytes: Uint8Array, sizes?: readonly number[]): readonly Decoded[] {
  const { records } = frame(stream, bytes, sizes === undefined ? {} : { sizes });
  return records.map(({ offset, bytes: record, after }) => {
    const context: unknown = JSON.parse(JSON.stringify(after.context));
    return formats[stream.format].createDecoder(stream, stream.encoding, context)({ offset, bytes: record });
  });
}

/** What the records are, as plain objects; a refused one is `rule: message`. */
export function read(changes: StreamChanges, text: string | Uint8Array): readonly unknown[] {
  return decodeAll(streamOf(changes), Buffer.from(text)).map(plain);
}

export function plain(decoded: Decoded): unknown {
  return decoded.ok ? JSON.parse(JSON.stringify(decoded.record)) : `${decoded.rule}: ${decoded.message}`;
}

/** The code of the error, or `no error`. */
export function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof SyncError) return error.code;
    throw error;
  }
  return 'no error';
}
