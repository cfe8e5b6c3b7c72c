// What a source states beside its data, so that a snapshot can be proven whole: a count, or a manifest with digests. Checked
// while the read is planned: what does not fit stops the run before anything of it is read.

import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { compileName } from '../../domain/name-pattern.ts';
import type { Folder } from './folder.ts';
import { type Listed, parseManifest } from './manifest.ts';
import { inFile } from './survey.ts';
import { countIn } from './trailer.ts';

const MAX_STATEMENT_BYTES = 4 * 1024 * 1024;

/** A data file, as it was read for the plan. */
export interface ProvenFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly parts: readonly { readonly records: number | null; readonly announced: number | null }[];
}

export interface Proof {
  /** Whether the records have to be counted for it. */
  readonly counts: boolean;
  /** Throws `source.incomplete`. @returns for people: what was stated, by file, or for all together under null */
  verify(files: readonly ProvenFile[]): ReadonlyMap<string | null, string>;
}

export interface ProofOptions {
  readonly folder: Folder;
  readonly stream: StreamDefinition;
  /** Of the data files. */
  readonly paths: readonly string[];
}

/** Reads what is stated. Throws `source.incomplete` when it is not there or says nothing. */
export async function openProof(options: ProofOptions): Promise<Proof> {
  const { complete } = options.stream;
  if (typeof complete === 'string') return { counts: false, verify: () => new Map() };
  if ('trailer' in complete) return { counts: true, verify: verifyTrailers };
  return 'count' in complete ? countProof(options, complete.count) : manifestProof(options, complete.manifest);
}

function verifyTrailers(files: readonly ProvenFile[]): ReadonlyMap<string, string> {
  return new Map(
    files.map(({ path, parts }) => {
      for (const { records, announced } of parts)
        checkCount(path, { records, stated: announced ?? -1, by: 'its trailer' });
      return [path, `${recordsOf(parts)} records as its trailer says`];
    }),
  );
}

async function countProof(
  { folder, paths }: ProofOptions,
  { file: name, text: template }: { readonly file: string; readonly text: string },
): Promise<Proof> {
  const stated = new Map<string | null, { readonly from: string; readonly count: number }>();
  for (const path of isOfFile(name) ? paths : [null]) {
    const from = path === null ? name : besides(path, name);
    const text = await readStatement(folder, from);
    const count = text
      .split(/\r?\n/)
      .map((line) => countIn(line.trim(), template))
      .find((number) => number !== null);
    if (count == null) throw incomplete(`${from} does not say how many records there are: expected "${template}"`);
    stated.set(path, { from, count });
  }
  const verify = (files: readonly ProvenFile[]): ReadonlyMap<string | null, string> =>
    new Map(
      [...stated].map(([path, { from, count }]) => {
        const counted = files.filter((file) => path === null || file.path === path);
        const records = recordsOf(counted.flatMap(({ parts }) => parts));
        checkCount(path ?? 'the read', { records, stated: count, by: from });
        return [path, `${records} records as ${from} says`];
      }),
    );
  return { counts: true, verify };
}

async function manifestProof({ folder, stream, paths }: ProofOptions, pattern: string): Promise<Proof> {
  const listed = new Map<string, Listed & { readonly from: string }>();
  const names = new Set(paths.map(nameOf));
  for (const { from, only } of await manifestsOf(folder, paths, pattern)) {
    const entries = await inStatement(from, async () => parseManifest(await readStatement(folder, from), only));
    // A manifest of other files, older ones for example, says nothing about this read.
    if (!entries.some(({ name }) => names.has(name))) continue;
    for (const entry of entries) listed.set(entry.name, { ...entry, from });
  }
  const wanted = compileName(nameOf(stream.stream));
  for (const { name, from } of listed.values()) {
    if (wanted.match(name) !== null && !names.has(name)) throw incomplete(`${from} lists ${name}, which is not there`);
  }
  const verify = (files: readonly ProvenFile[]): ReadonlyMap<string, string> =>
    new Map(files.map((file) => [file.path, verifyListed(file, listed.get(nameOf(file.path)), pattern)]));
  return { counts: [...listed.values()].some(({ records }) => records !== null), verify };
}

function verifyListed(
  { path, size, sha256, parts }: ProvenFile,
  entry: (Listed & { readonly from: string }) | undefined,
  pattern: string,
): string {
  if (entry === undefined) throw incomplete(`no manifest "${pattern}" lists ${path}`);
  if (entry.size !== null && entry.size !== size)
    throw incomplete(`${path} has ${size} bytes, but ${entry.from} says ${entry.size}`);
  if (entry.sha256 !== sha256) throw incomplete(`${path} has another digest than ${entry.from} says`);
  if (entry.records === null) return `as ${entry.from} says`;
  checkCount(path, { records: recordsOf(parts), stated: entry.records, by: entry.from });
  return `${entry.records} records as ${entry.from} says`;
}

async function manifestsOf(
  folder: Folder,
  paths: readonly string[],
  pattern: string,
): Promise<readonly { readonly from: string; readonly only: string | null }[]> {
  if (isOfFile(pattern)) return paths.map((path) => ({ from: besides(path, pattern), only: nameOf(path) }));
  const found = await folder.find(pattern);
  if (found.length === 0) throw incomplete(`no manifest matches "${pattern}"`);
  return found.map(({ path }) => ({ from: path, only: null }));
}

async function readStatement(folder: Folder, path: string): Promise<string> {
  return inStatement(path, async () => {
    const bytes = await folder.readSmall(path, MAX_STATEMENT_BYTES);
    if (bytes === null) throw new SyncError('source.incomplete', { message: 'it is not there' });
    return decode(bytes);
  });
}

async function inStatement<T>(path: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    throw error instanceof SyncError && error.details['file'] === undefined ? inFile(path, error) : error;
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('gb18030').decode(bytes);
  }
}

function checkCount(
  what: string,
  { records, stated, by }: { readonly records: number | null; readonly stated: number; readonly by: string },
): void {
  if (records !== stated) throw incomplete(`${what} has ${records ?? 'no'} records, but ${by} says ${stated}`);
}

function recordsOf(parts: readonly { readonly records: number | null }[]): number {
  return parts.reduce((sum, { records }) => sum + (records ?? 0), 0);
}

function isOfFile(name: string): boolean {
  return name.includes('{file}') || name.includes('{stem}');
}

/** The name of a statement about one data file, in the same folder. */
function besides(path: string, name: string): string {
  const file = nameOf(path);
  const stem = file.replace(/(?<=.)\.[^.]+?(\.(gz|zip))?$/i, '');
  return (
    path.slice(0, path.length - file.length) + name.replaceAll('{file}', () => file).replaceAll('{stem}', () => stem)
  );
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function incomplete(message: string): SyncError {
  return new SyncError('source.incomplete', { message });
}
