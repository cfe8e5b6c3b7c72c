// Looks at a file before it is read: what it is, its parts, and of each part encoding and header. Reads the first bytes only.

import type { FileHandle } from 'node:fs/promises';
import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { detectEncoding, PREFIX_BYTES, type DetectedEncoding } from '../../formats/encodings.ts';
import type { Surroundings } from '../../formats/format.ts';
import type { Folder } from './folder.ts';
import { type Inspecting, inspectPart } from './header.ts';
import { checkUnpacked, type Packing, packingOf } from './packing.ts';
import { judgeSample } from './sample.ts';
import { type Packed, partName } from './state.ts';
import { readBytes, unpack } from './unpack.ts';
import { zipEntries } from './zip.ts';

export interface SurveyedPart {
  /** As messages call it. */
  readonly name: string;
  /** The name in the zip. */
  readonly entry: string | null;
  readonly packed: Packed | null;
  readonly encoding: DetectedEncoding;
  readonly surroundings: Surroundings;
  /** What people should know of it. */
  readonly doubts: readonly string[];
}

export interface SurveyedFile {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly packing: Packing;
  readonly parts: readonly SurveyedPart[];
}

/**
 * Throws `source.empty`, `source.encoding`, `source.header`, `source.unreadable`, `source.archive`, `source.truncated`,
 * `source.malformed`, `source.limit`, `source.not_found`.
 */
export async function surveyFile(
  folder: Folder,
  path: string,
  { stream, missing }: Pick<Inspecting, 'stream' | 'missing'>,
): Promise<SurveyedFile> {
  return withFile(folder, path, async (handle) => {
    const { size, mtimeMs } = await handle.stat();
    if (size === 0) throw new SyncError('source.empty', { message: 'the file has no bytes' });
    const prefix = await prefixOf(readBytes(handle, { from: 0, to: PREFIX_BYTES, signal: undefined }));
    const packing = packingOf(prefix);
    const parts: SurveyedPart[] = [];
    for (const { entry, packed } of await contents(handle, { packing, size, stream })) {
      parts.push(await surveyPart(handle, { path, stream, missing, entry, packed, prefix }));
    }
    return { path, size, mtimeMs, packing, parts };
  });
}

/** Throws `source.changed` unless the file has the size and time of its plan. */
export async function checkUnchanged(
  handle: FileHandle,
  { path, size, mtimeMs }: { readonly path: string; readonly size: number; readonly mtimeMs: number },
): Promise<void> {
  const stats = await handle.stat();
  if (stats.size !== size || stats.mtimeMs !== mtimeMs)
    throw changed(path, 'was written to after the read was planned');
}

export function changed(path: string, what: string): SyncError {
  return new SyncError('source.changed', { message: `${path} ${what}`, details: { file: path } });
}

/** The same error, naming the file. */
export function inFile(path: string, error: SyncError): SyncError {
  const details = { ...error.details, file: path };
  return new SyncError(error.code, { message: `${path}: ${error.message}`, details, cause: error });
}

/** Opens a file for the length of an action; errors of ours name the file. */
export async function withFile<T>(folder: Folder, path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle;
  try {
    handle = await folder.open(path);
  } catch (error) {
    throw folder.unreadable(path, error);
  }
  try {
    return await use(handle);
  } catch (error) {
    throw error instanceof SyncError && error.details['file'] === undefined ? inFile(path, error) : error;
  } finally {
    await handle.close();
  }
}

interface Content {
  readonly entry: string | null;
  readonly packed: Packed | null;
}

async function contents(
  handle: FileHandle,
  { packing, size, stream }: { readonly packing: Packing; readonly size: number; readonly stream: StreamDefinition },
): Promise<readonly Content[]> {
  if (packing === 'plain') return [{ entry: null, packed: null }];
  if (packing === 'gzip') {
    return [{ entry: null, packed: { method: 'gzip', start: 0, size, unpackedSize: null, crc: null } }];
  }
  return (await zipEntries(handle, stream)).map(({ name, packed }) => ({ entry: name, packed }));
}

async function surveyPart(
  handle: FileHandle,
  of: Content & Omit<Inspecting, 'encoding'> & { readonly path: string },
): Promise<SurveyedPart> {
  const { path, stream, missing, entry, packed } = of;
  const name = partName({ path }, entry);
  try {
    const prefix =
      packed === null
        ? of.prefix
        : await prefixOf(unpack({ handle, packed, limits: stream.unpack, signal: undefined }));
    if (prefix.length === 0) throw new SyncError('source.empty', { message: 'the file has no bytes' });
    checkUnpacked(prefix);
    const encoding = detectEncoding(prefix, stream.encoding);
    const surroundings = inspectPart({ stream, encoding: encoding.encoding, prefix, missing });
    const doubts = judgeSample({ stream, encoding: encoding.encoding, prefix }, surroundings);
    return { name, entry, packed, encoding, surroundings, doubts };
  } catch (error) {
    throw error instanceof SyncError ? inFile(name, error) : error;
  }
}

/** The first bytes; fewer only when there are no more. */
async function prefixOf(bytes: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= PREFIX_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, PREFIX_BYTES);
}
