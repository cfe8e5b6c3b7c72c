// A server that we start beside us, and keep running until we stop it.

import type { SpawnOptions } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLogFile, type Log } from './log.ts';
import { spawnServer } from './processes.ts';

export interface ServerProcess {
  readonly pid: number;
  /** Why it ended; settles when it has. */
  readonly exited: Promise<string>;
  /** Whether it has ended. */
  hasExited(): boolean;
  /** Ends it and waits until it is gone. May be called more than once. */
  stop(): Promise<void>;
}

export interface ServerSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly options: SpawnOptions;
  /** Gets what the server prints. */
  readonly logFile: string;
  stop(pid: number): Promise<void>;
}

/** Starts a server. Whether it works is for the caller to find out; if it cannot even be run, `exited` says why. */
export function startServer(spec: ServerSpec): ServerProcess {
  const log = openLogFile(spec.logFile);
  const child = spawnServer(spec.command, spec.args, { ...spec.options, stdio: ['ignore', log, log] });
  closeSync(log);
  let ended = false;
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be run: ${error.message}`));
    child.once('exit', (code, signal) => resolve(code === null ? `was ended by ${signal}` : `ended with code ${code}`));
  }).then((reason) => {
    ended = true;
    return reason;
  });
  const pid = child.pid ?? -1;
  const stop = async (): Promise<void> => {
    if (!ended && pid > 0) await spec.stop(pid);
  };
  return { pid, exited, hasExited: () => ended, stop };
}

export interface KeptServer {
  /** The process at this moment: another one after a crash. */
  readonly pid: number;
  stop(): Promise<void>;
}

export interface Restart {
  /** For the log. */
  readonly name: string;
  /** Starts it once more, at the same address, and waits until it answers. */
  again(): Promise<ServerProcess>;
  readonly log: Log;
}

/**
 * Watches a server and starts it again whenever it ends by itself, until `stop`. A start that fails is logged and tried
 * again, after 0.1 s doubling to 10 s: soon, so that nobody else takes its port meanwhile.
 */
export function keepRunning(server: ServerProcess, restart: Restart): KeptServer {
  let current = server;
  const stopping = new AbortController();
  const watch = async (): Promise<void> => {
    for (;;) {
      const reason = await current.exited;
      if (stopping.signal.aborted) return;
      restart.log(`warning: ${restart.name} (process ${current.pid}) ${reason}; starting it again`);
      const next = await startAgain(restart, stopping.signal);
      if (next === undefined) return;
      current = next;
    }
  };
  const watching = watch();
  return {
    get pid() {
      return current.pid;
    },
    stop: async () => {
      stopping.abort();
      await current.stop();
      await watching;
    },
  };
}

/** A started server, or undefined when it is no longer wanted. */
async function startAgain(restart: Restart, signal: AbortSignal): Promise<ServerProcess | undefined> {
  for (let delayMs = 100; !signal.aborted; delayMs = Math.min(delayMs * 2, 10_000)) {
    await sleep(delayMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return undefined;
    try {
      const started = await restart.again();
      if (!signal.aborted) return started;
      await started.stop();
    } catch (error) {
      restart.log(
        `warning: ${restart.name} did not start again: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  return undefined;
}
