// The entries of a zip. Nothing is ever written under their names: a name is only matched and shown.

import type { FileHandle } from 'node:fs/promises';
import { type Entry, fromFdPromise, type ZipFile } from 'yauzl';
import type { Format } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { compileName } from '../../domain/name-pattern.ts';
import { type Packed, MAX_PARTS } from './state.ts';

export interface ZipEntry {
  /** With its folders, as the zip has it. */
  readonly name: string;
  readonly packed: Packed;
}

interface Listed {
  readonly name: string;
  readonly entry: Entry;
}

const MAX_ENTRIES = 10_000;
const METHODS: ReadonlyMap<number, Packed['method']> = new Map([
  [0, 'store'],
  [8, 'deflate'],
]);
const EXTENSIONS: Readonly<Record<Format, RegExp>> = {
  csv: /\.csv$/i,
  json: /\.json$/i,
  ndjson: /\.(ndjson|jsonl)$/i,
  xml: /\.xml$/i,
};

/**
 * The entries that a stream reads, in order of their names. A pattern with `/` is matched against the whole name, another
 * one against what stands after the last `/`.
 *
 * Errors: `source.archive` (encrypted, unknown method, no zip), `source.truncated`, `source.not_found`, `source.limit`.
 */
export async function zipEntries(
  handle: FileHandle,
  { entry: pattern, format }: { readonly entry: string | null; readonly format: Format },
): Promise<readonly ZipEntry[]> {
  const zip = await openZip(handle);
  const listed = await listEntries(zip);
  const chosen = choose(listed, pattern, format).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (chosen.length > MAX_PARTS) {
    throw new SyncError('source.limit', {
      message: `${chosen.length} entries match; one read may have ${MAX_PARTS}`,
    });
  }
  const entries: ZipEntry[] = [];
  for (const one of chosen) entries.push({ name: one.name, packed: await locate(zip, one) });
  return entries;
}

async function openZip(handle: FileHandle): Promise<ZipFile> {
  try {
    // Names are decoded here: many a zip from Windows has them in GB18030, which the zip's flags cannot say.
    return await fromFdPromise(handle.fd, { decodeStrings: false, autoClose: false });
  } catch (error) {
    throw unzippable(error);
  }
}

async function listEntries(zip: ZipFile): Promise<readonly Listed[]> {
  if (zip.entryCount > MAX_ENTRIES) {
    throw new SyncError('source.limit', { message: `the zip has more than ${MAX_ENTRIES} entries` });
  }
  const listed: Listed[] = [];
  try {
    for await (const entry of zip.eachEntry()) {
      const name = decodeName(entry.fileNameRaw);
      if (!isNoise(name)) listed.push({ name, entry });
    }
  } catch (error) {
    throw unzippable(error);
  }
  return listed;
}

function decodeName(raw: Buffer): string {
  for (const encoding of ['utf-8', 'gb18030']) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(raw).replaceAll('\\', '/');
    } catch {
      // the next one
    }
  }
  return raw.toString('latin1');
}

/** Folders, and what the systems of those who pack add by themselves. */
function isNoise(name: string): boolean {
  return name.endsWith('/') || name.startsWith('__MACOSX/') || lastName(name).startsWith('.');
}

function choose(listed: readonly Listed[], pattern: string | null, format: Format): readonly Listed[] {
  if (listed.some(({ name }) => name === '[Content_Types].xml')) {
    throw new SyncError('source.archive', { message: 'the file is an Excel workbook or another Office document' });
  }
  if (pattern === null) {
    const typical = listed.filter(({ name }) => EXTENSIONS[format].test(name));
    if (typical.length > 0) return typical;
  }
  const wanted = compileName(pattern ?? '*');
  const whole = pattern?.includes('/') === true;
  const chosen = listed.filter(({ name }) => wanted.match(whole ? name : lastName(name)) !== null);
  if (chosen.length > 0) return chosen;
  const has =
    listed.length === 0
      ? 'no entries'
      : listed
          .slice(0, 5)
          .map(({ name }) => name)
          .join(', ');
  throw new SyncError('source.not_found', {
    message: pattern === null ? 'the zip is empty' : `no entry matches "${pattern}"; the zip has ${has}`,
  });
}

function lastName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

async function locate(zip: ZipFile, { name, entry }: Listed): Promise<Packed> {
  if (entry.isEncrypted()) throw new SyncError('source.archive', { message: `${name} is encrypted` });
  const method = METHODS.get(entry.compressionMethod);
  if (method === undefined) {
    throw new SyncError('source.archive', {
      message: `${name} is compressed by method ${entry.compressionMethod}; only deflate can be read`,
    });
  }
  try {
    const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
    const { compressedSize: size, uncompressedSize: unpackedSize, crc32: crc } = entry;
    return { method, start: fileDataStart, size, unpackedSize, crc };
  } catch (error) {
    throw unzippable(error);
  }
}

function unzippable(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof SyncError) return error;
  // The directory stands at the end of a zip: without it the end is missing.
  const cut = error.message.startsWith('End of central directory record signature not found');
  const message = cut ? 'the zip ends in the middle' : `the zip cannot be read: ${error.message}`;
  return new SyncError(cut ? 'source.truncated' : 'source.archive', { message, cause: error });
}
