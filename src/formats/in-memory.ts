// Reads a stream that is in memory, or its beginning: for tests of syncs and for samples. Runs read in pieces instead.

import type { StreamDefinition } from '../domain/definition.ts';
import { detectEncoding, PREFIX_BYTES, type DetectedEncoding } from './encodings.ts';
import { START, type Decode, type Decoded } from './format.ts';
import { formats } from './registry.ts';

export interface InMemory {
  readonly encoding: DetectedEncoding;
  /** The names that every record has; null where each record brings its own. */
  readonly columns: readonly string[] | null;
  /** The records in order, decoded as they are asked for. Throws what framers throw. */
  readonly records: Iterable<Decoded>;
}

/**
 * Opens a stream. When the bytes are only its beginning (`whole: false`), the records end with the last one that is
 * there completely, and nothing is said of the rest. Throws `source.empty`, `source.header`, `source.encoding`.
 */
export function openInMemory(
  stream: StreamDefinition,
  bytes: Uint8Array,
  { whole }: { readonly whole: boolean },
): InMemory {
  const prefix = bytes.subarray(0, PREFIX_BYTES);
  const encoding = detectEncoding(prefix, stream.encoding);
  const resolved = { ...stream, encoding: encoding.encoding };
  const { columns } = formats[stream.format].inspect(stream, encoding.encoding, prefix);
  return { encoding, columns, records: { [Symbol.iterator]: () => decoded(resolved, bytes, whole) } };
}

function* decoded(stream: StreamDefinition, bytes: Uint8Array, whole: boolean): Generator<Decoded> {
  const { createFramer, createDecoder } = formats[stream.format];
  const framer = createFramer(stream, START);
  let context: unknown;
  let decode: Decode | null = null;
  // Framers own what is pushed.
  framer.push(Uint8Array.from(bytes));
  if (whole) framer.finish();
  for (let raw = framer.next(); raw !== null; raw = framer.next()) {
    const { context: now } = framer.position();
    if (decode === null || now !== context) decode = createDecoder(stream, stream.encoding, now);
    context = now;
    yield decode(raw);
  }
}
