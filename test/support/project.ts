// The example company in a folder of its own, up for the length of a test file, and its command line.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client as TemporalClient, Connection } from '@temporalio/client';
import pg from 'pg';
import { ensureDatabase } from '../../src/runtime/postgres.ts';
import { dataDirOf, readRunning } from '../../src/runtime/running.ts';
import { connectionOptions } from '../../src/runtime/temporal-connect.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLE = join(ROOT, 'examples/company');
const COPIED = ['tributary.yaml', 'syncs', 'exports', 'crm.sql'];
const UP_TIMEOUT_MS = 120_000;
const COMMAND_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 60_000;

/** How a command ended. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What it printed as JSON on stdout; undefined when it printed nothing there. */
  readonly json: Json;
  /** What it printed as `{"error": …}` on stderr. */
  readonly error: CliError | undefined;
}

export interface CliError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly details: Json;
}

/** A JSON document as tests look into it: a path that is not there gives undefined. */
// oxlint-disable-next-line typescript/no-explicit-any -- documents of every shape; the assertions are on whole values
export type Json = any;

export type Row = Readonly<Record<string, Json>>;

export interface ProjectOptions {
  /** Changes the copied files before anything is started. */
  readonly prepare?: (files: ProjectFiles) => void;
  /** A project that was stopped and kept: it goes on as it is. */
  readonly dir?: string;
  /** Where Tributary is installed. Default: this repository. */
  readonly root?: string;
  /** Options of `up`. */
  readonly up?: readonly string[];
}

/** Files of the copy, by their path in the project. */
export interface ProjectFiles {
  path(name: string): string;
  read(name: string): string;
  write(name: string, content: string | Uint8Array): void;
  /** Replaces a piece of a file that must be there exactly once. */
  edit(name: string, from: string, to: string): void;
}

export interface TestProject extends ProjectFiles {
  readonly dir: string;
  /** Runs `tributary ARGS --json` on the project. */
  run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<CliResult>;
  /** The same without `--json`. */
  runForPeople(args: readonly string[]): Promise<Omit<CliResult, 'json' | 'error'>>;
  /** Rows of the CRM. */
  crm(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** The rows of a query on the CRM as CSV with a header. */
  crmCsv(select: string): Promise<string>;
  /** Rows of Tributary's own store. */
  store(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  readonly temporal: TemporalClient;
  /** Removes it too, unless it is to be kept. */
  stop(how?: { readonly keep?: boolean }): Promise<void>;
}

/** The five syncs, parents before their children. */
export const SYNCS = ['hr-employees', 'erp-customers', 'oa-contacts', 'erp-contacts', 'erp-orders'] as const;

/** Copies the example, starts `tributary up` on it, and makes the CRM. */
export async function startProject({
  prepare,
  dir: kept,
  root = ROOT,
  up: args = [],
}: ProjectOptions = {}): Promise<TestProject> {
  ensureBuilt();
  const dir = kept ?? copyExample();
  const files = filesOf(dir);
  prepare?.(files);
  const cli = join(root, 'bin/tributary.js');
  const up = await startUp(cli, dir, args);
  try {
    return { ...files, dir, ...(await connect({ cli, dir, isNew: kept === undefined }, up)) };
  } catch (error) {
    await stopUp(up);
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}

export function ensureBuilt(): void {
  if (existsSync(join(ROOT, 'dist/.built'))) return;
  const built = spawnSync(process.execPath, [join(ROOT, 'bin/build.js')], { cwd: ROOT, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`node bin/build.js failed:\n${built.stdout}${built.stderr}`);
}

/** A folder that other users may enter: as root, PostgreSQL runs as one of them. */
function copyExample(): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-it-')));
  chmodSync(dir, 0o755);
  for (const name of COPIED) cpSync(join(EXAMPLE, name), join(dir, name), { recursive: true });
  return dir;
}

function filesOf(dir: string): ProjectFiles {
  const path = (name: string): string => join(dir, name);
  const read = (name: string): string => readFileSync(path(name), 'utf8');
  return {
    path,
    read,
    write: (name, content) => writeFileSync(path(name), content),
    edit: (name, from, to) => {
      const parts = read(name).split(from);
      if (parts.length !== 2) throw new Error(`${name} holds ${parts.length - 1} times ${JSON.stringify(from)}`);
      writeFileSync(path(name), parts.join(to));
    },
  };
}

/** The environment of the tests' own shell must not reach the product: only what a person would have. */
function environment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(DATABASE_URL|CRM_URL|TEMPORAL_|TRIBUTARY_|VITEST|NODE_OPTIONS|NODE_ENV)/.test(name),
  );
  // The binaries are named by the environment of a machine without a network.
  const kept = ['TEMPORAL_CLI_PATH'].flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]]],
  );
  return { ...Object.fromEntries([...inherited, ...kept]), TRIBUTARY_USER: 'tester', NO_COLOR: '1', ...extra };
}

