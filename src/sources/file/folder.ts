// The folder of a file connection: finds files in it and opens them, and never anything outside of it.

import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { SyncError } from '../../domain/errors.ts';
import { compileName, type DateParts, dateOrder, type NamePattern } from '../../domain/name-pattern.ts';
import { isMissing, systemErrorCode } from '../../domain/system-errors.ts';
import { splitPattern } from './pattern.ts';

export class Folder {
  readonly #path: string;
  readonly #shown: string;

  /** @param shown how messages name the folder */
  constructor(path: string, shown: string) {
    this.#path = path;
    this.#shown = shown;
  }

  /** The matching regular files, in order of the dates in their names, then of the names. None is not an error. */
  async find(pattern: string): Promise<readonly FoundFile[]> {
    const root = await this.#root();
    const names = splitPattern(pattern);
    let found: readonly Found[] = [{ path: '', date: {}, size: 0, mtimeMs: 0 }];
    for (const [index, name] of names.entries()) {
      const wanted = index === names.length - 1 ? 'file' : 'folder';
      found = await this.#expand(root, found, { name, pattern: compileName(name), wanted });
    }
    const dated = pattern.includes('{date:');
    return found
      .map(({ path, date, size, mtimeMs }) => ({ path, date: dated ? dateOrder(date) : null, size, mtimeMs }))
      .toSorted((a, b) => byCodeUnits(a.date ?? '', b.date ?? '') || byCodeUnits(a.path, b.path));
  }

  notFound(pattern: string): SyncError {
    return new SyncError('source.not_found', {
      message: `no file in ${this.#shown} matches "${pattern}"`,
      details: { folder: this.#path, pattern },
    });
  }

  /** Opens a file found before. The caller closes it. Throws ENOENT as it comes. */
  async open(path: string): Promise<FileHandle> {
    const real = await this.#inside(await this.#root(), path);
    // Not blocking: what was a file may be a FIFO by now.
    const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      if ((await handle.stat()).isFile()) return handle;
      throw this.#refusal(path, 'is not a regular file');
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** All of a small file; null when it is not there. Throws `source.limit`, `source.unreadable`. */
  async readSmall(path: string, maxBytes: number): Promise<Buffer | null> {
    let handle: FileHandle;
    try {
      splitPattern(path);
      handle = await this.open(path);
    } catch (error) {
      if (isMissing(error)) return null;
      throw this.unreadable(path, error);
    }
    try {
      if ((await handle.stat()).size <= maxBytes) return await handle.readFile();
      throw new SyncError('source.limit', { message: `${path} is larger than ${maxBytes} bytes` });
    } finally {
      await handle.close();
    }
  }

  async #root(): Promise<string> {
    try {
      return await realpath(this.#path);
    } catch (error) {
      if (!isMissing(error)) throw this.unreadable('', error);
      throw new SyncError('source.not_found', {
        message: `the folder ${this.#shown} does not exist`,
        details: { folder: this.#path },
      });
    }
  }

  async #expand(root: string, folders: readonly Found[], level: Level): Promise<readonly Found[]> {
    const found: Found[] = [];
    for (const folder of folders) {
      for (const name of await this.#names(root, folder.path, level)) {
        const date = level.pattern.match(name);
        const path = folder.path === '' ? name : `${folder.path}/${name}`;
        const stats = date === null ? null : await this.#wantedStats(root, path, level);
        if (stats === null) continue;
        found.push({ path, date: { ...folder.date, ...date }, size: stats.size, mtimeMs: stats.mtimeMs });
      }
    }
    return found;
  }

  async #names(root: string, folder: string, { name, pattern }: Level): Promise<readonly string[]> {
    if (!pattern.isWildcard) return [name];
    try {
      return await readdir(join(root, folder));
    } catch (error) {
      throw this.unreadable(folder, error);
    }
  }

  /** Null when it is not what is wanted, but may well lie there. */
  async #wantedStats(root: string, path: string, { pattern, wanted }: Level): Promise<Stats | null> {
    try {
      const stats = await stat(await this.#inside(root, path));
      if (stats.isDirectory()) {
        if (wanted === 'folder') return stats;
        if (pattern.isWildcard) return null;
      } else if (wanted === 'folder') {
        return null;
      } else if (stats.isFile()) {
        return stats;
      }
    } catch (error) {
      if (isMissing(error) && !pattern.isWildcard) return null;
      throw this.unreadable(path, error);
    }
    throw this.#refusal(path, 'is not a regular file');
  }

  /** The real path, which may differ from the path by links inside the folder only. */
  async #inside(root: string, path: string): Promise<string> {
    const real = await realpath(join(root, path));
    if (real.startsWith(root.endsWith(sep) ? root : root + sep)) return real;
    throw this.#refusal(path, 'is a link that leads out of the folder');
  }

  /** Makes an error of the file system one of ours; passes ours on. */
  unreadable(path: string, error: unknown): SyncError {
    if (error instanceof SyncError) return error;
    const code = systemErrorCode(error);
    return this.#refusal(path, `cannot be read${code === null ? '' : ` (${code})`}`, error);
  }

  #refusal(path: string, why: string, cause?: unknown): SyncError {
    const shown = path === '' ? this.#shown : `${this.#shown}/${path}`;
    return new SyncError('source.unreadable', { message: `${shown} ${why}`, details: { path }, cause });
  }
}

export interface FoundFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  /** The date in the name, as digits that sort; null where the pattern has none. */
  readonly date: string | null;
  readonly size: number;
  readonly mtimeMs: number;
}

interface Found {
  readonly path: string;
  readonly date: DateParts;
  readonly size: number;
  readonly mtimeMs: number;
}

interface Level {
  readonly name: string;
  readonly pattern: NamePattern;
  readonly wanted: 'folder' | 'file';
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
