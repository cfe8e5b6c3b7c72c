// Everything that a project needs to run on one machine: its lock, PostgreSQL, Temporal, workers, the receiver of events.
//
//   lock ─▶ PostgreSQL ┐
//           Temporal   ┴─▶ receiver ─▶ runtime.json ─▶ workers        and back in reverse order

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Log } from './log.ts';
import { startPostgres, stopLeftoverPostgres, type PostgresService } from './postgres.ts';
import { acquireProjectLock, type ProjectLock } from './project-lock.ts';
import { freePort, lastPorts, rememberPorts } from './ports.ts';
import { dataDirOf, removeRunning, writeRunning } from './running.ts';
import { programOf, superviseWorkers, type Supervisor } from './supervisor.ts';
import { stopLeftoverTemporal } from './temporal-dev-server.ts';
import { startTemporal, type TemporalService } from './temporal.ts';

export interface ServicesOptions {
  readonly projectDir: string;
  readonly taskQueue: string;
  /** Default: see `dataDirOf`. */
  readonly dataDir?: string;
  /** How many worker processes. Default: one for each core, at most 4. With 0, somebody else runs them. */
  readonly workers?: number;
  /** The first worker's port for Prometheus metrics; the others count up from it, the receiver comes last. None when absent. */
  readonly metricsPort?: number;
  /** How long Temporal keeps histories of ended runs. Default: 14 days. */
  readonly historiesMs?: number;
  /** The port on which events are received, or another one where that is taken. None are when absent. */
  readonly receiverPort?: number;
  readonly log: Log;
  /** Runs when both servers are up and before the workers start: the place for the store's migrations. */
  readonly prepare?: (services: { readonly databaseUrl: string; readonly temporal: TemporalService }) => Promise<void>;
  /** Stops a start that is under way: it cleans up and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface Services {
  readonly dataDir: string;
  readonly databaseUrl: string;
  readonly postgres: PostgresService;
  readonly temporal: TemporalService;
  readonly workerPids: readonly number[];
  /** Null where no events are received. */
  readonly receiverUrl: string | null;
  /** See `Supervisor.ready`. */
  readonly workersReady: Promise<void>;
  /** Drains the workers, stops the embedded servers, lets the next owner in. May be called more than once. */
  stop(): Promise<void>;
}

/** One for each core, at most 4: PostgreSQL and Temporal need some too. */
export function defaultWorkerCount(): number {
  return Math.max(1, Math.min(availableParallelism(), 4));
}

/**
 * Becomes the owner of the project's data folder and starts what the environment does not name: PostgreSQL, Temporal,
 * workers. What an owner who was killed left behind is cleaned up first. When something does not start, everything that
 * did is stopped again. Fails with `runtime.*` codes.
 */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const dataDir = options.dataDir ?? dataDirOf(options.projectDir);
  const lock = await acquireProjectLock(dataDir);
  const started: Started = { dataDir, lock };
  try {
    const { postgres, temporal } = await startServers(started, options);
    options.signal?.throwIfAborted();
    await options.prepare?.({ databaseUrl: postgres.url, temporal });
    options.signal?.throwIfAborted();
    const receiverUrl = await startReceiving(started, options, { postgres, temporal });
    options.signal?.throwIfAborted();
    const workers = startWorkers(started, options, { postgres, temporal, receiverUrl });
    return services(started, { postgres, temporal, receiverUrl, workers });
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}

/**
 * Stops the embedded servers of an owner who was killed, for a project that shall not be started again now.
 * Fails with `runtime.locked` while the project is up.
 */
export async function stopLeftovers(dataDir: string, log: Log): Promise<void> {
  const lock = await acquireProjectLock(dataDir);
  try {
    await stopLeftoverTemporal(dataDir, log);
    await stopLeftoverPostgres(dataDir, log);
    removeRunning(dataDir);
  } finally {
    lock.release();
  }
}

/** What is up so far, in the order of starting. */
interface Started {
  readonly dataDir: string;
  readonly lock: ProjectLock;
  postgres?: PostgresService;
  temporal?: TemporalService;
  receiver?: Supervisor;
  workers?: Supervisor;
}

