// The Temporal server that runs the workflows: the cluster that the environment names, or an embedded one of our own.

import { Connection } from '@temporalio/client';
import { SyncError } from '../domain/errors.ts';
import { USUAL_RETENTION } from '../domain/retention.ts';
import { makeDataDir } from './files.ts';
import type { Log } from './log.ts';
import { keepRunning } from './server-process.ts';
import { findTemporalBinary } from './temporal-binary.ts';
import { connectionOptions, givenCluster, type TemporalConnect } from './temporal-connect.ts';
import { startOnFreePorts, startReady, stopLeftoverTemporal } from './temporal-dev-server.ts';
import { prepareNamespace } from './temporal-namespace.ts';

export interface TemporalService {
  readonly connect: TemporalConnect;
  /** Where the web UI is; null when that is not known. */
  readonly uiUrl: string | null;
  readonly embedded: boolean;
  /** Whether runs may carry the search attributes; false where a given cluster does not let us add them. */
  readonly searchAttributes: boolean;
  /** The embedded server's process at this moment; absent for a given cluster. */
  readonly pid?: number;
  /** Stops an embedded server and waits; does nothing to a given one. May be called more than once. */
  stop(): Promise<void>;
}

export interface TemporalOptions {
  readonly dataDir: string;
  readonly log: Log;
  /** How long Temporal keeps histories of ended runs. Default: 14 days. */
  readonly historiesMs?: number;
  /** Default: this process's. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Gives a Temporal server that is ready for runs. With TEMPORAL_ADDRESS or a profile, that cluster is used and nothing
 * is started. Otherwise an embedded server is started, which keeps everything over restarts, listens on 127.0.0.1 only,
 * and is started again if it crashes; a server that merely happens to listen is never used. The caller holds the
 * project lock. Fails with `runtime.temporal_missing` or `runtime.temporal_unreachable`.
 */
export async function startTemporal(options: TemporalOptions): Promise<TemporalService> {
  const env = options.env ?? process.env;
  const given = givenCluster(env);
  return given === undefined ? startEmbedded(options) : useCluster(given, { ...options, env });
}

async function useCluster(
  connect: TemporalConnect,
  { env, log, historiesMs }: Omit<TemporalOptions, 'env'> & { readonly env: NodeJS.ProcessEnv },
): Promise<TemporalService> {
  const searchAttributes = await prepare(connect, { embedded: false, log, historiesMs });
  const uiUrl = env['TRIBUTARY_TEMPORAL_UI'] ?? null;
  return { connect, uiUrl, embedded: false, searchAttributes, stop: async () => {} };
}

async function startEmbedded(options: TemporalOptions): Promise<TemporalService> {
  const { dataDir, log, historiesMs } = options;
  makeDataDir(dataDir);
  const server = { dataDir, binary: await findTemporalBinary(options) };
  await stopLeftoverTemporal(dataDir, log);
  const { process, ports } = await startOnFreePorts(server);
  const kept = keepRunning(process, { name: 'Temporal', again: () => startReady(server, ports), log });
  const connect = { address: `127.0.0.1:${ports.port}`, namespace: 'default' };
  try {
    const searchAttributes = await prepare(connect, { embedded: true, log, historiesMs });
    return {
      connect,
      uiUrl: `http://127.0.0.1:${ports.uiPort}`,
      embedded: true,
      searchAttributes,
      get pid() {
        return kept.pid;
      },
      stop: () => kept.stop(),
    };
  } catch (error) {
    await kept.stop();
    throw error;
  }
}

async function prepare(
  connect: TemporalConnect,
  {
    historiesMs = USUAL_RETENTION.historiesMs,
    ...how
  }: { readonly embedded: boolean; readonly log: Log; readonly historiesMs: number | undefined },
): Promise<boolean> {
  const connection = await connectTo(connect);
  try {
    return await prepareNamespace(connection, { ...how, historiesMs, namespace: connect.namespace });
  } finally {
    await connection.close();
  }
}

async function connectTo(connect: TemporalConnect): Promise<Connection> {
  try {
    return await Connection.connect({ ...connectionOptions(connect), connectTimeout: 10_000 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SyncError('runtime.temporal_unreachable', {
      message: `Temporal at ${connect.address} (namespace ${connect.namespace}) cannot be reached: ${reason}`,
      details: { address: connect.address, namespace: connect.namespace },
      cause: error,
    });
  }
}
