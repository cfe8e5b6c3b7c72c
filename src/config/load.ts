// A project folder becomes a Project: every file is read, every mistake is found, or all of it is right.

import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import type {
  ConnectionDefinition,
  FunctionLimits,
  FunctionsDefinition,
  ObjectDefinition,
  SyncDefinition,
} from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import { type Retention, USUAL_RETENTION } from '../domain/retention.ts';
import type { TriggerDefinition } from '../domain/triggers.ts';
import { type CodeTable, readCodeTables } from './code-tables.ts';
import { collectNames, type Names, type Report } from './check-names.ts';
import { checkSecretReferences } from './check-secrets.ts';
import { checkReferences, checkStream } from './check-sync.ts';
import { checkTributary } from './check-tributary.ts';
import {
  compileConnection,
  compileLimits,
  compileNotify,
  compileObjects,
  compileRetention,
  compileSync,
  mapValues,
} from './compile.ts';
import { schemas } from './json-schema.ts';
import { parseFile } from './parse.ts';
import type { Path, PathProblem, Problem } from './problems.ts';
import { syncSchema, type SyncInput, USUAL } from './schema-sync.ts';
import { receiverSchema } from './schema-systems.ts';
import { compileWhen } from './schema-when.ts';
import { tributarySchema, type TributaryInput } from './schema-tributary.ts';
import {
  checkStreams,
  checkSystems,
  compileReceiver,
  compileSystems,
  type ReceiverDefinition,
  type SystemDefinition,
} from './systems.ts';
import { YamlFile } from './yaml-file.ts';

/** A project whose configuration is right. Secrets are still references. */
export interface Project {
  readonly name: string;
  /** Absolute. */
  readonly dir: string;
  readonly connections: Readonly<Record<string, ConnectionDefinition>>;
  readonly objects: Readonly<Record<string, ObjectDefinition>>;
  /** Those that send events over HTTP, by the name of their connection. */
  readonly systems: Readonly<Record<string, SystemDefinition>>;
  readonly receiver: ReceiverDefinition;
  readonly syncs: Readonly<Record<string, SyncDefinition>>;
  /** What starts the runs of each sync; no part of what a run executes. */
  readonly triggers: Readonly<Record<string, TriggerDefinition>>;
  /** How people are told: kind `webhook` or `command`. Null: they are not. */
  readonly notify: ConnectionDefinition | null;
  /** A quarantined record that waits longer is said to its owner. */
  readonly remindAfterMs: number;
  /** How long what runs leave behind is kept. */
  readonly retention: Retention;
  /** Null where the project brings none along. */
  readonly functions: FunctionsDefinition | null;
  /** The files that were read, relative to `dir`, `tributary.yaml` first. */
  readonly files: readonly string[];
}

export interface LoadOptions {
  /** Kinds of connectors that can be read from and delivered to. Without them any kind will do. */
  readonly sourceKinds?: Iterable<string>;
  /** Those of them whose streams are tables and queries. */
  readonly tableKinds?: Iterable<string>;
  readonly destinationKinds?: Iterable<string>;
  /**
   * Looks into what configuration does not understand itself: expressions, functions, paths, patterns. Paths are those
   * of the sync's file as written (`['map', 'phone', 'apply', 0]`, `['check', 1, 'cel']`, `['from', 'key']`).
   */
  readonly check?: (sync: SyncDefinition, object: ObjectDefinition) => readonly PathProblem[];
  /** The project's functions, compiled. Without them it has none. */
  readonly functions?: Pick<FunctionsDefinition, 'hash' | 'code'> | null;
  /** What is wrong in files that are not YAML. */
  readonly problems?: readonly Problem[];
  /** Texts by the names of files that are not written yet, and are read as if they were. */
  readonly drafts?: Readonly<Record<string, string>>;
}

/**
 * Reads `tributary.yaml` and `syncs/*.yaml` of a folder.
 *
 * Errors: `config.not_found` without a tributary.yaml; `config.invalid` with all problems of all files, in order, as
 * `details.problems` (`Problem[]`).
 */
