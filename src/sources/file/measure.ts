// Reads a file once to plan: its digest, and of each part its size, its records, and where it can be split.

import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { StreamDefinition } from '../../domain/definition.ts';
import { type FramePosition, START } from '../../formats/format.ts';
import { SplitFinder } from '../../formats/ranges.ts';
import { formats } from '../../formats/registry.ts';
import type { SurveyedFile, SurveyedPart } from './survey.ts';
import { trailerOf } from './trailer.ts';
import { readBytes, unpack } from './unpack.ts';

/** A trailer stands in the last bytes of a file. */
const TAIL_BYTES = 64 * 1024;

export interface Measuring {
  readonly stream: StreamDefinition;
  /** A part twice as long is split at records about so many bytes apart. */
  readonly rangeBytes: number;
  /** Whether the records have to be counted. */
  readonly count: boolean;
  readonly signal: AbortSignal | undefined;
  /** Called with the bytes that were read since the last call. */
  readonly progress: (bytes: number) => void;
}

export interface MeasuredPart {
  /** Of the unpacked bytes. */
  readonly size: number;
  /** Where its records end: before the trailer, or at the end. */
  readonly end: number;
  /** Null where nobody counted. */
  readonly records: number | null;
  /** The number of records that its trailer says; null without one. */
  readonly announced: number | null;
  /** Positions directly after records. */
  readonly splits: readonly FramePosition[];
}

/** SHA-256 of the file as it lies, in hex. */
export async function digestFile(handle: FileHandle, { size }: SurveyedFile, measuring: Measuring): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of readBytes(handle, { from: 0, to: size, signal: measuring.signal })) {
    hash.update(chunk);
    measuring.progress(chunk.length);
  }
  return hash.digest('hex');
}

/** Errors: those of unpacking and of framing, since what is counted or split is framed; and those of `trailerOf`. */
export async function measurePart(
  handle: FileHandle,
  { file, part }: { readonly file: SurveyedFile; readonly part: SurveyedPart },
  measuring: Measuring,
): Promise<MeasuredPart> {
  const { stream, rangeBytes, signal } = measuring;
  const split = part.packed === null && file.size >= 2 * rangeBytes;
  const trailer = typeof stream.complete === 'object' && 'trailer' in stream.complete ? stream.complete.trailer : null;
  if (part.packed === null && !split && !measuring.count) {
    return { size: file.size, end: file.size, records: null, announced: null, splits: [] };
  }
  const encoding = part.encoding.encoding;
  const framer = formats[stream.format].createFramer({ ...stream, encoding }, START);
  const finder = split || measuring.count ? new SplitFinder(framer, split ? rangeBytes : Infinity) : null;
  const held = new HeldBack(trailer === null ? 0 : TAIL_BYTES, (chunk) => finder?.push(chunk));
  const bytes =
    part.packed === null
      ? readBytes(handle, { from: 0, to: file.size, signal })
      : unpack({ handle, packed: part.packed, limits: stream.unpack, signal });
  let size = 0;
  for await (const chunk of bytes) {
    signal?.throwIfAborted();
    size += chunk.length;
    held.push(chunk);
    measuring.progress(chunk.length);
  }
  const tail = held.rest();
  const offset = size - tail.length;
  const found = trailer === null ? null : trailerOf(tail, encoding, trailer);
  const kept = found === null ? tail.length : found.start;
  finder?.push(tail.subarray(0, kept));
  finder?.finish();
  return {
    size,
    end: offset + kept,
    records: finder?.records ?? null,
    announced: found?.count ?? null,
    splits: finder?.splits ?? [],
  };
}

/** Passes chunks on, but for the last bytes of all. */
class HeldBack {
  readonly #bytes: number;
  readonly #pass: (chunk: Buffer) => void;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  constructor(bytes: number, pass: (chunk: Buffer) => void) {
    this.#bytes = bytes;
    this.#pass = pass;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    for (let [first] = this.#chunks; first !== undefined; [first] = this.#chunks) {
      if (this.#length - first.length < this.#bytes) return;
      this.#chunks.shift();
      this.#length -= first.length;
      this.#pass(first);
    }
  }

  rest(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
