// Which of the files that match a stream's pattern are read, and in which order.

import { createHash } from 'node:crypto';
import type { StreamDefinition } from '../../domain/definition.ts';
import type { FoundFile } from './folder.ts';
import { MAX_PARTS } from './state.ts';

export interface Selection {
  /** In the order in which they are read. */
  readonly files: readonly FoundFile[];
  /** `since`: of all files that are there, those that will have been read. */
  readonly seen: readonly string[];
  /** `since`: how many are left for the next run. */
  readonly left: number;
}

/**
 * @param found in order of dates and names
 * @param seen of the last read
 */
export function selectFiles(
  found: readonly FoundFile[],
  { files }: Pick<StreamDefinition, 'files'>,
  seen: readonly string[],
): Selection {
  if (files === 'since') return selectNew(found, new Set(seen));
  return { files: files === 'newest' ? newest(found) : found, seen: [], left: 0 };
}

/** All of the newest date, since a snapshot may stand in several files; without dates the file written last. */
function newest(found: readonly FoundFile[]): readonly FoundFile[] {
  const last = found.at(-1);
  if (last === undefined || last.date !== null) return found.filter(({ date }) => date === last?.date);
  return [found.reduce((best, file) => (file.mtimeMs >= best.mtimeMs ? file : best), last)];
}

/** Not by a date that was reached: what arrives late would never be read. */
function selectNew(found: readonly FoundFile[], seen: ReadonlySet<string>): Selection {
  const fresh = found.filter((file) => !seen.has(markOf(file)));
  const ordered = fresh.some(({ date }) => date === null) ? fresh.toSorted((a, b) => a.mtimeMs - b.mtimeMs) : fresh;
  const files = ordered.slice(0, MAX_PARTS);
  const known = found.filter((file) => seen.has(markOf(file)));
  return { files, seen: [...known, ...files].map(markOf), left: ordered.length - files.length };
}

/** Tells a file from all others, and from itself when it is written again. */
function markOf({ path, size, mtimeMs }: FoundFile): string {
  return createHash('sha256').update(`${path}\0${size}\0${mtimeMs}`).digest('base64url').slice(0, 16);
}
