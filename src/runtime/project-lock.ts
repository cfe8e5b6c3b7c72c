// One owner of a project's data folder at a time.
//
// The lock is the file with the highest number in `<dataDir>/lock/`. A new owner makes the next number, exclusively
// and with its content in place (link of a finished file), only when the highest one is released or its owner is
// dead. The highest file is never removed, only marked as released: so a process that looked long ago and makes a
// number that is no longer the highest sees that, withdraws it and looks again.

import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { SyncError } from '../domain/errors.ts';
import { makeDataDir, replaceFile } from './files.ts';
import { isAlive, processStart } from './processes.ts';

const OWNER = z.object({
  pid: z.number().int().positive(),
  /** See `processStart`; null where the system does not tell. */
  start: z.string().nullable(),
});

export type LockOwner = z.infer<typeof OWNER>;

export interface ProjectLock {
  /** Lets the next owner in. May be called more than once. */
  release(): void;
}

/** Becomes the only owner of the data folder until `release`. Fails with `runtime.locked` while another one lives. */
export async function acquireProjectLock(dataDir: string): Promise<ProjectLock> {
  const folder = join(dataDir, 'lock');
  makeDataDir(dataDir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (;;) {
    const highest = highestNumber(folder);
    const owner = liveOwner(folder, highest);
    if (owner !== null) throw locked(dataDir, owner);
    if (!createExclusively(folder, highest + 1)) continue;
    if (highestNumber(folder) === highest + 1) return hold(folder, highest + 1);
    rmSync(join(folder, String(highest + 1)), { force: true });
  }
}

/** The live process that owns the data folder, or null. */
export function projectOwner(dataDir: string): LockOwner | null {
  const folder = join(dataDir, 'lock');
  return liveOwner(folder, highestNumber(folder));
}

function hold(folder: string, number: number): ProjectLock {
  for (const older of numbers(folder)) {
    if (older < number) rmSync(join(folder, String(older)), { force: true });
  }
  return {
    release: () => {
      if (highestNumber(folder) === number) replaceFile(join(folder, String(number)), 'released\n');
    },
  };
}

function locked(dataDir: string, owner: LockOwner): SyncError {
  return new SyncError('runtime.locked', {
    message: `Process ${owner.pid} already runs the project whose data folder is ${dataDir}`,
    details: { pid: owner.pid, data_dir: dataDir },
  });
}

/** False when the number exists already. */
function createExclusively(folder: string, number: number): boolean {
  const owner: LockOwner = { pid: process.pid, start: processStart(process.pid) ?? null };
  const draft = join(folder, `.${randomUUID()}`);
  writeFileSync(draft, `${JSON.stringify(owner)}\n`, { mode: 0o600 });
  try {
    linkSync(draft, join(folder, String(number)));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** The owner that a lock file names, if that very process still runs; null for released, dead and unreadable ones. */
function liveOwner(folder: string, number: number): LockOwner | null {
  try {
    const owner = OWNER.parse(JSON.parse(readFileSync(join(folder, String(number)), 'utf8')));
    const same = owner.start === null || processStart(owner.pid) === owner.start;
    return same && isAlive(owner.pid) ? owner : null;
  } catch {
    return null;
  }
}

function highestNumber(folder: string): number {
  return Math.max(0, ...numbers(folder));
}

function numbers(folder: string): readonly number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}