export async function loadProject(projectDir: string, options: LoadOptions = {}): Promise<Project> {
  const dir = resolve(projectDir);
  const { drafts = {} } = options;
  const root = await readYaml(dir, 'tributary.yaml', drafts);
  if (root === undefined) throw new SyncError('config.not_found', { message: `there is no tributary.yaml in ${dir}` });
  const syncFiles = await readSyncFiles(dir, drafts);
  const tributary = await loadTributary(root, { ...options, dir });
  const syncs = syncFiles.map((file) => loadSync(file, tributary, options));
  checkSyncNames(syncs);
  checkEventStreams(syncs);
  const taking = syncs.flatMap(({ sync }) => sync ?? []);
  // Of a sync that is wrong itself nobody knows which stream it would take.
  if (taking.length === syncs.length)
    checkStreams(
      tributary.systems,
      taking,
      reporter(root, (path) => path),
    );
  const files = [root, ...syncFiles];
  for (const file of files) checkSecretReferences(file);
  throwProblems(files, options.problems);
  return {
    name: tributary.name,
    dir,
    connections: tributary.connections,
    objects: tributary.objects,
    systems: tributary.systems,
    receiver: tributary.receiver,
    notify: tributary.notify,
    remindAfterMs: tributary.remindAfterMs,
    retention: tributary.retention,
    functions: options.functions == null ? null : { ...options.functions, ...tributary.functionLimits },
    syncs: Object.fromEntries(syncs.flatMap(({ sync }) => (sync === undefined ? [] : [[sync.sync, sync]]))),
    triggers: Object.fromEntries(
      syncs.flatMap(({ sync, trigger }) => (sync === undefined ? [] : [[sync.sync, trigger]])),
    ),
    files: files.map(({ file }) => file),
  };
}

const TRIBUTARY = { schema: tributarySchema, parts: tributarySchema.partial(), json: schemas().tributary };
const SYNC = { schema: syncSchema, parts: syncSchema.partial(), json: schemas().sync };

interface Tributary extends Pick<
  Project,
  'name' | 'connections' | 'objects' | 'systems' | 'receiver' | 'notify' | 'remindAfterMs' | 'retention'
> {
  readonly functionLimits: FunctionLimits;
  /** Those that are right. */
  readonly codes: Readonly<Record<string, CodeTable>>;
  /** Undefined when the file is not even YAML: then no name can be called unknown. */
  readonly names: Names | undefined;
}

const WEEK_MS = 604_800_000;
const USUAL_LIMITS: FunctionLimits = { timeoutMs: 5_000, batchMs: 60_000, memoryBytes: 268_435_456 };
const USUAL_RECEIVER = receiverSchema.parse({});
const NOTHING = {
  name: '',
  connections: {},
  objects: {},
  systems: {},
  receiver: compileReceiver(USUAL_RECEIVER),
  notify: null,
  remindAfterMs: WEEK_MS,
  retention: USUAL_RETENTION,
  functionLimits: USUAL_LIMITS,
  codes: {},
  names: undefined,
};

async function loadTributary(file: YamlFile, options: LoadOptions & { readonly dir: string }): Promise<Tributary> {
  const { value, pathInFile } = parseFile<TributaryInput>(file, TRIBUTARY);
  if (file.data === undefined) return NOTHING;
  const names = collectNames(file, {
    sourceKinds: options.sourceKinds && new Set(options.sourceKinds),
    tableKinds: options.tableKinds && new Set(options.tableKinds),
    destinationKinds: options.destinationKinds && new Set(options.destinationKinds),
  });
  const {
    project = '',
    connections = {},
    codes = {},
    objects = {},
    notify,
    quarantine,
    retention,
    functions,
  } = value ?? {};
  const { systems = {}, receiver } = value ?? {};
  checkTributary({ connections, objects }, names, reporter(file, pathInFile));
  checkSystems({ systems, receiver }, names, reporter(file, pathInFile));
  return {
    name: project,
    connections: mapValues(connections, (input, name) => compileConnection(name, input)),
    objects: compileObjects(objects),
    systems: compileSystems(systems),
    receiver: compileReceiver(receiver ?? USUAL_RECEIVER),
    notify: compileNotify(notify),
    remindAfterMs: quarantine?.remind_after ?? WEEK_MS,
    retention: retention === undefined ? USUAL_RETENTION : compileRetention(retention),
    functionLimits: functions === undefined ? USUAL_LIMITS : compileLimits(functions),
    codes: await readCodeTables(codes, { dir: options.dir, names, report: reporter(file, pathInFile) }),
    names,
  };
}

interface LoadedSync {
  readonly file: YamlFile;
  /** Undefined when a part of it is missing. */
  readonly sync: SyncDefinition | undefined;
  readonly trigger: TriggerDefinition;
}

