import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireProjectLock } from '../../src/runtime/project-lock.ts';
import {
  dataDirOf,
  readRunning,
  removeRunning,
  writeRunning,
  type RunningServices,
} from '../../src/runtime/running.ts';

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'tributary-running-'));
});

afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const running: RunningServices = {
  pid: process.pid,
  databaseUrl: 'postgres://tributary:secret@127.0.0.1:54330/tributary',
  temporal: { address: '127.0.0.1:7233', namespace: 'default' },
  uiUrl: 'http://127.0.0.1:8233',
  taskQueue: 'tributary-demo',
  startedAt: '2026-01-02T03:04:05.000Z',
};

test('what runs is known to others while its owner lives, and is for its owner’s eyes only', async () => {
  expect(await readRunning(dataDir)).toBeNull();
  const lock = await acquireProjectLock(dataDir);
  expect(await readRunning(dataDir)).toBeNull();
  writeRunning(dataDir, running);
  expect(await readRunning(dataDir)).toEqual(running);
  expect(statSync(join(dataDir, 'runtime.json')).mode & 0o777).toBe(0o600);
  lock.release();
  expect(await readRunning(dataDir)).toBeNull();
});

test('what an owner who was killed left behind does not run, not even while the next one starts', async () => {
  writeRunning(dataDir, { ...running, pid: 1 });
  const lock = await acquireProjectLock(dataDir);
  expect(await readRunning(dataDir)).toBeNull();
  removeRunning(dataDir);
  removeRunning(dataDir);
  lock.release();
});

test('the data folder is .tributary in the project, or the one that TRIBUTARY_DATA_DIR names', () => {
  expect(dataDirOf('/project', {})).toBe('/project/.tributary');
  expect(dataDirOf('/project', { TRIBUTARY_DATA_DIR: '' })).toBe('/project/.tributary');
  expect(dataDirOf('/project', { TRIBUTARY_DATA_DIR: '/var/data' })).toBe('/var/data');
});
