// The program of an embedded receiver process, forked by the supervisor. Its own process: it answers whatever becomes of
// the workers, and a crash of it takes nothing else along.

import { SyncError } from '../../domain/errors.ts';
import { WORKER_CONFIG_VARIABLE, type WorkerMessage } from '../worker-config.ts';
import { RECEIVER_CONFIG, type ReceiverConfig } from './config.ts';
import { runReceiver } from './receiver.ts';

const drain = new AbortController();
process.on('SIGTERM', () => drain.abort());
process.on('SIGINT', () => drain.abort());
process.on('disconnect', () => process.exit(0));

try {
  await runReceiver(takeConfig(), {
    signal: drain.signal,
    log: (line) => process.stderr.write(`${line}\n`),
    onReady: () => tell('ready'),
  });
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
function takeConfig(): ReceiverConfig {
  const json = process.env[WORKER_CONFIG_VARIABLE];
  Reflect.deleteProperty(process.env, WORKER_CONFIG_VARIABLE);
  return RECEIVER_CONFIG.parse(JSON.parse(json ?? '{}'));
}

function tell(message: WorkerMessage): void {
  if (process.connected) process.send?.(message);
}
