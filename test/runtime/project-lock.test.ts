import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { processStart } from '../../src/runtime/processes.ts';
import { acquireProjectLock, projectOwner } from '../../src/runtime/project-lock.ts';

let root: string;
let dataDir: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tributary-lock-'));
  dataDir = join(root, '.tributary');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function leave(number: number, content: string): void {
  mkdirSync(join(dataDir, 'lock'), { recursive: true });
  writeFileSync(join(dataDir, 'lock', String(number)), content);
}

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? -1;
}

describe('the project lock', () => {
  test('has one owner, and refuses a second one in words that name the process and the folder', async () => {
    const lock = await acquireProjectLock(dataDir);
    expect(projectOwner(dataDir)?.pid).toBe(process.pid);
    await expect(acquireProjectLock(dataDir)).rejects.toMatchObject({
      code: 'runtime.locked',
      message: `Process ${process.pid} already runs the project whose data folder is ${dataDir}`,
    });
    lock.release();
    expect(projectOwner(dataDir)).toBeNull();
    (await acquireProjectLock(dataDir)).release();
  });

  test('of a dead process is taken over', async () => {
    leave(4, JSON.stringify({ pid: await deadPid(), start: '1' }));
    const lock = await acquireProjectLock(dataDir);
    expect(readdirSync(join(dataDir, 'lock'))).toEqual(['5']);
    lock.release();
  });

  test.runIf(process.platform === 'linux')(
    'of a process whose pid was given to another one is taken over',
    async () => {
      leave(1, JSON.stringify({ pid: process.ppid, start: '1' }));
      const lock = await acquireProjectLock(dataDir);
      expect(projectOwner(dataDir)).toEqual({ pid: process.pid, start: processStart(process.pid) });
      lock.release();
    },
  );

  test('of a live process is respected, also where its start time is not known', async () => {
    leave(1, JSON.stringify({ pid: process.ppid, start: null }));
    await expect(acquireProjectLock(dataDir)).rejects.toMatchObject({ details: { pid: process.ppid } });
  });

  test.each(['', '{"pid":', 'released\n'])('that names nobody (%j) is free', async (content) => {
    leave(7, content);
    (await acquireProjectLock(dataDir)).release();
  });

  test('released twice does not free the lock of the next owner', async () => {
    const first = await acquireProjectLock(dataDir);
    first.release();
    const second = await acquireProjectLock(dataDir);
    first.release();
    expect(projectOwner(dataDir)?.pid).toBe(process.pid);
    second.release();
  });

  test('makes a data folder that others cannot list, and leaves the mode of one that exists alone', async () => {
    (await acquireProjectLock(dataDir)).release();
    expect(statSync(dataDir).mode & 0o077 & ~0o011).toBe(0);
    const existing = join(root, 'existing');
    mkdirSync(existing, { mode: 0o755 });
    (await acquireProjectLock(existing)).release();
    expect(statSync(existing).mode & 0o777).toBe(0o755);
  });

  test('is not there before anybody asked for it', () => {
    expect(projectOwner(dataDir)).toBeNull();
    expect(existsSync(dataDir)).toBe(false);
  });
});
