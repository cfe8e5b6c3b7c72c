// The folder of a file destination: replaces its files as a whole, and tells whether somebody else has touched one.

import type { BigIntStats } from 'node:fs';
import { access, constants, type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SyncError } from '../../domain/errors.ts';
import { durably } from '../../domain/failpoints.ts';
import { isMissing, systemErrorCode } from '../../domain/system-errors.ts';

export class Folder {
  readonly #path: string;
  readonly #shown: string;

  /** @param shown how messages name the folder */
  constructor(path: string, shown: string) {
    this.#path = path;
    this.#shown = shown;
  }

  /** How messages name a file. */
  shown(fileName = ''): string {
    return fileName === '' ? this.#shown : `${this.#shown}/${fileName}`;
  }

  /** What tells one content of the file from another; null where there is no file. */
  async identity(fileName: string): Promise<string | null> {
    try {
      const stats = await stat(join(this.#path, fileName), { bigint: true });
      if (!stats.isFile()) throw this.#error('destination.schema', fileName, 'is no regular file');
      return identityOf(stats);
    } catch (error) {
      if (isMissing(error)) return null;
      throw this.problem(fileName, error);
    }
  }

  /** Proves that files can be made here, without making one. */
  async check(): Promise<void> {
    try {
      const there = await stat(this.#path).catch((error: unknown) => {
        if (isMissing(error)) return null;
        throw error;
      });
      // It is made with the first file, but not with folders above it: those are more likely a mistake.
      const place = there === null ? dirname(this.#path) : this.#path;
      if (!(await stat(place)).isDirectory()) throw this.#error('destination.schema', '', 'is no folder');
      await access(place, constants.W_OK | constants.X_OK);
    } catch (error) {
      throw this.problem('', error);
    }
  }

  /** Reads the file from the start to the end. Fails where it is changed meanwhile. @returns its identity */
  async read(fileName: string, take: (chunk: Uint8Array) => Promise<void>): Promise<string> {
    try {
      const handle = await open(join(this.#path, fileName), 'r');
      try {
        const before = identityOf(await handle.stat({ bigint: true }));
        for await (const chunk of handle.createReadStream({ autoClose: false, highWaterMark: 1 << 18 })) {
          await take(chunk as Uint8Array); // no encoding is set
        }
        if (identityOf(await handle.stat({ bigint: true })) === before) return before;
        throw this.#error('destination.unreachable', fileName, 'is being written by somebody else');
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw this.problem(fileName, error);
    }
  }

  /**
   * Replaces the file by what `write` writes: whoever reads it sees the old content or the new, also after a crash or a
   * power cut. Callers see to it that nobody else does so at the same time. @returns its identity
   */
  async replace(fileName: string, write: (handle: FileHandle) => Promise<void>): Promise<string> {
    const temporary = join(this.#path, `.${fileName}.tributary`);
    try {
      await mkdir(this.#path).catch((error: unknown) => {
        if (systemErrorCode(error) !== 'EEXIST') throw error;
      });
      const handle = await open(temporary, 'w');
      let identity: string;
      try {
        await write(handle);
        await handle.sync();
        identity = identityOf(await handle.stat({ bigint: true }));
      } finally {
        await handle.close();
      }
      await durably('file.replaced', () => rename(temporary, join(this.#path, fileName)));
      await this.#syncFolder();
      return identity;
    } catch (error) {
      throw this.problem(fileName, error);
    }
  }

  /** Makes the rename last. Some systems cannot open a folder. */
  async #syncFolder(): Promise<void> {
    const folder = await open(this.#path, 'r').catch(() => null);
    await folder?.sync().catch(() => undefined);
    await folder?.close();
  }

  /** Makes an error of the file system one of ours; passes others on. */
  problem(fileName: string, error: unknown): unknown {
    const code = systemErrorCode(error);
    if (error instanceof SyncError || code === null || !/^E[A-Z]+$/.test(code)) return error;
    const denied = ['EACCES', 'EPERM', 'EROFS'].includes(code);
    const kind = denied
      ? 'destination.unauthorized'
      : isMissing(error)
        ? 'destination.schema'
        : 'destination.unreachable';
    const why = isMissing(error) ? 'cannot be made: the folder above it does not exist' : `cannot be used (${code})`;
    return this.#error(kind, fileName, why, error);
  }

  // oxlint-disable-next-line max-params -- private; code, place and text belong together
  #error(
    code: 'destination.schema' | 'destination.unauthorized' | 'destination.unreachable',
    fileName: string,
    why: string,
    cause?: unknown,
  ): SyncError {
    return new SyncError(code, { message: `${this.shown(fileName)} ${why}`, cause });
  }
}

function identityOf({ ino, size, mtimeNs }: BigIntStats): string {
  return `${ino} ${size} ${mtimeNs}`;
}
