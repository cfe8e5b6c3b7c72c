// Lists of files with their digests: what `sha256sum` writes, or JSON.

import { z } from 'zod';
import { SyncError } from '../../domain/errors.ts';

export interface Listed {
  /** Without folders. */
  readonly name: string;
  readonly sha256: string;
  readonly size: number | null;
  readonly records: number | null;
}

const listed = z.object({
  name: z.string().min(1),
  sha256: z.string().regex(/^[0-9a-fA-F]{64}$/),
  size: z.int().nonnegative().nullish(),
  records: z.int().nonnegative().nullish(),
});
const jsonManifest = z.union([z.array(listed), z.object({ files: z.array(listed) }).transform(({ files }) => files)]);

/**
 * @param only the one file that a digest without a name is of; null when there may be several
 * Throws `source.incomplete` when it is none.
 */
export function parseManifest(text: string, only: string | null): readonly Listed[] {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  return /^[[{]/.test(trimmed) ? parseJson(trimmed) : parseLines(trimmed, only);
}

function parseJson(text: string): readonly Listed[] {
  try {
    return jsonManifest.parse(JSON.parse(text)).map(({ name, sha256, size, records }) => ({
      name: baseName(name),
      sha256: sha256.toLowerCase(),
      size: size ?? null,
      records: records ?? null,
    }));
  } catch (cause) {
    throw new SyncError('source.incomplete', {
      message: 'it is no manifest: expected JSON such as {"files": [{"name": "…", "sha256": "…", "records": 1}]}',
      cause,
    });
  }
}

function parseLines(text: string, only: string | null): readonly Listed[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, hex = '', name = ''] = /^\\?([0-9a-fA-F]{64})[ \t]+\*?(.+)$/.exec(line) ?? [];
    if (hex !== '') return { name: baseName(name.trim()), sha256: hex.toLowerCase(), size: null, records: null };
    const [, tagged = '', digest = ''] = /^SHA256 \((.+)\) = ([0-9a-fA-F]{64})$/.exec(line) ?? [];
    if (digest !== '') return { name: baseName(tagged), sha256: digest.toLowerCase(), size: null, records: null };
    if (only !== null && lines.length === 1 && /^[0-9a-fA-F]{64}$/.test(line.trim()))
      return { name: only, sha256: line.trim().toLowerCase(), size: null, records: null };
    throw new SyncError('source.incomplete', {
      message: 'it is no manifest: expected lines of a SHA-256 digest and a name, as sha256sum writes them',
    });
  });
}

function baseName(name: string): string {
  return name.split(/[\\/]/).at(-1) ?? name;
}
