// The receiver of `tributary up`, over the real inbox. test/chaos/events-storm.test.ts kills it. TRIBUTARY_STORM is the
// number of events (2,000 without it).

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Adapter } from '../../src/adapters/adapter.ts';
import { openAdapter } from '../../src/adapters/registry.ts';
import { dataDirOf, readRunning } from '../../src/runtime/running.ts';
import { acceptedSchema, eventSchema } from '../../src/server/api.ts';
import { startProject, type TestProject } from '../support/project.ts';

const SECRET = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const EVENTS = Number(process.env['TRIBUTARY_STORM'] ?? 2_000);
const PATH = '/v1/systems/hr/streams/employees/events';
const sender: Adapter = openAdapter({ kind: 'standard_webhooks', secrets: [SECRET], tolerance: '5m' });

let project: TestProject;
let url: string;

beforeAll(async () => {
  project = await startProject({
    prepare: (files) => {
      files.write('secret', SECRET);
      const way = "{ kind: standard_webhooks, secrets: ['${file:secret}'] }";
      const systems = `systems:\n  hr: { authentication: ${way}, rate: 100000 }\nreceiver: { port: 17373 }\n`;
      files.write('tributary.yaml', `${files.read('tributary.yaml')}\n${systems}`);
      files.write('syncs/hr-employees.yaml', `${files.read('syncs/hr-employees.yaml')}\nwhen: { events: true }\n`);
    },
  });
  url = (await readRunning(dataDirOf(project.dir, {})))?.receiverUrl ?? '';
});
afterAll(() => project?.stop());

interface Sent {
  readonly status: number;
  readonly ms: number;
  readonly ids: readonly number[];
}

/** Status 0: no answer. */
async function send(id: string, path = PATH): Promise<Sent> {
  const began = performance.now();
  const body = Buffer.from(JSON.stringify({ employee_no: id, name: { given: 'A', family: 'B' }, active: true }));
  const { headers } = sender.send({ method: 'POST', path, url: '', id, at: Date.now(), body });
  const request = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } };
  const response = await fetch(url + path, request).catch(() => null);
  const text = (await response?.text().catch(() => null)) ?? null;
  const ms = performance.now() - began;
  if (response === null || text === null) return { status: 0, ms, ids: [] };
  const ids = response.ok ? acceptedSchema.parse(JSON.parse(text)).events.map((event) => event.id) : [];
  return { status: response.status, ms, ids };
}

/** As senders do: until it is taken. */
async function sendUntilTaken(id: string): Promise<Sent> {
  for (;;) {
    const sent = await send(id);
    if (sent.ids.length > 0) return sent;
    await pause(50);
  }
}

async function inParallel<T, U>(items: readonly T[], lanes: number, work: (item: T) => Promise<U>): Promise<U[]> {
  const results: U[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) results.push(await work(item));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, by: Math.random() }))
    .toSorted((a, b) => a.by - b.by)
    .map(({ item }) => item);
}

/** With 30 % of them twice, in any order. */
function storm(name: string, count: number): readonly string[] {
  const ids = Array.from({ length: count }, (_, n) => `${name}-${n}`);
  return shuffled([...ids, ...ids.filter((_, n) => n % 10 < 3)]);
}

async function stored(name: string): Promise<number> {
  const rows = await project.store('select count(*)::int as n from inbox where event_id like $1', [`${name}-%`]);
  return rows[0]?.['n'];
}

/** The processes of `tributary up` that run a program. */
function pidsOf(program: string): readonly number[] {
  const listed = execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' }).split('\n');
  const up = String(JSON.parse(readFileSync(`${dataDirOf(project.dir, {})}/runtime.json`, 'utf8')).pid);
  return listed.flatMap((line) => {
    const [pid, parent] = line.trim().split(/\s+/);
    return line.includes(`/${program}.js`) && parent === up ? [Number(pid)] : [];
  });
}

function p99(sent: readonly Sent[]): number {
  const times = sent.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return times[Math.floor(times.length * 0.99)] ?? 0;
}

test('a storm of events, 30 % of them repeated, in any order: every one is durable once', async () => {
  const sent = await inParallel(storm('storm', EVENTS), 16, (id) => sendUntilTaken(id));
  expect(sent).toHaveLength(EVENTS * 1.3);
  expect(await stored('storm')).toBe(EVENTS);
  console.log(`storm of ${sent.length}: p99 of the answer ${p99(sent).toFixed(0)} ms`);
});

test('while no worker runs events are taken, and seen by who sent them', async () => {
  const workers = pidsOf('worker-process');
  expect(workers).not.toEqual([]);
  for (const pid of workers) process.kill(pid, 'SIGKILL');
  const { ids } = await sendUntilTaken('seen-1');
  const path = `/v1/events/${ids[0]}`;
  const { headers } = sender.send({ method: 'GET', path, url: '', id: 'x', at: Date.now(), body: Buffer.alloc(0) });
  const response = await fetch(url + path, { headers });
  expect(response.status).toBe(200);
  expect(eventSchema.parse(await response.json())).toMatchObject({ event_id: 'seen-1', system: 'hr' });
  expect((await project.run(['events', 'show', String(ids[0])])).json).toMatchObject({ event_id: 'seen-1' });
  expect((await project.run(['events', 'list', '--stream', 'employees', '--limit', '3'])).json.events).toHaveLength(3);
});