async function startUp(cli: string, dir: string, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [cli, '--project', dir, '--json', 'up', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(),
  });
  process.once('exit', () => child.kill('SIGTERM'));
  const said = { stdout: '', stderr: '' };
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`tributary up took too long:\n${said.stderr}`)), UP_TIMEOUT_MS);
    child.once('exit', (code) => reject(new Error(`tributary up ended with ${String(code)}:\n${said.stderr}`)));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.stdout += text;
      if (!said.stdout.trimEnd().endsWith('}')) return;
      clearTimeout(timer);
      resolve();
    });
  }).catch(async (error: unknown) => {
    await stopUp(child);
    rmSync(dir, { recursive: true, force: true });
    throw error;
  });
  return child;
}

/** Ends `up` as Ctrl-C would, so that its servers end too. */
async function stopUp(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(late);
}

type Connected = Omit<TestProject, 'dir' | keyof ProjectFiles>;

async function connect(
  { cli, dir, isNew }: { readonly cli: string; readonly dir: string; readonly isNew: boolean },
  up: ChildProcess,
): Promise<Connected> {
  const running = await readRunning(dataDirOf(dir, {}));
  if (running === null) throw new Error('tributary up printed its line, but runtime.json is not there');
  const crm = new pg.Pool({ connectionString: await ensureDatabase(running.databaseUrl, 'example_crm'), max: 2 });
  const store = new pg.Pool({ connectionString: running.databaseUrl, max: 2, options: '-c search_path=tributary' });
  for (const pool of [crm, store]) pool.on('error', () => {}); // the server goes first when a test stops it
  if (isNew) await crm.query(readFileSync(join(dir, 'crm.sql'), 'utf8'));
  const connection = await Connection.connect(connectionOptions(running.temporal));
  return {
    run: async (args, env) => {
      const ended = await command([cli, '--project', dir, '--json', ...args], env);
      const json: unknown = ended.stdout === '' ? undefined : JSON.parse(ended.stdout);
      return { ...ended, json, error: errorIn(ended.stderr) };
    },
    runForPeople: (args) => command([cli, '--project', dir, ...args]),
    crm: async (sql, values = []) => (await crm.query<Row>(sql, [...values])).rows,
    crmCsv: (select) => csvOf(crm, select),
    store: async (sql, values = []) => (await store.query<Row>(sql, [...values])).rows,
    temporal: new TemporalClient({ connection, namespace: running.temporal.namespace }),
    stop: async ({ keep = false } = {}) => {
      await Promise.all([crm.end(), store.end(), connection.close()]);
      await stopUp(up);
      if (!keep) rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function command(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Omit<CliResult, 'json' | 'error'>> {
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'pipe'], env: environment(env) });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const late = setTimeout(() => child.kill('SIGKILL'), COMMAND_TIMEOUT_MS);
  const [code]: unknown[] = await once(child, 'close');
  clearTimeout(late);
  return { code: typeof code === 'number' ? code : null, ...said };
}

function errorIn(stderr: string): CliError | undefined {
  const line = stderr.split('\n').findLast((one) => one.startsWith('{"error":'));
  return line === undefined ? undefined : JSON.parse(line).error;
}

/** As PostgreSQL writes it: null is nothing, the empty string is `""`. */
async function csvOf(pool: pg.Pool, select: string): Promise<string> {
  const { rows, fields } = await pool.query<unknown[]>({ text: select, rowMode: 'array' });
  const lines = [fields.map(({ name }) => name), ...rows].map((row) => row.map(cell).join(','));
  return `${lines.join('\n')}\n`;
}

function cell(value: unknown): string {
  if (value === null) return '';
  const text = value instanceof Date ? value.toISOString() : `${value as string | number | boolean}`; // all there is
  return text === '' || /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
