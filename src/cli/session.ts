// What a command works with: the project, its services (those that are up, or started for the command), a client.

import { userInfo } from 'node:os';
import { Client, Connection } from '@temporalio/client';
import type { Project } from '../config/load.ts';
import { writeSchemas } from '../config/json-schema.ts';
import { SyncError } from '../domain/errors.ts';
import { createFunctions, type Functions } from '../runtime/functions.ts';
import { openProject } from '../runtime/project.ts';
import { dataDirOf, readRunning } from '../runtime/running.ts';
import { type Services, type ServicesOptions, startServices } from '../runtime/services.ts';
import { connectionOptions, type TemporalConnect } from '../runtime/temporal-connect.ts';
import { migrate, openStore, type Store } from '../store/store.ts';
import { say } from './output.ts';

export interface GlobalOptions {
  readonly project: string;
  readonly json: boolean;
}

export interface Session {
  readonly project: Project;
  readonly dataDir: string;
  readonly store: Store;
  readonly functions: Functions;
  readonly databaseUrl: string;
  readonly client: Client;
  /** The client's. */
  readonly connection: Connection;
  readonly taskQueue: string;
  readonly uiUrl: string | null;
  readonly namespace: string;
  /** The services live only as long as this command. */
  readonly owned: boolean;
  close(): Promise<void>;
}

export interface SessionOptions {
  /** Worker processes to start when nothing is up; 0 for commands that only look. */
  readonly workers: number;
  readonly signal?: AbortSignal;
}

const STORE_CONNECTIONS = 4;

export function taskQueueOf(project: Project): string {
  return `tributary-${project.name}`;
}

/** Opens a session on what is up, else starts services for its duration. */
export async function openSession(options: GlobalOptions, { workers, signal }: SessionOptions): Promise<Session> {
  const project = await openProject(options.project);
  const dataDir = dataDirOf(project.dir);
  const running = await readRunning(dataDir);
  if (running !== null) {
    const { databaseUrl, temporal, taskQueue, uiUrl } = running;
    return connectSession({ project, dataDir, databaseUrl, temporal, taskQueue, uiUrl, services: null });
  }
  const services = await startOwn(project, { workers, ...(signal === undefined ? {} : { signal }) });
  const { databaseUrl, temporal } = services;
  const place = {
    project,
    dataDir,
    databaseUrl,
    temporal: temporal.connect,
    taskQueue: taskQueueOf(project),
    uiUrl: temporal.uiUrl,
    services,
  };
  return connectSession(place).catch(async (error: unknown) => {
    await services.stop();
    throw error;
  });
}

/** Starts the project's services in this process, with the store brought up to date before any worker looks at it. */
export async function startOwn(
  project: Project,
  options: SessionOptions & Pick<ServicesOptions, 'metricsPort' | 'receiverPort'>,
): Promise<Services> {
  const services = await startServices({
    projectDir: project.dir,
    taskQueue: taskQueueOf(project),
    log: say,
    historiesMs: project.retention.historiesMs,
    ...options,
    prepare: async ({ databaseUrl }) => {
      const store = openStore(databaseUrl, { connections: 1 });
      try {
        await migrate(store, project.name);
      } finally {
        await store.close();
      }
      await writeSchemas(project.dir);
    },
  });
  if (options.workers > 0) {
    await services.workersReady.catch(async (error: unknown) => {
      await services.stop();
      throw error;
    });
  }
  return services;
}

interface Place {
  readonly project: Project;
  readonly dataDir: string;
  readonly databaseUrl: string;
  readonly temporal: TemporalConnect;
  readonly taskQueue: string;
  readonly uiUrl: string | null;
  readonly services: Services | null;
}

async function connectSession(place: Place): Promise<Session> {
  const { databaseUrl, temporal, services } = place;
  const connection = await Connection.connect(connectionOptions(temporal)).catch((cause: unknown) => {
    throw new SyncError('runtime.temporal_unreachable', {
      message: `no Temporal server answers at ${temporal.address}`,
      cause,
    });
  });
  const client = new Client({ connection, namespace: temporal.namespace });
  const store = openStore(databaseUrl, { connections: STORE_CONNECTIONS });
  const functions = createFunctions(place.project.dir);
  return {
    project: place.project,
    dataDir: place.dataDir,
    store,
    functions,
    databaseUrl,
    client,
    connection,
    taskQueue: place.taskQueue,
    uiUrl: place.uiUrl,
    namespace: temporal.namespace,
    owned: services !== null,
    close: async () => {
      functions.close();
      await store.close();
      await connection.close();
      await services?.stop();
    },
  };
}

/** Where the UI shows a run. */
export function runUrl({ uiUrl, namespace }: Pick<Session, 'uiUrl' | 'namespace'>, runId: string): string | null {
  return uiUrl === null ? null : `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(runId)}`;
}

/** Who gives a command: for decisions and pauses. */
export function whoAmI(): string {
  return process.env['TRIBUTARY_USER'] ?? process.env['USER'] ?? userInfo().username;
}
