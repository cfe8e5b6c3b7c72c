// Files too large for the memory: written as a stream, read in a process of their own, removed.

import { execFile } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { table } from '../../src/cli/output.ts';
import type { Format } from '../../src/domain/definition.ts';
import { streamOf, writeDocument } from './documents.ts';
import type { LargeRead, RefusedRead } from './read-large.ts';

export const MAX_PEAK_MB = 200;

const BLOCK_BYTES = 8 * 1024 * 1024;

export interface LargeOptions {
  readonly bytes: number;
  /** One record in so many is decoded; all are framed and fingerprinted. */
  readonly decodeEvery: number;
  /** The compiled `read-large.js`. */
  readonly script: string;
}

/** Throws when the read has lost or made up a record. */
export async function measureLarge(format: Format, { bytes, decodeEvery, script }: LargeOptions): Promise<LargeRead> {
  return inFolder(bytes, async (folder) => {
    const written = writeDocument(format, join(folder, streamOf(format).stream), bytes);
    const read = (await runScript(script, [format, folder, String(decodeEvery)])) as LargeRead; // what the script prints
    if (read.records !== written) throw new Error(`${format}: ${read.records} records were read of ${written}`);
    return read;
  });
}

/** Reads a file of a beginning and then nothing but one piece, again and again, without an end. */
export async function measureEndless(
  format: Format,
  { head, piece, bytes, script }: { readonly head: string; readonly piece: string } & Omit<LargeOptions, 'decodeEvery'>,
): Promise<LargeRead | RefusedRead> {
  return inFolder(bytes, async (folder) => {
    const file = openSync(join(folder, streamOf(format).stream), 'w');
    const block = Buffer.from(piece.repeat(Math.ceil(BLOCK_BYTES / piece.length)));
    try {
      for (let written = writeSync(file, head); written < bytes;) written += writeSync(file, block);
    } finally {
      closeSync(file);
    }
    return (await runScript(script, [format, folder, '1'])) as LargeRead | RefusedRead; // what the script prints
  });
}

async function inFolder<T>(bytes: number, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-large-'));
  try {
    requireRoom(folder, bytes);
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a script of ours prints as JSON, in a process of its own. */
export async function runScript(script: string, args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args]);
  return JSON.parse(stdout);
}

export function renderLarge(reads: readonly (readonly [Format, LargeRead])[]): string {
  const rows = reads.map(([format, read]) => [
    format,
    (read.bytes / 1e9).toFixed(2),
    String(read.records),
    read.planSeconds.toFixed(1),
    read.readSeconds.toFixed(1),
    (read.bytes / 1e6 / read.readSeconds).toFixed(0),
    ((read.cpuSeconds * 1e6) / read.records).toFixed(2),
    share(read.lanes.fast, read.lanes.fast + read.lanes.reference),
    read.peakMb.toFixed(0),
    read.peakMb < MAX_PEAK_MB ? 'met' : 'missed',
  ]);
  const header = [
    'format',
    'GB',
    'records',
    'plan s',
    'read s',
    'read MB/s',
    'µs CPU a record',
    'fast lane',
    'peak MB',
  ];
  return table([...header, `below ${MAX_PEAK_MB} MB`], rows);
}

function share(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}

function requireRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize > bytes * 1.05) return;
  throw new Error(`${folder} has room for ${((bavail * bsize) / 1e9).toFixed(1)} GB only; set TMPDIR to a larger disk`);
}
