// Tests of a project's syncs: every file is read, every mistake is found, or all of it is right.

import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';

import type { ObjectDefinition } from '../domain/definition.ts';
import { ERRORS } from '../domain/errors.ts';
import { canonicalise } from '../domain/field-types.ts';
import type { Fields, SourceRecord, SourceValue, Value } from '../domain/values.ts';
import { checkName, type Report } from './check-names.ts';
import { schemas } from './json-schema.ts';
import { isSyncTestFile, type Project, throwProblems } from './load.ts';
import { parseFile } from './parse.ts';
import { describeValue, type Path } from './problems.ts';
import { type CaseInput, type OutcomeInput, syncTestSchema, type SyncTestInput } from './schema-sync-test.ts';
import { YamlFile } from './yaml-file.ts';

/** A violation as a test expects it. Without a field it is one of the whole record; `message` is a part of it. */
export interface ExpectedViolation {
  readonly rule: string;
  readonly field?: string | undefined;
  readonly message?: string | undefined;
}

/** What a test expects of one record. A `key` or `version` that is undefined is not compared. */
export interface ExpectedOutcome {
  /** From 1, in the test's file. */
  readonly line: number;
  readonly key: string | null | undefined;
  readonly version: string | null | undefined;
  /** Only what is listed is compared. */
  readonly partial: boolean;
  readonly is:
    | {
        readonly kind: 'accepted';
        readonly fields: Fields;
        readonly absent: readonly string[];
        readonly warnings: readonly ExpectedViolation[];
      }
    | { readonly kind: 'rejected'; readonly violations: readonly ExpectedViolation[] }
    | { readonly kind: 'filtered' };
}

export type CaseSource =
  | { readonly kind: 'records'; readonly records: readonly SourceRecord[] }
  | { readonly kind: 'text'; readonly text: string }
  /** An absolute path. */
  | { readonly kind: 'file'; readonly path: string };

export interface SyncTestCase {
  readonly name: string;
  /** Relative to the project folder, with `/`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly sync: string;
  readonly input: CaseSource;
  /** When the run begins, in UTC; undefined where rules that ask hold. */
  readonly now: string | undefined;
  /** The outcomes in order, the code of an error, or null where nothing is said yet. */
  readonly expected: readonly ExpectedOutcome[] | { readonly error: string } | null;
}

const FOLDERS = ['syncs', 'tests'];

/** The test files of a project: `*.sync-test.yaml` beside tributary.yaml and anywhere in `syncs/` and `tests/`. */
export async function findSyncTests(projectDir: string): Promise<readonly string[]> {
  const dir = resolve(projectDir);
  const beside = await readdir(dir);
  const inside = await Promise.all(
    FOLDERS.map(async (folder) => {
      const names = await readdir(join(dir, folder), { recursive: true }).catch(() => []);
      return names.map((name) => join(folder, name));
    }),
  );
  return [...beside, ...inside.flat()]
    .filter(isSyncTestFile)
    .map((name) => join(dir, name))
    .toSorted();
}

/**
 * Reads test files of a project that is right. Throws `config.invalid` with all problems of all files, in order, as
 * `details.problems`; the errors of the file system as they come.
 */
export async function loadSyncTests(project: Project, paths: readonly string[]): Promise<readonly SyncTestCase[]> {
  const files = await Promise.all(
    paths.map(async (path) => {
      const name = relative(project.dir, path).replaceAll(sep, '/');
      return { path, file: new YamlFile(name, await readFile(path)) };
    }),
  );
  const cases = files.flatMap(({ path, file }) => readCases(project, file, dirname(path)));
  throwProblems(files.map(({ file }) => file));
  return cases;
}

const GRAMMAR = { schema: syncTestSchema, parts: syncTestSchema.partial(), json: schemas()['sync-test'] };

