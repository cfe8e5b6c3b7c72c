// The program of an embedded worker process, forked by the supervisor.
//
// SIGTERM and SIGINT drain it. When its parent is gone it exits at once: nobody is left who would stop it, and what it
// was doing is done again by the workers of the next start, which also cleans up the servers.

import { SyncError } from '../domain/errors.ts';
import { WORKER_CONFIG, WORKER_CONFIG_VARIABLE, type WorkerConfig, type WorkerMessage } from './worker-config.ts';
import { runWorker } from './worker.ts';

const drain = new AbortController();
process.on('SIGTERM', () => drain.abort());
process.on('SIGINT', () => drain.abort());
process.on('disconnect', () => process.exit(0));

try {
  await runWorker(takeConfig(), { signal: drain.signal, onReady: () => tell('ready') });
  process.exit(0);
} catch (error) {
  const reason = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`${reason.stack ?? reason.message}\n`);
  tell({ failed: { code: reason instanceof SyncError ? reason.code : 'internal.bug', message: reason.message } });
  process.exitCode = 1;
  // Lets the message go out before the channel closes.
  setTimeout(() => process.exit(1), 200);
}

/** The configuration holds credentials, which programs that this process starts must not inherit. */
function takeConfig(): WorkerConfig {
  const json = process.env[WORKER_CONFIG_VARIABLE];
  Reflect.deleteProperty(process.env, WORKER_CONFIG_VARIABLE);
  return WORKER_CONFIG.parse(JSON.parse(json ?? '{}'));
}

function tell(message: WorkerMessage): void {
  if (process.connected) process.send?.(message);
}
