// Looks at a file before it is read: its size, encoding and header, and the digest that makes a plan of it.

import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { detectEncoding, PREFIX_BYTES, type DetectedEncoding } from '../../formats/encodings.ts';
import type { Surroundings } from '../../formats/format.ts';
import { formats } from '../../formats/registry.ts';
import type { PlanContext } from '../source.ts';
import type { Folder } from './folder.ts';
import type { PlannedFile } from './state.ts';

const DIGEST_BUFFER_BYTES = 1024 * 1024;

export interface SurveyedFile {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly encoding: DetectedEncoding;
  readonly surroundings: Surroundings;
}

/** Reads no more than the first bytes. Throws `source.empty`, `source.encoding`, `source.header`, `source.unreadable`. */
export async function surveyFile(folder: Folder, path: string, stream: StreamDefinition): Promise<SurveyedFile> {
  return withFile(folder, path, (handle) => survey(handle, path, stream));
}

/** Reads all of it once. Throws `source.changed` when somebody writes meanwhile. */
export async function planFile(folder: Folder, surveyed: SurveyedFile, context?: PlanContext): Promise<PlannedFile> {
  const { path, size, mtimeMs, encoding, surroundings } = surveyed;
  return withFile(folder, path, async (handle) => {
    const sha256 = await digest(handle, context);
    await checkUnchanged(handle, surveyed);
    return { path, size, mtimeMs, sha256, encoding: encoding.encoding, context: surroundings.context };
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

async function survey(handle: FileHandle, path: string, stream: StreamDefinition): Promise<SurveyedFile> {
  const { size, mtimeMs } = await handle.stat();
  if (size === 0) throw new SyncError('source.empty', { message: 'the file has no bytes' });
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(PREFIX_BYTES), 0, PREFIX_BYTES, 0);
  const prefix = buffer.subarray(0, bytesRead);
  const encoding = detectEncoding(prefix, stream.encoding);
  const surroundings = formats[stream.format].inspect(stream, encoding.encoding, prefix);
  return { path, size, mtimeMs, encoding, surroundings };
}

async function digest(handle: FileHandle, context?: PlanContext): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(DIGEST_BUFFER_BYTES);
  for (let offset = 0; ;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
    offset += bytesRead;
    context?.signal.throwIfAborted();
    context?.progress(offset);
  }
}

async function withFile<T>(folder: Folder, path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle;
  try {
    handle = await folder.open(path);
  } catch (error) {
    throw folder.unreadable(path, error);
  }
  try {
    return await use(handle);
  } catch (error) {
    throw error instanceof SyncError && error.code !== 'source.changed' ? inFile(path, error) : error;
  } finally {
    await handle.close();
  }
}
