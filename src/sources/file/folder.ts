// The folder of a file connection: finds files in it and opens them, and never anything outside of it.

import { constants } from 'node:fs';
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { SyncError } from '../../domain/errors.ts';
import { isWildcard, matchesName, splitPattern } from './pattern.ts';

export class Folder {
  readonly #path: string;
  readonly #shown: string;

  /** @param shown how messages name the folder */
  constructor(path: string, shown: string) {
    this.#path = path;
    this.#shown = shown;
  }

  /** Paths of the matching regular files, relative, with `/`, in order of their names. */
  async find(pattern: string): Promise<readonly string[]> {
    const root = await this.#root();
    let folders = [''];
    const names = splitPattern(pattern);
    for (const name of names.slice(0, -1)) folders = await this.#expand(root, folders, { name, wanted: 'folder' });
    const files = await this.#expand(root, folders, { name: names.at(-1) ?? '', wanted: 'file' });
    if (files.length > 0) return files.toSorted(byCodeUnits);
    throw new SyncError('source.not_found', {
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

  async #expand(root: string, folders: readonly string[], level: Level): Promise<string[]> {
    const found: string[] = [];
    for (const folder of folders) {
      for (const name of await this.#names(root, folder, level.name)) {
        const path = folder === '' ? name : `${folder}/${name}`;
        if (await this.#isWanted(root, path, level)) found.push(path);
      }
    }
    return found;
  }

  async #names(root: string, folder: string, pattern: string): Promise<readonly string[]> {
    if (!isWildcard(pattern)) return [pattern];
    try {
      const names = await readdir(join(root, folder));
      return names.filter((name) => matchesName(name, pattern));
    } catch (error) {
      throw this.unreadable(folder, error);
    }
  }

  async #isWanted(root: string, path: string, { name, wanted }: Level): Promise<boolean> {
    try {
      const stats = await stat(await this.#inside(root, path));
      if (stats.isDirectory()) {
        if (wanted === 'folder' || isWildcard(name)) return wanted === 'folder';
      } else if (wanted === 'folder') {
        return false;
      } else if (stats.isFile()) {
        return true;
      }
    } catch (error) {
      if (isMissing(error) && !isWildcard(name)) return false;
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
    const code = errorCode(error);
    return this.#refusal(path, `cannot be read${code === null ? '' : ` (${code})`}`, error);
  }

  #refusal(path: string, why: string, cause?: unknown): SyncError {
    const shown = path === '' ? this.#shown : `${this.#shown}/${path}`;
    return new SyncError('source.unreadable', { message: `${shown} ${why}`, details: { path }, cause });
  }
}

interface Level {
  readonly name: string;
  readonly wanted: 'folder' | 'file';
}

export function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function errorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
