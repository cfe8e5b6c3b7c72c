// The embedded Temporal: the CLI's development server on a file in the data folder.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { SyncError } from '../domain/errors.ts';
import { replaceFile } from './files.ts';
import { logTail, type Log } from './log.ts';
import { freePort, lastPorts, rememberPorts } from './ports.ts';
import { commandLine, isAlive, terminate } from './processes.ts';
import { startServer, type ServerProcess } from './server-process.ts';

export interface DevServer {
  /** The `temporal` program. */
  readonly binary: string;
  readonly dataDir: string;
}

export interface DevServerPorts {
  readonly port: number;
  readonly uiPort: number;
}

const USUAL_PORT = 7233;
const USUAL_UI_PORT = 8233;
const START_TIMEOUT_MS = 60_000;

/**
 * WAL makes a file as fast as memory; it survives the death of the server, and may lose the last milliseconds when the
 * machine loses power: then a run repeats what it had done, which changes nothing. One task queue partition keeps
 * priorities strict. Servers that do not know a setting ignore it.
 */
const PRAGMAS = ['journal_mode=wal', 'synchronous=normal'];
const DYNAMIC_CONFIG = [
  'system.enableActivityEagerExecution=true',
  'matching.useNewMatcher=true',
  'matching.enableFairness=true',
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
  'frontend.WorkflowPauseEnabled=true',
];

/** Starts the server on the ports used last time, the usual ones, or free ones, and waits until it answers. */
export async function startOnFreePorts(
  server: DevServer,
): Promise<{ readonly process: ServerProcess; readonly ports: DevServerPorts }> {
  for (let attempt = 1; ; attempt += 1) {
    const ports = await choosePorts(attempt === 1 ? lastPorts(server.dataDir) : undefined);
    try {
      const process = await startReady(server, ports);
      rememberPorts(server.dataDir, { temporal: ports.port, temporal_ui: ports.uiPort });
      return { process, ports };
    } catch (error) {
      if (attempt === 3 || !(await takenMeanwhile(ports))) throw error;
    }
  }
}

/** Starts the server on these ports and waits until it answers. Fails with `runtime.temporal_unreachable`. */
export async function startReady(server: DevServer, ports: DevServerPorts): Promise<ServerProcess> {
  const started = startServer({
    command: server.binary,
    args: devServerArgs(server, ports),
    options: { cwd: server.dataDir, env: withoutTemporalVariables(process.env) },
    logFile: logFile(server.dataDir),
    stop: stopPid,
  });
  replaceFile(pidFile(server.dataDir), `${started.pid}\n`);
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(ports.port))) {
    if (started.hasExited()) throw didNotStart(server.dataDir, await started.exited);
    if (Date.now() > deadline) {
      await started.stop();
      throw didNotStart(server.dataDir, `did not answer within ${START_TIMEOUT_MS / 1000} s`);
    }
    await sleep(100);
  }
  return started;
}

/** Stops a server that an owner who was killed has left running on this data folder's file. */
export async function stopLeftoverTemporal(dataDir: string, log: Log): Promise<void> {
  const file = pidFile(dataDir);
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8'));
  const ours = pid > 0 && isAlive(pid) && commandLine(pid).includes(`--db-filename ${dbFile(dataDir)}`);
  if (ours) {
    log(`stopping Temporal (process ${pid}), left running by a Tributary that was killed`);
    await stopPid(pid);
  }
  rmSync(file, { force: true });
}

function devServerArgs(server: DevServer, ports: DevServerPorts): readonly string[] {
  const own = `server start-dev --ip 127.0.0.1 --port ${ports.port} --ui-port ${ports.uiPort} --log-level error`.split(
    ' ',
  );
  const pragmas = PRAGMAS.flatMap((pragma) => ['--sqlite-pragma', pragma]);
  const dynamic = DYNAMIC_CONFIG.flatMap((value) => ['--dynamic-config-value', value]);
  return [...own, '--db-filename', dbFile(server.dataDir), ...pragmas, ...dynamic];
}

async function choosePorts(
  last: { readonly temporal?: number; readonly temporal_ui?: number } | undefined,
): Promise<DevServerPorts> {
  const port = await freePort(last === undefined ? [] : [last.temporal, USUAL_PORT]);
  for (;;) {
    const uiPort = await freePort(last === undefined ? [] : [last.temporal_ui, USUAL_UI_PORT]);
    if (uiPort !== port) return { port, uiPort };
  }
}

async function takenMeanwhile(ports: DevServerPorts): Promise<boolean> {
  return (await freePort([ports.port])) !== ports.port || (await freePort([ports.uiPort])) !== ports.uiPort;
}

async function answers(port: number): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address: `127.0.0.1:${port}`, connectTimeout: 2_000 });
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

function stopPid(pid: number): Promise<void> {
  return terminate(pid, { signal: 'SIGTERM', graceMs: 10_000, force: 'SIGKILL' });
}

function didNotStart(dataDir: string, reason: string): SyncError {
  const log = logFile(dataDir);
  return new SyncError('runtime.temporal_unreachable', {
    message: `The embedded Temporal ${reason}. Its log ${log} ends with:\n${logTail(log)}`,
    details: { log },
  });
}

/** Addresses and profiles meant for clients must not reach the server's own command line. */
function withoutTemporalVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

function dbFile(dataDir: string): string {
  return join(dataDir, 'temporal.db');
}

function logFile(dataDir: string): string {
  return join(dataDir, 'temporal.log');
}

function pidFile(dataDir: string): string {
  return join(dataDir, 'temporal.pid');
}
