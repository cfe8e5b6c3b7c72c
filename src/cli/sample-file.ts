// The first bytes of a file, unpacked where it is packed.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { SyncError } from '../domain/errors.ts';

/** Enough for thousands of records; a sample stays in memory as a whole. */
const MAX_BYTES = 16 * 1024 * 1024;

export interface FirstBytes {
  readonly bytes: Uint8Array;
  /** There are no more. */
  readonly whole: boolean;
  /** Of the file as it lies there. */
  readonly size: number;
}

/** Throws `source.not_found` and `source.unreadable`, the latter for zip archives too. */
export async function readFirstBytes(path: string): Promise<FirstBytes> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new SyncError('source.not_found', { message: `there is no file ${path}`, cause });
  });
  if (!found.isFile()) throw new SyncError('source.unreadable', { message: `${path} is not a file` });
  try {
    const head = await collect(createReadStream(path, { end: 3 }), 4);
    if (head.bytes[0] === 0x50 && head.bytes[1] === 0x4b) {
      throw new SyncError('source.unreadable', { message: `${path} is a zip archive; unpack one of its files first` });
    }
    const packed = head.bytes[0] === 0x1f && head.bytes[1] === 0x8b;
    return { ...(await collect(packed ? unpacked(path) : createReadStream(path), MAX_BYTES)), size: found.size };
  } catch (error) {
    if (error instanceof SyncError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new SyncError('source.unreadable', { message: `${path} cannot be read: ${why}`, cause: error });
  }
}

function unpacked(path: string): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip();
  createReadStream(path)
    .on('error', (error) => gunzip.destroy(error))
    .pipe(gunzip);
  return gunzip;
}

async function collect(stream: AsyncIterable<Uint8Array>, limit: number): Promise<Omit<FirstBytes, 'size'>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limit) return { bytes: Buffer.concat(chunks).subarray(0, limit), whole: false };
  }
  return { bytes: Buffer.concat(chunks), whole: true };
}
