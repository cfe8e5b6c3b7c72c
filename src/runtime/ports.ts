// Ports on the loopback interface: the one used last time, then the usual one, then any that is free.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from './files.ts';

const PORTS = z.object({
  postgres: z.number().int().exactOptional(),
  temporal: z.number().int().exactOptional(),
  temporal_ui: z.number().int().exactOptional(),
  receiver: z.number().int().exactOptional(),
});

/** The ports of the embedded servers and the receiver, kept in `ports.json` so that addresses stay the same from one start to the next. */
export type Ports = z.infer<typeof PORTS>;

/** The ports used last time in this data folder; empty when there were none. */
export function lastPorts(dataDir: string): Ports {
  try {
    return PORTS.parse(JSON.parse(readFileSync(join(dataDir, 'ports.json'), 'utf8')));
  } catch {
    return {};
  }
}

/** Remembers ports beside those already known. */
export function rememberPorts(dataDir: string, ports: Ports): void {
  replaceFile(join(dataDir, 'ports.json'), `${JSON.stringify({ ...lastPorts(dataDir), ...ports })}\n`);
}

/**
 * The first of the preferred ports that nothing listens on, else one that the system gives.
 * Somebody may take it before it is used: callers try again with another.
 */
export async function freePort(preferred: readonly (number | undefined)[]): Promise<number> {
  for (const port of preferred) {
    if (port !== undefined && (await tryListen(port)) !== undefined) return port;
  }
  const port = await tryListen(0);
  if (port === undefined) throw new Error('the system gives no free port on 127.0.0.1');
  return port;
}

function tryListen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}
