// What the programs that the supervisor forks have in common: their configuration, their draining, what they tell.
//
// SIGTERM and SIGINT drain them. When the parent is gone they exit at once: nobody is left who would stop them, and what a
// worker was doing is done again by the workers of the next start, which also cleans up the servers.

import type { z } from 'zod';
import { SyncError } from '../domain/errors.ts';
import { WORKER_CONFIG_VARIABLE, type WorkerMessage } from './worker-config.ts';

export interface SupervisedHooks {
  /** Aborted: let what goes on come to its end, and take nothing new. */
  readonly signal: AbortSignal;
  onReady(): void;
}

/** Runs the program until it ends, then ends the process. */
export async function runSupervised<Config>(
  schema: z.ZodType<Config>,
  run: (config: Config, hooks: SupervisedHooks) => Promise<void>,
): Promise<void> {
  const drain = new AbortController();
  process.on('SIGTERM', () => drain.abort());
  process.on('SIGINT', () => drain.abort());
  process.on('disconnect', () => process.exit(0));
  try {
    await run(takeConfig(schema), { signal: drain.signal, onReady: () => tell('ready') });
    process.exit(0);
  } catch (error) {
    const reason = error instanceof Error ? error : new Error(String(error));
    process.stderr.write(`${reason.stack ?? reason.message}\n`);
    tell({ failed: { code: reason instanceof SyncError ? reason.code : 'internal.bug', message: reason.message } });
    process.exitCode = 1;
    // Lets the message go out before the channel closes.
    setTimeout(() => process.exit(1), 200);
  }
}

/** The configuration holds credentials, which programs that this process starts must not inherit. */
function takeConfig<Config>(schema: z.ZodType<Config>): Config {
  const json = process.env[WORKER_CONFIG_VARIABLE];
  Reflect.deleteProperty(process.env, WORKER_CONFIG_VARIABLE);
  return schema.parse(JSON.parse(json ?? '{}'));
}

function tell(message: WorkerMessage): void {
  if (process.connected) process.send?.(message);
}
