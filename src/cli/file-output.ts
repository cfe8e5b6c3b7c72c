// Where an export goes: stdout, or a file that appears whole or not at all.

import { link, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SyncError } from '../domain/errors.ts';

export interface Output {
  /** @returns false when nobody takes any more: the reader of a pipe has gone */
  write(bytes: Uint8Array): Promise<boolean>;
  /** The file is there from now on. */
  finish(): Promise<void>;
  /** Leaves no trace. After `finish` it does nothing. */
  abandon(): Promise<void>;
}

/** Errors: `config.usage` when the file exists and may not be replaced, or its folder cannot be written. */
export async function openOutput(path: string | undefined, options: { readonly force: boolean }): Promise<Output> {
  return path === undefined ? stdoutOutput() : fileOutput(resolve(path), options);
}

function stdoutOutput(): Output {
  return {
    write: (bytes) => new Promise((taken) => void process.stdout.write(bytes, (error) => taken(error == null))),
    finish: async () => {},
    abandon: async () => {},
  };
}

async function fileOutput(path: string, { force }: { readonly force: boolean }): Promise<Output> {
  const there = await stat(path).catch(() => null);
  if (there !== null && (!force || !there.isFile()))
    throw refused(path, there.isFile() ? 'is there already; --force replaces it' : 'is no file');
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  const handle = await open(temporary, 'w').catch((cause: unknown) => {
    throw refused(path, `cannot be written (${codeOf(cause)})`, cause);
  });
  let placed = false;
  return {
    write: async (bytes) => {
      await handle.writeFile(bytes);
      return true;
    },
    finish: async () => {
      await handle.sync();
      await handle.close();
      await (force ? rename(temporary, path) : placeNew(temporary, path));
      placed = true;
    },
    abandon: async () => {
      if (placed) return;
      await handle.close().catch(() => undefined);
      await rm(temporary, { force: true });
    },
  };
}

/** A link fails where somebody has made the file meanwhile; a rename would replace it. */
async function placeNew(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw refused(path, 'is there by now; --force replaces it', error);
    // No hard links here: what is left is to look once more.
    if ((await stat(path).catch(() => null)) !== null)
      throw refused(path, 'is there by now; --force replaces it', error);
    return rename(temporary, path);
  }
  await rm(temporary, { force: true });
}

function refused(path: string, why: string, cause?: unknown): SyncError {
  return new SyncError('config.usage', { message: `${path} ${why}`, cause });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'error';
}
