// The PostgreSQL server that holds the store: the one that DATABASE_URL names, or an embedded one of our own.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DatabaseError, escapeIdentifier } from 'pg';
import { makeDataDir } from './files.ts';
import type { Log } from './log.ts';
import { freePort, lastPorts, rememberPorts } from './ports.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import {
  didNotStart,
  initialise,
  POSTGRES_ROLE,
  startCluster,
  stopLeftover,
  type Cluster,
} from './postgres-cluster.ts';
import { postgresPlace } from './postgres-place.ts';
import { postgresUser, reachableBinaries } from './postgres-user.ts';
import { keepRunning, type KeptServer, type ServerProcess } from './server-process.ts';

export interface PostgresService {
  /** The store's database, with its password. */
  readonly url: string;
  readonly embedded: boolean;
  /** The embedded server's process at this moment; absent for a given server. */
  readonly pid?: number;
  /** Stops an embedded server and waits; does nothing to a given one. May be called more than once. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  readonly dataDir: string;
  readonly log: Log;
  /** Default: this process's. */
  readonly env?: NodeJS.ProcessEnv;
}

const DATABASE = 'tributary';
const USUAL_PORT = 54_330;
const START_TIMEOUT_MS = 60_000;

/**
 * Gives the store's database. With DATABASE_URL set, that server is used as it is and nothing is started. Otherwise an
 * embedded server is started, which keeps its data over restarts, listens on 127.0.0.1 only, and is started again if it
 * crashes. The caller holds the project lock. Fails with `runtime.postgres`.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresService> {
  const given = (options.env ?? process.env)['DATABASE_URL'];
  if (given !== undefined && given !== '') return { url: given, embedded: false, stop: async () => {} };
  const cluster = findCluster(options.dataDir, options.log);
  await stopLeftover(cluster, options.log);
  initialise(cluster, options.log);
  const password = readFileSync(cluster.place.passwordFile, 'utf8').trim();
  const { server, port } = await startOnFreePort(cluster, { dataDir: options.dataDir, password });
  const admin = postgresUrl(port, password);
  const again = (): Promise<ServerProcess> => startReady(cluster, { port, password });
  const kept = keepRunning(server, { name: 'PostgreSQL', again, log: options.log });
  try {
    return embeddedService(await ensureDatabase(admin, DATABASE), kept);
  } catch (error) {
    await kept.stop();
    throw error;
  }
}

/**
 * Stops an embedded server that a Tributary which was killed has left running. The caller holds the project lock.
 * Does nothing where there never was one.
 */
export async function stopLeftoverPostgres(dataDir: string, log: Log): Promise<void> {
  if (existsSync(join(dataDir, 'postgres/password'))) await stopLeftover(findCluster(dataDir, log), log);
}

/** Makes the database unless it exists. Gives its URL: that of `adminUrl` with the other database's name. */
export async function ensureDatabase(adminUrl: string, name: string): Promise<string> {
  const client = new Client({ connectionString: adminUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`create database ${escapeIdentifier(name)}`);
  } catch (error) {
    if (!(error instanceof DatabaseError && error.code === DUPLICATE_DATABASE)) throw error;
  } finally {
    await client.end();
  }
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
}

const DUPLICATE_DATABASE = '42P04';
const STARTING_UP = '57P03';

function findCluster(dataDir: string, log: Log): Cluster {
  makeDataDir(dataDir);
  const found = findPostgresBinaries();
  const user = postgresUser(log);
  return { binaries: reachableBinaries(found, user, log), place: postgresPlace(dataDir, user, log), user };
}

function embeddedService(url: string, kept: KeptServer): PostgresService {
  return {
    url,
    embedded: true,
    get pid() {
      return kept.pid;
    },
    stop: () => kept.stop(),
  };
}

/** Another process may take the port between our look and PostgreSQL's: then another port is tried. */
async function startOnFreePort(
  cluster: Cluster,
  at: { readonly dataDir: string; readonly password: string },
): Promise<{ readonly server: ServerProcess; readonly port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort(attempt === 1 ? [lastPorts(at.dataDir).postgres, USUAL_PORT] : []);
    try {
      const server = await startReady(cluster, { port, password: at.password });
      rememberPorts(at.dataDir, { postgres: port });
      return { server, port };
    } catch (error) {
      if (attempt === 3 || (await freePort([port])) === port) throw error;
    }
  }
}

/** Starts the server and waits until it answers a query; ends it again if it does not. */
async function startReady(
  cluster: Cluster,
  at: { readonly port: number; readonly password: string },
): Promise<ServerProcess> {
  const server = startCluster(cluster, at.port);
  const url = postgresUrl(at.port, at.password);
  let deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const answer = await probe(url);
    if (answer === undefined) return server;
    if (server.hasExited()) throw didNotStart(cluster.place, await server.exited);
    // Recovery after a crash replays the WAL for as long as that takes.
    if (answer === STARTING_UP) deadline = Date.now() + START_TIMEOUT_MS;
    if (Date.now() > deadline) {
      await server.stop();
      throw didNotStart(cluster.place, `did not answer within ${START_TIMEOUT_MS / 1000} s (${answer})`);
    }
    await sleep(100);
  }
}

/** Undefined when the server answers; otherwise why not: the SQLSTATE or the system's error code. */
async function probe(url: string): Promise<string | undefined> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  } finally {
    await client.end().catch(() => {});
  }
}

function postgresUrl(port: number, password: string): string {
  return `postgres://${POSTGRES_ROLE}:${password}@127.0.0.1:${port}/postgres`;
}