function loadSync(file: YamlFile, tributary: Tributary, options: LoadOptions): LoadedSync {
  const { value: parts = {}, pathInFile } = parseFile<SyncInput>(file, SYNC);
  const report = reporter(file, pathInFile);
  if (parts.from !== undefined) checkStream(parts.from, file, report);
  const { names, objects } = tributary;
  const to = parts.to ?? '';
  const object = Object.hasOwn(objects, to) ? objects[to] : undefined;
  if (names !== undefined) {
    const { codes } = tributary;
    checkReferences(parts, { names, codes, fields: object?.fields ?? {}, mapped: file.keys(['map']) }, report);
  }
  const { sync: name, owner, from, where, map, check = [], expect = USUAL, all_or_nothing = false, when } = parts;
  const trigger = compileWhen(when);
  if (name === undefined || from === undefined || map === undefined || to === '')
    return { file, sync: undefined, trigger };
  const input = { sync: name, owner, from, to, where, map, check, expect, all_or_nothing, when };
  const sync = compileSync(input, tributary.codes);
  // An object that lost a field to a mistake would make right expressions look wrong.
  const whole = object !== undefined && names?.objects.get(to)?.length === Object.keys(object.fields).length;
  for (const { path, message, ...init } of (whole && options.check?.(sync, object)) || []) report(path, message, init);
  return { file, sync, trigger };
}

function reporter(file: YamlFile, pathInFile: (path: Path) => Path): Report {
  return (path, message, init) => file.problems.push(file.problem(pathInFile(path), message, init));
}

function checkSyncNames(syncs: readonly LoadedSync[]): void {
  for (const { file } of syncs) {
    const name = file.at(['sync']);
    const expected = baseName(file.file);
    if (typeof name !== 'string' || name === expected) continue;
    const other = syncs.find((sync) => sync.file !== file && sync.file.at(['sync']) === name);
    const message =
      other === undefined
        ? `expected the file's name \`${expected}\`; found \`${name}\``
        : `expected a name of its own; \`${name}\` is that of ${other.file.file}`;
    file.problems.push(file.problem(['sync'], message, { suggestion: expected }));
  }
}

/** Whoever sends an event says its system and stream: that names one sync. */
function checkEventStreams(syncs: readonly LoadedSync[]): void {
  const taken = new Map<string, string>();
  for (const { file, sync } of syncs) {
    if (sync?.events === undefined) continue;
    const { stream } = sync.events;
    const report = (message: string): unknown => file.problems.push(file.problem(['when', 'events'], message));
    if (stream === '') report('expected `stream`, since the pattern of `from.stream` does not begin with a name');
    const address = `${sync.stream.connection}/${stream}`;
    const other = taken.get(address);
    if (other !== undefined) report(`expected another \`stream\`; ${other} takes the events of ${address}`);
    taken.set(address, file.file);
  }
}

function baseName(file: string): string {
  return file.replace(/^.*\//, '').replace(/\.ya?ml$/, '');
}

/** Whether a file holds tests of syncs: it may stand beside the syncs and is none. */
export function isSyncTestFile(name: string): boolean {
  return /\.sync-test\.ya?ml$/.test(name);
}

type Drafts = Readonly<Record<string, string>>;

async function readSyncFiles(dir: string, drafts: Drafts): Promise<readonly YamlFile[]> {
  const names = ((await readdir(join(dir, 'syncs')).catch(absent)) ?? []).map((name) => `syncs/${name}`);
  const all = new Set([...names, ...Object.keys(drafts).filter((name) => name.startsWith('syncs/'))]);
  const files = [...all].filter((name) => /\.ya?ml$/.test(name) && !isSyncTestFile(name)).toSorted();
  const read = await Promise.all(files.map((name) => readYaml(dir, name, drafts)));
  return read.flatMap((file) => {
    if (file?.file.endsWith('.yml') === true)
      file.problems.push(file.problem([], 'expected a name that ends in .yaml'));
    return file ?? [];
  });
}

async function readYaml(dir: string, name: string, drafts: Drafts): Promise<YamlFile | undefined> {
  const draft = drafts[name];
  if (draft !== undefined) return new YamlFile(name, Buffer.from(draft));
  const bytes = await readFile(join(dir, name)).catch(absent);
  return bytes === undefined ? undefined : new YamlFile(name, bytes);
}

function absent(error: unknown): undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw error;
}

function byPlace(a: Problem, b: Problem): number {
  return a.line - b.line || a.column - b.column;
}

/** Throws `config.invalid` with the problems of all files, in order, and others, unless there are none. */
export function throwProblems(files: readonly YamlFile[], others: readonly Problem[] = []): void {
  const problems = [...files.flatMap((file) => file.problems.toSorted(byPlace)), ...others];
  if (problems.length === 0) return;
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  throw new SyncError('config.invalid', { message: `${count} in the configuration`, details: { problems } });
}
