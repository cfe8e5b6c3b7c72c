// A project that is up in a process of its own (`tributary up`), for measurements and for the tests that kill processes.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDatabase } from '../src/runtime/postgres.ts';
import { createPool, type Pool } from '../src/postgres/client.ts';
import { dataDirOf, readRunning } from '../src/runtime/running.ts';
import { childrenOf } from './processes.ts';

/** Beside the store, on the project's embedded server. */
const CRM_DATABASE = 'crm';
const CLI = fileURLToPath(
  new URL(import.meta.url.includes('/dist/') ? '../../bin/tributary.js' : '../bin/tributary.js', import.meta.url),
);

export interface Up {
  readonly dir: string;
  /** Of `tributary up` itself. */
  readonly pid: number;
  /** The store's database. */
  readonly databaseUrl: string;
  /** The worker processes that run at this moment. */
  workerPids(): readonly number[];
  /** Ctrl-C; resolves when everything has stopped. */
  stop(): Promise<void>;
  /** SIGKILL of `tributary up` alone: its servers stay behind. */
  kill(): Promise<void>;
}

/** Nothing that the caller's environment names is used: the servers are the project's own. */
export function projectEnv(): NodeJS.ProcessEnv {
  const { DATABASE_URL: _url, TEMPORAL_ADDRESS: _address, TRIBUTARY_DATA_DIR: _dir, ...env } = process.env;
  return { ...env, CRM_URL: `beside:${CRM_DATABASE}` };
}

/** Starts `tributary up` and waits until its workers are ready. What it says goes to `up.log` in the project. */
export async function startUp(dir: string, { workers }: { readonly workers: number }): Promise<Up> {
  const log = openSync(join(dir, 'up.log'), 'a');
  const child = spawn(process.execPath, [CLI, '--project', dir, '--json', 'up', '--workers', String(workers)], {
    env: projectEnv(),
    stdio: ['ignore', 'pipe', log],
  });
  closeSync(log);
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  await firstOutput(child, dir);
  const running = await readRunning(dataDirOf(dir, {}));
  if (running === null) throw new Error(`${dir} is not up; see ${join(dir, 'up.log')}`);
  const { pid, databaseUrl } = running;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  return {
    dir,
    pid,
    databaseUrl,
    workerPids: () => childrenOf(pid).flatMap((one) => (one.command.includes('worker-process') ? [one.pid] : [])),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

function firstOutput(child: ChildProcess, dir: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('error', reject);
    child.once('close', (code) => {
      reject(new Error(`tributary up ended with code ${String(code)}; see ${join(dir, 'up.log')}`));
    });
  });
}

/** The CRM's database, made if need be. */
export async function openCrm(up: Up, database = CRM_DATABASE): Promise<Pool> {
  return createPool(await ensureDatabase(up.databaseUrl, database), { max: 2 });
}
