// A receiver on loopback over an inbox in memory, and its clients.

import { createConnection } from 'node:net';
import type { Sent } from '../../src/adapters/adapter.ts';
import { openAdapter } from '../../src/adapters/registry.ts';
import { systemsSchema } from '../../src/config/schema-systems.ts';
import { compileSystems } from '../../src/config/systems.ts';
import type { SyncDefinition } from '../../src/domain/definition.ts';
import { SyncError } from '../../src/domain/errors.ts';
import { Counters } from '../../src/server/counters.ts';
import type { ReceiverDeps } from '../../src/server/deps.ts';
import { LIMITS, type ServerLimits, startReceiver } from '../../src/server/server.ts';
import { openSystem } from '../../src/server/systems.ts';
import type { Appended, EventStream, NewEvent, StoredEvent } from '../../src/store/inbox.ts';
import { EXAMPLE_TRIBUTARY } from '../../src/config/reference-example.ts';
import { loadFiles } from '../config/project.ts';

export const SECRET = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
export const KEY = 'key-of-oa';

/** erp signs as Standard Webhooks say, oa sends a key. Both send customers; those of oa each have an id. */
const SYSTEMS = {
  erp: { authentication: { kind: 'standard_webhooks', secrets: [SECRET] } },
  oa: {
    authentication: { kind: 'api_key', keys: [KEY] },
    streams: { customers: { id: { path: 'event_id' } } },
    rate: 20,
  },
  chat: { authentication: { kind: 'lark', secrets: ['encrypt key'] } },
} as const;

const SYNC = (name: string, connection: string): string => `sync: ${name}
from: { connection: ${connection}, stream: "customers-*.xml", record: customers/customer, key: id }
to: account
map: { external_id: id, name: name }
when: { events: true }
`;

let syncs: readonly SyncDefinition[] | undefined;

async function syncDefinitions(): Promise<readonly SyncDefinition[]> {
  const tributary = EXAMPLE_TRIBUTARY.replace('connections:\n', 'connections:\n  chat: { kind: file, path: x }\n');
  const project = await loadFiles({
    'tributary.yaml': tributary,
    'syncs/a.yaml': SYNC('a', 'erp'),
    'syncs/b.yaml': SYNC('b', 'oa'),
    'syncs/c.yaml': SYNC('c', 'chat'),
  });
  return Object.values(project.syncs);
}

export class MemoryInbox {
  readonly stored = new Map<string, StoredEvent & { readonly body: Uint8Array; readonly contentType: string }>();
  readonly woken: EventStream[] = [];
  /** While true the store cannot be reached. */
  down = false;
  waiting = 0;

  append = async (events: readonly NewEvent[]): Promise<Appended> => {
    this.#reach();
    const appended = events.map((event) => {
      const eventId = event.eventId ?? `evt_${this.stored.size + 1}`;
      const key = `${event.system}/${event.stream}/${eventId}`;
      const before = this.stored.get(key);
      if (before !== undefined) return { id: before.id, eventId, known: true };
      const id = this.stored.size + 1;
      const rest = { state: 'waiting', run: null, outcome: null, error: null, doneAt: null } as const;
      this.stored.set(key, { ...event, ...rest, id, eventId, receivedAt: new Date(0) });
      return { id, eventId, known: false };
    });
    const [first] = events;
    return { events: appended, asleep: first === undefined ? [] : [first] };
  };

  outcome = async (id: number): Promise<StoredEvent | undefined> => {
    this.#reach();
    return [...this.stored.values()].find((event) => event.id === id);
  };

  settle = async (): Promise<void> => {
    for (const [key, event] of this.stored)
      this.stored.set(key, { ...event, state: 'done', outcome: { applied: 1 }, doneAt: new Date(1) });
  };

  #reach(): void {
    if (this.down) throw new SyncError('store.unreachable', { message: 'lost the connection' });
  }
}

export interface TestReceiver {
  readonly url: string;
  readonly port: number;
  readonly inbox: MemoryInbox;
  readonly failures: unknown[];
  readonly counters: Counters;
  stop(): Promise<void>;
}

export async function startTestReceiver(
  limits: Partial<ServerLimits> = {},
  change: Partial<ReceiverDeps> = {},
): Promise<TestReceiver> {
  syncs ??= await syncDefinitions();
  const inbox = new MemoryInbox();
  const failures: unknown[] = [];
  const counters = new Counters();
  const definitions = compileSystems(systemsSchema.parse(SYSTEMS));
  const systems = new Map(
    Object.values(definitions).map((system) => [
      system.name,
      openSystem(system, { adapters: system.authentication.map(openAdapter), syncs: syncs ?? [], now: Date.now() }),
    ]),
  );
  const deps: ReceiverDeps = {
    systems: () => systems,
    append: inbox.append,
    outcome: inbox.outcome,
    waiting: () => inbox.waiting,
    wake: (stream) => void inbox.woken.push({ system: stream.system, stream: stream.stream }),
    settled: inbox.settle,
    ready: async () => !inbox.down,
    now: () => Date.now(),
    publicUrl: null,
    counters,
    failed: (error) => void failures.push(error),
    ...change,
  };
  const receiver = await startReceiver(deps, { host: '127.0.0.1', port: 0 }, { ...LIMITS, ...limits });
  const url = `http://127.0.0.1:${receiver.port}`;
  return { url, port: receiver.port, inbox, failures, counters, stop: receiver.stop };
}

export const EVENTS = '/v1/systems/erp/streams/customers/events';
export const OA_EVENTS = '/v1/systems/oa/streams/customers/events';

const erp = openAdapter({ kind: 'standard_webhooks', secrets: [SECRET], tolerance: '5m' });

/** As erp would send it. */
export function signed(body: string | Uint8Array, id = 'msg_1', path = EVENTS, method = 'POST'): Sent {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return erp.send({ method, path, url: '', id, at: Date.now(), body: bytes });
}

export interface Heard {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of every shape; the assertions are on whole values
  readonly json: any;
}

export async function hear(response: Response): Promise<Heard> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: text === '' ? undefined : JSON.parse(text) };
}

/** Sends an event of erp. */
export async function post(
  { url }: Pick<TestReceiver, 'url'>,
  body: string | Uint8Array,
  more: {
    readonly id?: string;
    readonly path?: string;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<Heard> {
  const { headers } = signed(body, more.id);
  return hear(
    await fetch(url + (more.path ?? EVENTS), {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers, ...more.headers },
    }),
  );
}

/** Says something on a connection and hears all that is answered until it is closed. */
export function say(port: number, text: string | Uint8Array, timeoutMs = 10_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    let heard = '';
    const late = setTimeout(() => {
      socket.destroy();
      reject(new Error(`the connection stays open; heard ${JSON.stringify(heard)}`));
    }, timeoutMs);
    socket.setEncoding('utf8').on('data', (chunk: string) => (heard += chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(late);
      resolve(heard);
    });
    socket.write(text);
  });
}
