// The receiver's counters for Prometheus, on this machine only and apart from the address that senders know.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Counters } from '../../server/counters.ts';

export async function serveMetrics(port: number, counters: Counters): Promise<Server> {
  const server = createServer((request, response) => {
    const found = request.url === '/metrics' && request.method === 'GET';
    response.writeHead(found ? 200 : 404, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(found ? `${counters.lines().join('\n')}\n` : '');
  });
  server.listen({ host: '127.0.0.1', port });
  await once(server, 'listening');
  server.unref();
  return server;
}
