// The body of a request: read with a limit, unpacked with a limit.

import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, type ZlibOptions } from 'node:zlib';
import { SyncError } from '../domain/errors.ts';
import { systemErrorCode } from '../domain/system-errors.ts';
import type { Lease } from './memory.ts';

/** As it comes, and unpacked: what the inbox takes as one event. */
export const MAX_BODY_BYTES = 1_048_576;

const UNPACK: Readonly<Record<string, (bytes: Uint8Array, options: ZlibOptions) => Promise<Uint8Array>>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/** Refuses a body that says beforehand that it is too large, or packed in a way that is not known. */
export function checkBody({ headers, headersDistinct }: IncomingMessage): void {
  for (const name of ['content-type', 'content-encoding']) {
    if ((headersDistinct[name]?.length ?? 0) > 1) throw malformed(`the header ${name} stands more than once`);
  }
  if (Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge('the body');
  const encoding = encodingOf(headers['content-encoding']);
  if (encoding !== null && !Object.hasOwn(UNPACK, encoding))
    throw new SyncError('request.media_type', {
      message: 'expected the Content-Encoding gzip, deflate, br or none',
      details: { headers: { 'accept-encoding': 'gzip, deflate, br' } },
    });
}

/** The bytes as they were sent. Errors: `request.too_large`, `request.too_many`. */
export function readBody(request: IncomingMessage, memory: Lease): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const take = (chunk: Uint8Array): void => {
      try {
        size += chunk.length;
        if (size > MAX_BODY_BYTES) throw tooLarge('the body');
        memory.take(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        // Not an iterator: one that ends early would close the connection before the answer.
        request.off('data', take);
        reject(asError(error));
      }
    };
    request.on('data', take);
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => reject(new Error('the connection was closed')));
  });
}

/** As its Content-Encoding says. A bomb is given up where it passes the limit. */
export async function unpack(body: Uint8Array, contentEncoding: string | undefined): Promise<Uint8Array> {
  const encoding = encodingOf(contentEncoding);
  const unpacked = encoding === null ? undefined : UNPACK[encoding];
  if (unpacked === undefined) return body;
  try {
    return await unpacked(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    if (systemErrorCode(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge('the unpacked body');
    throw malformed(`the body is not ${encoding}`);
  }
}

function encodingOf(header: string | undefined): string | null {
  const encoding = header?.trim().toLowerCase() ?? '';
  return encoding === '' || encoding === 'identity' ? null : encoding;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function tooLarge(what: string): SyncError {
  return new SyncError('request.too_large', { message: `${what} has more than ${MAX_BODY_BYTES} bytes` });
}

export function malformed(message: string): SyncError {
  return new SyncError('request.malformed', { message });
}
