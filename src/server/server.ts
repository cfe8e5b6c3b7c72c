// The HTTP server of the receiver: its limits, and how it starts and stops.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { SyncError } from '../domain/errors.ts';
import { systemErrorCode } from '../domain/system-errors.ts';
import { type Answer, problem } from './answer.ts';
import { MAX_BODY_BYTES } from './body.ts';
import type { ReceiverDeps } from './deps.ts';
import { Memory } from './memory.ts';
import { routeOf } from './routes.ts';

/** Times in milliseconds. */
export interface ServerLimits {
  /** For all headers, and for the whole request: who sends a byte a second is let go. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** How long a connection may be idle between two requests. */
  readonly keepAliveMs: number;
  readonly connections: number;
  /** Of bodies in memory, of all requests together. */
  readonly bodyBytes: number;
  /** How long a stop waits for requests under way. */
  readonly drainMs: number;
}

export const LIMITS: ServerLimits = {
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 60_000,
  connections: 2_000,
  bodyBytes: 64 * MAX_BODY_BYTES,
  drainMs: 20_000,
};

const CHECK_EVERY_MS = 1_000;
const LINGER_MS = 1_000;
const LINGER_BYTES = 4 * MAX_BODY_BYTES;
const MAX_HEADER_BYTES = 16_384;
const MAX_REQUESTS_ON_A_CONNECTION = 10_000;

export interface Place {
  readonly host: string;
  readonly port: number;
}

export interface Receiver {
  readonly host: string;
  readonly port: number;
  /** Takes no more connections, answers what is under way, ends. May be called more than once. */
  stop(): Promise<void>;
}

/** Starts to listen. Rejects with Node's error when the port is taken. */
export async function startReceiver(
  deps: ReceiverDeps,
  place: Place,
  limits: ServerLimits = LIMITS,
): Promise<Receiver> {
  const state = { memory: new Memory(limits.bodyBytes), stopping: false };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void serve(deps, { request, response, state });
  };
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: CHECK_EVERY_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    requireHostHeader: true,
    noDelay: true,
  });
  server.maxConnections = limits.connections;
  server.maxRequestsPerSocket = MAX_REQUESTS_ON_A_CONNECTION;
  server.on('request', listener);
  // Who asks first is answered before the body is sent.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (Number(request.headers['content-length'] ?? 0) <= MAX_BODY_BYTES) response.writeContinue();
    listener(request, response);
  });
  server.on('clientError', answerBadRequest);
  const { host } = place;
  const port = await listen(server, place);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    state.stopping = true;
    return (stopped ??= close(server, limits.drainMs));
  };
  return { host, port, stop };
}

function listen(server: Server, place: Place): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...place, exclusive: true }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : place.port);
    });
  });
}

function close(server: Server, drainMs: number): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(() => server.closeAllConnections(), drainMs);
    server.close(() => {
      clearTimeout(late);
      resolve();
    });
    server.closeIdleConnections();
  });
}

interface Serving {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly state: { readonly memory: Memory; readonly stopping: boolean };
}

async function serve(deps: ReceiverDeps, { request, response, state }: Serving): Promise<void> {
  const began = performance.now();
  let name = 'none';
  let answer: Answer;
  const lease = state.memory.lease();
  try {
    const { route, answer: handler } = routeOf(request, lease);
    name = route.name;
    answer = await handler(deps);
  } catch (error) {
    if (request.destroyed && !request.complete) return; // they have gone: nobody hears an answer
    if (!(error instanceof SyncError) || error.disposition === 'bug') deps.failed(error);
    answer = problem(error);
  } finally {
    lease.release();
  }
  const labels = { route: name, status: String(answer.status) };
  deps.counters.add('tributary_requests_total', labels);
  deps.counters.add('tributary_request_seconds_sum', { route: name }, (performance.now() - began) / 1000);
  send(request, response, { answer, last: state.stopping || !request.complete });
}

/** @param last nothing more is heard on the connection: its rest cannot be a request, or we stop */
function send(
  request: IncomingMessage,
  response: ServerResponse,
  { answer, last }: { readonly answer: Answer; readonly last: boolean },
): void {
  if (response.destroyed) return;
  const { status, headers, body } = answer;
  const length = String(Buffer.byteLength(body));
  response.writeHead(status, { ...headers, 'content-length': length, ...(last ? { connection: 'close' } : {}) });
  response.end(body);
  if (!request.complete) linger(request);
}

/** Who is answered while still sending reads the answer only if the connection is not cut at once. */
function linger(request: IncomingMessage): void {
  const late = setTimeout(() => request.destroy(), LINGER_MS);
  request.once('close', () => clearTimeout(late));
  let left = LINGER_BYTES;
  request.on('data', (chunk: Uint8Array) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.resume();
}

/** What is no HTTP, too large in its headers, or too slow, never becomes a request: it is answered on its connection. */
function answerBadRequest(error: Error, socket: Socket): void {
  if (!socket.writable || systemErrorCode(error) === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { code, line } = BAD[systemErrorCode(error) ?? ''] ?? NO_HTTP;
  const { headers, body } = problem(
    new SyncError(code, { message: 'the request is not as HTTP/1.1 wants it, or late' }),
  );
  const all = { ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${line}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

const NO_HTTP = { code: 'request.malformed', line: '400 Bad Request' } as const;
const BAD: Readonly<
  Record<string, { readonly code: 'request.too_slow' | 'request.too_large'; readonly line: string }>
> = {
  ERR_HTTP_REQUEST_TIMEOUT: { code: 'request.too_slow', line: '408 Request Timeout' },
  HPE_HEADER_OVERFLOW: { code: 'request.too_large', line: '431 Request Header Fields Too Large' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { code: 'request.too_large', line: '413 Content Too Large' },
};