function readCases(project: Project, file: YamlFile, folder: string): readonly SyncTestCase[] {
  const { value, pathInFile } = parseFile<SyncTestInput>(file, GRAMMAR);
  const report: Report = (path, message, init) =>
    file.problems.push(file.problem(pathInFile(path), message, { ...init }));
  const all = value?.sync;
  return (value?.cases ?? []).flatMap((input, index) => {
    const path = ['cases', index];
    const sync = input.sync ?? all;
    const object = findObject(project, { sync, path: input.sync === undefined ? ['sync'] : [...path, 'sync'] }, report);
    if (sync === undefined || object === undefined) return [];
    const place = (at: Path): number => file.problem(pathInFile([...path, ...at]), '').line;
    const within: Report = (at, message, init) => report([...path, ...at], message, init);
    return {
      name: input.case,
      file: file.file,
      line: place([]),
      sync,
      input: sourceOf(input, folder),
      now: input.now === undefined ? undefined : new Date(input.now).toISOString(),
      expected: expectedOf(input, { object, place, report: within }),
    };
  });
}

function findObject(
  project: Project,
  { sync, path }: { readonly sync: string | undefined; readonly path: Path },
  report: Report,
): ObjectDefinition | undefined {
  if (sync === undefined) {
    report(path, '`sync` is required: expected the name of a sync, here or on each case');
    return undefined;
  }
  const among = Object.keys(project.syncs);
  if (!checkName(report, { what: 'a sync', among, path, name: sync })) return undefined;
  return project.objects[project.syncs[sync]?.object ?? ''];
}

function sourceOf({ records, text, file }: CaseInput, folder: string): CaseSource {
  if (records !== undefined) return { kind: 'records', records: records.map(toRecord) };
  return text === undefined ? { kind: 'file', path: resolve(folder, file ?? '') } : { kind: 'text', text };
}

interface Expecting {
  readonly object: ObjectDefinition;
  readonly place: (path: Path) => number;
  readonly report: Report;
}

function expectedOf({ expect, error }: CaseInput, expecting: Expecting): SyncTestCase['expected'] {
  if (error !== undefined) {
    checkName(expecting.report, { what: 'an error code', among: Object.keys(ERRORS), path: ['error'], name: error });
    return { error };
  }
  return expect?.map((input, index) => toExpected(input, ['expect', index], expecting)) ?? null;
}

function toExpected(input: OutcomeInput, path: Path, { object, place, report }: Expecting): ExpectedOutcome {
  const { key, version, partial, violations, warnings = [], absent = [], fields = {} } = input;
  const what = `a field of ${object.name}`;
  const among = Object.keys(object.fields);
  absent.forEach((name, index) => checkName(report, { what, among, path: [...path, 'absent', index], name }));
  const canonical = Object.entries(fields).flatMap(([name, written]): [string, Value][] => {
    const at = [...path, 'fields', name];
    const type = checkName(report, { what, among, path: at, name, at: 'key' }) ? object.fields[name]?.type : undefined;
    if (type === undefined) return [];
    const made = canonicalise(type, toValue(written));
    if (made.ok) return [[name, made.value]];
    report(at, `expected a value of type ${type}; ${describeValue(written)} ${made.message}`);
    return [];
  });
  const is = (): ExpectedOutcome['is'] => {
    if (input.filtered === true) return { kind: 'filtered' };
    if (violations !== undefined) return { kind: 'rejected', violations };
    return { kind: 'accepted', fields: Object.fromEntries(canonical), absent, warnings };
  };
  return { line: place(path), key, version, partial, is: is() };
}

/** YAML as a decoder makes it of JSON: numbers as text, objects without a prototype. */
function toRecord(map: Readonly<Record<string, unknown>>): SourceRecord {
  const record: Record<string, SourceValue> = Object.create(null);
  for (const [name, value] of Object.entries(map)) record[name] = toSource(value);
  return record;
}

function toSource(value: unknown): SourceValue {
  if (Array.isArray(value)) return value.map(toSource);
  if (typeof value === 'object' && value !== null) return toRecord({ ...value });
  return toScalar(value);
}

function toValue(value: unknown): Value {
  return Array.isArray(value) ? value.map(toValue) : toScalar(value);
}

function toScalar(value: unknown): string | boolean | null {
  return typeof value === 'boolean' || typeof value === 'string'
    ? value
    : typeof value === 'number'
      ? String(value)
      : null;
}
