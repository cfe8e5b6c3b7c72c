// Bytes of a file from a position on: as they lie, or unpacked. Constant memory; every chunk is a buffer of its own.

import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createGunzip, createInflateRaw } from 'node:zlib';
import { SyncError } from '../../domain/errors.ts';
import type { Packed } from './state.ts';

const CHUNK_BYTES = 256 * 1024;
/** Small files may be dense: the ratio counts beyond this. */
const FREE_BYTES = 16 * 1024 * 1024;

export interface UnpackLimits {
  readonly ratio: number;
  readonly maxBytes: number | null;
}

export interface Unpacking {
  readonly handle: FileHandle;
  readonly packed: Packed;
  readonly limits: UnpackLimits;
  readonly signal: AbortSignal | undefined;
}

/** Bytes of a file as they lie. Ends early when the file does. */
export async function* readBytes(
  handle: FileHandle,
  { from, to, signal }: { readonly from: number; readonly to: number; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Buffer> {
  for (let offset = from; offset < to;) {
    signal?.throwIfAborted();
    const room = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, to - offset));
    const { bytesRead } = await handle.read(room, 0, room.length, offset);
    if (bytesRead === 0) return;
    yield room.subarray(0, bytesRead);
    offset += bytesRead;
  }
}

/**
 * Everything that was packed, from its first byte. Read to the end, sizes and checksum have been checked.
 *
 * Errors: `source.limit` beyond the limits, `source.truncated`, `source.malformed`.
 */
export async function* unpack(unpacking: Unpacking): AsyncGenerator<Buffer> {
  const { handle, packed, signal } = unpacking;
  const check = new Check(packed, unpacking.limits);
  const bytes = readBytes(handle, { from: packed.start, to: packed.start + packed.size, signal });
  for await (const chunk of packed.method === 'store' ? bytes : inflate(bytes, packed)) {
    check.add(chunk);
    yield chunk;
  }
  check.finish();
}

async function* inflate(bytes: AsyncIterable<Buffer>, packed: Packed): AsyncGenerator<Buffer> {
  const options = { chunkSize: CHUNK_BYTES };
  const engine = packed.method === 'gzip' ? createGunzip(options) : createInflateRaw(options);
  const fed = pipeline(Readable.from(bytes), engine).catch(() => {}); // its error comes out of the engine too
  try {
    for await (const chunk of engine) yield chunk as Buffer; // of a stream that is not in object mode
  } catch (error) {
    throw explain(error);
  } finally {
    engine.destroy();
    await fed;
  }
  if (engine.bytesWritten === packed.size) return;
  throw malformed(`${packed.size - engine.bytesWritten} bytes follow the end of the compressed data`);
}

/** Sizes, ratio and checksum, as the bytes go by. */
class Check {
  readonly #packed: Packed;
  readonly #limits: UnpackLimits;
  #bytes = 0;
  #crc = 0;

  constructor(packed: Packed, limits: UnpackLimits) {
    this.#packed = packed;
    this.#limits = limits;
    this.#checkLimits(packed.unpackedSize ?? 0);
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#checkLimits(this.#bytes);
    const { crc, unpackedSize } = this.#packed;
    if (crc !== null) this.#crc = crc32(chunk, this.#crc);
    if (unpackedSize !== null && this.#bytes > unpackedSize) throw malformed('it holds more bytes than it says');
  }

  finish(): void {
    const { crc, unpackedSize } = this.#packed;
    if (unpackedSize !== null && this.#bytes < unpackedSize) throw truncated('it holds fewer bytes than it says');
    if (crc !== null && this.#crc !== crc) throw malformed('the checksum is wrong');
  }

  #checkLimits(bytes: number): void {
    const { ratio, maxBytes } = this.#limits;
    const most = Math.max(FREE_BYTES, ratio * this.#packed.size);
    if (bytes > most) throw limit(`unpacks to more than ${ratio} times its size`, 'ratio');
    if (maxBytes !== null && bytes > maxBytes) throw limit(`unpacks to more than ${maxBytes} bytes`, 'size');
  }
}

function explain(error: unknown): unknown {
  if (error instanceof SyncError || !(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'Z_BUF_ERROR') return truncated('the compressed data ends in the middle', error);
  if (typeof error.code === 'string' && error.code.startsWith('Z_')) {
    return malformed(`the compressed data is damaged: ${error.message}`, error);
  }
  return error;
}

function truncated(message: string, cause?: unknown): SyncError {
  return new SyncError('source.truncated', { message, cause });
}

function malformed(message: string, cause?: unknown): SyncError {
  return new SyncError('source.malformed', { message, cause });
}

function limit(what: string, setting: 'ratio' | 'size'): SyncError {
  return new SyncError('source.limit', {
    message: `the file ${what}; if that is right, raise \`unpack.${setting}\` of the stream`,
  });
}
