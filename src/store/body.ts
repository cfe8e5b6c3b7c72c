// Bodies: one compressed blob for each batch. JSON, because the parser is native; gzip level 1, measured best for the price.

import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';

const compress = promisify(gzip);
const expand = promisify(gunzip);

export async function encodeBody(body: unknown): Promise<Buffer> {
  return compressText(JSON.stringify(body));
}

export async function compressText(text: string): Promise<Buffer> {
  return compress(text, { level: constants.Z_BEST_SPEED });
}

export async function expandText(bytes: Buffer): Promise<Buffer> {
  return expand(bytes);
}

/** The caller names the type it stored: bodies are written and read by the same release, in the same place. */
export async function decodeBody<T>(bytes: Buffer): Promise<T> {
  return JSON.parse((await expandText(bytes)).toString('utf8')) as T;
}
