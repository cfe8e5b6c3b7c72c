import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openOutput } from '../../src/cli/file-output.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-output-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (name = 'out.csv'): string => join(folder, name);
const refusal = (why: string): object => ({ code: 'config.usage', message: expect.stringContaining(why) });

describe('a file', () => {
  test('is there when it is finished, with all that was written, and not before', async () => {
    const output = await openOutput(path(), { force: false });
    expect(await output.write(Buffer.from('a'))).toBe(true);
    await output.write(Buffer.from('b'));
    expect(readdirSync(folder)).not.toContain('out.csv');
    await output.finish();
    await output.abandon();
    expect(readFileSync(path(), 'utf8')).toBe('ab');
    expect(readdirSync(folder)).toEqual(['out.csv']);
  });

  test('leaves nothing when it is abandoned', async () => {
    const output = await openOutput(path(), { force: false });
    await output.write(Buffer.from('a'));
    await output.abandon();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('that is there is not replaced unasked, and stays when the new one is abandoned', async () => {
    writeFileSync(path(), 'old');
    await expect(openOutput(path(), { force: false })).rejects.toMatchObject(refusal('--force'));
    const output = await openOutput(path(), { force: true });
    await output.write(Buffer.from('new'));
    await output.abandon();
    expect(readFileSync(path(), 'utf8')).toBe('old');
  });

  test('that is there is replaced with force', async () => {
    writeFileSync(path(), 'old');
    const output = await openOutput(path(), { force: true });
    await output.write(Buffer.from('new'));
    await output.finish();
    expect(readFileSync(path(), 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['out.csv']);
  });

  test('that somebody else has made meanwhile stays', async () => {
    const output = await openOutput(path(), { force: false });
    await output.write(Buffer.from('ours'));
    writeFileSync(path(), 'theirs');
    await expect(output.finish()).rejects.toMatchObject(refusal('is there by now'));
    await output.abandon();
    expect(readFileSync(path(), 'utf8')).toBe('theirs');
    expect(readdirSync(folder)).toEqual(['out.csv']);
  });

  test('cannot take the place of a folder, nor lie in none', async () => {
    mkdirSync(path('folder'));
    await expect(openOutput(path('folder'), { force: true })).rejects.toMatchObject(refusal('is no file'));
    await expect(openOutput(path('nowhere/out.csv'), { force: false })).rejects.toMatchObject(refusal('ENOENT'));
  });
});
