// Code tables that several syncs share: from a file of the project, or from a table that is read when a run begins.

import { readFile } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';

import { parse as parseCsv } from 'csv-parse/sync';

import type { CodeQuery, Codes } from '../domain/definition.ts';
import { checkConnection, type Names, type Report } from './check-names.ts';
import { describeValue } from './problems.ts';
import type { CodeTableInput } from './schema-tributary.ts';
import { type Plain, YamlFile } from './yaml-file.ts';

/** More are not a code table but an object of their own, for references. */
export const MAX_CODES = 20_000;

/** Its values, or where they are read when a run begins. */
export type CodeTable = { readonly codes: Codes } | { readonly query: CodeQuery };

interface Reading {
  readonly dir: string;
  readonly names: Names;
  /** At a path of tributary.yaml. */
  readonly report: Report;
}

/** The tables by name; those that are wrong are reported and left out. */
export async function readCodeTables(
  tables: Readonly<Record<string, CodeTableInput>>,
  { dir, names, report }: Reading,
): Promise<Readonly<Record<string, CodeTable>>> {
  const read: Record<string, CodeTable> = {};
  for (const [name, input] of Object.entries(tables)) {
    const path = ['codes', name];
    if ('connection' in input) {
      checkConnection(report, names, { path: [...path, 'connection'], name: input.connection, as: 'destination' });
      read[name] = { query: input };
      continue;
    }
    const found = await readTable(dir, input);
    if (typeof found === 'string') report([...path, 'file'], found);
    else read[name] = { codes: found };
  }
  return read;
}

type FileInput = Extract<CodeTableInput, { readonly file: string }>;

/** The codes, or what is wrong with the file. */
async function readTable(dir: string, input: FileInput): Promise<Codes | string> {
  const { file } = input;
  if (isAbsolute(file) || normalize(file).startsWith('..')) return 'expected a file inside the project folder';
  const bytes = await readFile(join(dir, file)).catch(() => null);
  if (bytes === null) return `expected a file that can be read; found none at \`${file}\``;
  const rows = file.toLowerCase().endsWith('.csv') ? csvRows(bytes, input) : yamlRows(bytes, input);
  return typeof rows === 'string' ? `${file}: ${rows}` : toCodes(rows, file);
}

interface Row {
  /** Inside the file. */
  readonly place: string;
  readonly code: Plain;
  readonly value: Plain;
}

function csvRows(bytes: Buffer, { from, to }: FileInput): readonly Row[] | string {
  const text = decode(bytes);
  if (text === null) return 'expected text in UTF-8';
  if (from === undefined || to === undefined) return 'expected `from` and `to`, the names of two columns';
  const parsed = parse(text);
  if (typeof parsed === 'string') return parsed;
  const [header = [], ...rows] = parsed;
  const [code, value] = [header.indexOf(from), header.indexOf(to)];
  if (code < 0 || value < 0) return `expected the columns ${from} and ${to}; found ${header.join(', ')}`;
  return rows.map((cells, index) => ({
    place: `, line ${index + 2}`,
    code: cells[code] ?? '',
    value: cells[value] === '' ? null : (cells[value] ?? null),
  }));
}

function parse(text: string): readonly (readonly string[])[] | string {
  try {
    return parseCsv(text, { skip_empty_lines: true });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A map of codes to values, or a list of maps that hold both. JSON is YAML too. */
function yamlRows(bytes: Buffer, { file, from, to }: FileInput): readonly Row[] | string {
  const { data, problems } = new YamlFile(file, bytes);
  const [problem] = problems;
  if (problem !== undefined) return `line ${problem.line}: ${problem.message}`;
  if (isMap(data)) return Object.entries(data).map(([code, value]) => ({ place: '', code, value }));
  if (!Array.isArray(data)) return 'expected a map of codes to values, or a list of maps';
  if (from === undefined || to === undefined) return 'expected `from` and `to`, the names of two keys of each item';
  return data.map((item: Plain, index) => {
    const map = isMap(item) ? item : {};
    return { place: `, item ${index + 1}`, code: map[from] ?? '', value: map[to] ?? null };
  });
}

function toCodes(rows: readonly Row[], file: string): Codes | string {
  if (rows.length === 0) return `expected at least one code; ${file} has none`;
  if (rows.length > MAX_CODES) return `expected at most ${MAX_CODES} codes; ${file} has ${rows.length}`;
  const codes = new Map<string, Codes[string]>();
  for (const { place: inside, code, value } of rows) {
    const place = `${file}${inside}`;
    if (code === '' || typeof code === 'object') return `${place}: expected a code; found ${describeValue(code)}`;
    if (typeof value === 'object' && value !== null)
      return `${place}: expected text, a number, true, false or null for \`${String(code)}\`; found ${describeValue(value)}`;
    const made = typeof value === 'number' ? String(value) : value;
    const known = codes.get(String(code));
    if (known !== undefined && known !== made)
      return `${place}: expected each code once; \`${String(code)}\` has two values`;
    codes.set(String(code), made);
  }
  return Object.fromEntries(codes);
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function isMap(value: Plain | undefined): value is { readonly [key: string]: Plain } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