interface Servers {
  readonly postgres: PostgresService;
  readonly temporal: TemporalService;
}

async function startServers(started: Started, options: ServicesOptions): Promise<Servers> {
  const common = { dataDir: started.dataDir, log: options.log };
  const { historiesMs } = options;
  const kept = historiesMs === undefined ? {} : { historiesMs };
  const [postgres, temporal] = await Promise.allSettled([startPostgres(common), startTemporal({ ...common, ...kept })]);
  if (postgres.status === 'fulfilled') started.postgres = postgres.value;
  if (temporal.status === 'fulfilled') started.temporal = temporal.value;
  if (postgres.status === 'rejected') throw postgres.reason;
  if (temporal.status === 'rejected') throw temporal.reason;
  return { postgres: postgres.value, temporal: temporal.value };
}

/** @returns its address; null where no events are received */
async function startReceiving(
  started: Started,
  { projectDir, taskQueue, log, receiverPort, metricsPort, ...options }: ServicesOptions,
  { postgres, temporal }: Servers,
): Promise<string | null> {
  if (receiverPort === undefined) return null;
  const { dataDir } = started;
  const host = '127.0.0.1';
  const port = await freePort([receiverPort, lastPorts(dataDir).receiver]);
  rememberPorts(dataDir, { receiver: port });
  if (port !== receiverPort) log(`warning: port ${receiverPort} is taken; events are received on ${port}`);
  const workers = options.workers ?? defaultWorkerCount();
  const metrics = metricsPort === undefined ? {} : { metricsPort: metricsPort + workers };
  started.receiver = superviseWorkers({
    count: 1,
    name: 'receiver',
    entry: programOf('receiver/process'),
    config: { projectDir, taskQueue, databaseUrl: postgres.url, temporal: temporal.connect, host, port, ...metrics },
    log,
    logFile: join(dataDir, 'receiver.log'),
  });
  await started.receiver.ready;
  return `http://${host}:${port}`;
}

type ServersAndReceiver = Servers & { readonly receiverUrl: string | null };

function startWorkers(
  started: Started,
  options: ServicesOptions,
  { postgres, temporal, receiverUrl }: ServersAndReceiver,
): Supervisor {
  const { dataDir } = started;
  const { taskQueue, projectDir, log } = options;
  writeRunning(dataDir, {
    pid: process.pid,
    databaseUrl: postgres.url,
    temporal: temporal.connect,
    uiUrl: temporal.uiUrl,
    taskQueue,
    ...(receiverUrl === null ? {} : { receiverUrl }),
    startedAt: new Date().toISOString(),
  });
  const metrics = options.metricsPort === undefined ? {} : { metricsPort: options.metricsPort };
  const workers = superviseWorkers({
    count: options.workers ?? defaultWorkerCount(),
    config: { projectDir, databaseUrl: postgres.url, temporal: temporal.connect, taskQueue, ...metrics },
    log,
    logFile: join(dataDir, 'worker.log'),
  });
  started.workers = workers;
  return workers;
}

function services(started: Started, parts: ServersAndReceiver & { readonly workers: Supervisor }): Services {
  const { postgres, temporal, receiverUrl, workers } = parts;
  let stopped: Promise<void> | undefined;
  return {
    dataDir: started.dataDir,
    databaseUrl: postgres.url,
    postgres,
    temporal,
    get workerPids() {
      return workers.pids;
    },
    receiverUrl,
    workersReady: workers.ready,
    stop: () => (stopped ??= stopAll(started)),
  };
}

/** A step that fails must not keep the next ones from being done; the first failure is thrown at the end. */
async function stopAll({ dataDir, lock, postgres, temporal, receiver, workers }: Started): Promise<void> {
  const steps: readonly (() => Promise<void> | void)[] = [
    // First, so that no command joins services that are about to go.
    () => removeRunning(dataDir),
    () => receiver?.stop(),
    () => workers?.stop(),
    () => temporal?.stop(),
    () => postgres?.stop(),
    () => lock.release(),
  ];
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
