// One embedded PostgreSQL cluster: made once, started, stopped, and cleaned up after an owner that was killed.

import { spawnSync, type SpawnOptions } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SyncError } from '../domain/errors.ts';
import { replaceFile } from './files.ts';
import { logTail, type Log } from './log.ts';
import { program, type PostgresBinaries } from './postgres-binaries.ts';
import type { PostgresPlace } from './postgres-place.ts';
import { giveTo, type RunAs } from './postgres-user.ts';
import { commandLine, isAlive, terminate } from './processes.ts';
import { startServer, type ServerProcess } from './server-process.ts';

export interface Cluster {
  readonly binaries: PostgresBinaries;
  readonly place: PostgresPlace;
  readonly user: RunAs;
}

/** The cluster's only role, a superuser. */
export const POSTGRES_ROLE = 'tributary';

/** Makes the cluster unless it exists. One that was not finished, because its maker was killed, is made again. */
export function initialise(cluster: Cluster, log: Log): void {
  const { data, passwordFile } = cluster.place;
  if (existsSync(join(data, 'PG_VERSION'))) {
    requirePassword(cluster.place);
    if (statSync(data).uid !== (cluster.user.uid ?? statSync(data).uid)) giveTo(cluster.user, data);
    return;
  }
  log(`making a PostgreSQL database in ${data}`);
  const password = randomBytes(24).toString('base64url');
  const draft = `${data}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  giveTo(cluster.user, draft);
  initdb(cluster, draft, password);
  replaceFile(passwordFile, password);
  rmSync(data, { recursive: true, force: true });
  renameSync(draft, data);
}

/** Starts the server on a port of the loopback interface. It answers only after `waitUntilReady`. */
export function startCluster(cluster: Cluster, port: number): ServerProcess {
  const { data, logFile } = cluster.place;
  return startServer({
    command: program(cluster.binaries, 'postgres'),
    args: ['-D', data, ...settings(port)],
    options: runOptions(cluster, data),
    logFile,
    stop: (pid) => stopPostmaster(cluster, pid),
  });
}

/**
 * Stops a server that an owner who was killed has left running on this data folder, so that it can be started anew.
 * A pid file that names a process which is not such a server is removed: PostgreSQL would refuse to start over it.
 */
export async function stopLeftover(cluster: Cluster, log: Log): Promise<void> {
  const pidFile = join(cluster.place.data, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0 || !isAlive(pid)) return;
  if (isPostmasterOf(pid, cluster.place.data)) {
    log(`stopping PostgreSQL (process ${pid}), left running by a Tributary that was killed`);
    await stopPostmaster(cluster, pid);
  } else if (process.platform !== 'win32') {
    rmSync(pidFile, { force: true });
  }
}

/** The error for a server that did not come up, with the end of its log. */
export function didNotStart(place: PostgresPlace, reason: string): SyncError {
  return new SyncError('runtime.postgres', {
    message: `PostgreSQL ${reason}. Its log ${place.logFile} ends with:\n${logTail(place.logFile)}`,
    details: { log: place.logFile },
  });
}

function isPostmasterOf(pid: number, data: string): boolean {
  const command = commandLine(pid);
  return command.includes('postgres') && command.includes(`-D ${data} `);
}

/** Fast shutdown: sessions are ended, everything is written. Where that takes too long, the next start recovers. */
async function stopPostmaster(cluster: Cluster, pid: number): Promise<void> {
  if (process.platform === 'win32') {
    spawnSync(program(cluster.binaries, 'pg_ctl'), ['stop', '-m', 'fast', '-w', '-D', cluster.place.data]);
    return;
  }
  await terminate(pid, { signal: 'SIGINT', graceMs: 60_000, force: 'SIGQUIT' });
}

/**
 * The rest stays as PostgreSQL ships it, above all fsync and synchronous_commit. A bulk load writes gigabytes of WAL:
 * with the default max_wal_size of 1 GB it would spend its time on checkpoints.
 */
function settings(port: number): readonly string[] {
  return [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'max_connections=200',
    'max_wal_size=4GB',
  ].flatMap((setting) => ['-c', setting]);
}

/** UTF-8 with the built-in C.UTF-8 locale: code point order, whatever the machine's libraries do in their next version. */
function initdb(cluster: Cluster, data: string, password: string): void {
  const secret = `${data}.password`;
  writeFileSync(secret, password, { mode: 0o600 });
  giveTo(cluster.user, secret);
  const locale = ['--encoding=UTF8', '--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = [`--username=${POSTGRES_ROLE}`, `--pwfile=${secret}`, '--auth=scram-sha-256'];
  const args = ['-D', data, ...locale, ...access];
  const made = spawnSync(program(cluster.binaries, 'initdb'), args, { ...runOptions(cluster, data), encoding: 'utf8' });
  rmSync(secret, { force: true });
  if (made.status === 0) return;
  const reason = made.error?.message ?? made.stderr.trim();
  throw new SyncError('runtime.postgres', { message: `initdb failed in ${data}: ${reason}`, cause: made.error });
}

function requirePassword(place: PostgresPlace): void {
  if (existsSync(place.passwordFile)) return;
  throw new SyncError('runtime.postgres', {
    message: `The database in ${place.data} exists, but its password file ${place.passwordFile} is gone. Put it back, or delete the database to start anew`,
  });
}

/** PG* and locale variables of whoever starts us must not reach the programs. */
function runOptions(cluster: Cluster, cwd: string): SpawnOptions & { readonly cwd: string } {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name));
  return { ...cluster.user, cwd, env: { ...Object.fromEntries(inherited), LC_ALL: 'C' } };
}
