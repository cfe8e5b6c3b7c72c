// The composition root: everything that the steps of a run work with, put together once for each process.

import type { Project } from '../config/load.ts';
import { streamsOf, syncOfEvents } from '../triggers/event-streams.ts';
import { createHasher } from '../fingerprint/hash.ts';
import { readEvents } from '../sources/events/reader.ts';
import type { EventStream } from '../store/inbox.ts';
import { InboxListener, tellDue } from '../store/inbox-listener.ts';
import { openStore } from '../store/store.ts';
import { BatchCache } from '../steps/batch-cache.ts';
import type { Deps, Notifications } from '../steps/deps.ts';
import { OpenReads } from '../steps/open-reads.ts';
import { definitionWithCodes } from './code-tables.ts';
import { openConnections } from './connections.ts';
import { createFunctions } from './functions.ts';
import { notifierOf } from './notifier.ts';
import { openProject } from './project.ts';

export interface Composition {
  readonly deps: Deps;
  close(): Promise<void>;
}

export interface CompositionOptions {
  readonly projectDir: string;
  readonly databaseUrl: string;
  readonly ownQueue: string;
  /** As Temporal knows it. */
  readonly isWorkflowOpen: (runId: string) => Promise<boolean>;
  /** Of a project's sync. */
  readonly pauseSchedule?: (project: string, ...of: Parameters<NonNullable<Deps['pauseSchedule']>>) => Promise<void>;
  readonly stopping?: AbortSignal;
  readonly wakeIntakes?: (streams: readonly EventStream[]) => Promise<void>;
}

/** Store connections for each process: as many as activities may run at once, and a few for locks held meanwhile. */
const STORE_CONNECTIONS = 10;

export async function compose({
  projectDir,
  databaseUrl,
  ownQueue,
  isWorkflowOpen,
  pauseSchedule = async () => {},
  stopping = new AbortController().signal,
  wakeIntakes = async () => {},
}: CompositionOptions): Promise<Composition> {
  const project = await openProject(projectDir);
  const store = openStore(databaseUrl, { connections: STORE_CONNECTIONS });
  const inbox = new InboxListener(store.pool);
  const functions = createFunctions(projectDir);
  const connections = openConnections({ projectDir, storeUrl: databaseUrl, env: process.env });
  const deps: Deps = {
    project: project.name,
    store,
    hasher: await createHasher(),
    cache: new BatchCache(),
    reads: new OpenReads(),
    ownQueue,
    currentDefinition: async (sync) => definitionWithCodes(await openProject(projectDir), sync, connections),
    notifications: async () => notificationsOf(await openProject(projectDir), projectDir),
    functions: (definition, { signal, progress }) =>
      functions.of(definition, { signal, progress: (answered) => progress({ calls: answered }) }),
    source: (connection) => connections.source(connection),
    destination: (connection) => connections.destination(connection),
    isWorkflowOpen,
    pauseSchedule: (...of) => pauseSchedule(project.name, ...of),
    stopping,
    inbox,
    readEvents,
    syncOfEvents: async (stream) => syncOfEvents(await openProject(projectDir), stream),
    wakeSyncs: async (syncs) => {
      const streams = streamsOf(await openProject(projectDir), syncs);
      await tellDue(store.pool, streams);
      await wakeIntakes(streams);
    },
  };
  return {
    deps,
    close: async () => {
      functions.close();
      inbox.close();
      await connections.close();
      await store.close();
    },
  };
}

function notificationsOf({ notify: way, remindAfterMs }: Project, projectDir: string): Notifications {
  if (way === null) return { remindAfterMs, send: null };
  return { remindAfterMs, send: notifierOf(way, projectDir) };
}
