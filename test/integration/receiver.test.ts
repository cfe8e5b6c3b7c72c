// The receiver of `tributary up`, over the real inbox: a storm with repetitions while it is killed, while the store is
// killed, and while the workers are away.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Adapter } from '../../src/adapters/adapter.ts';
import { openAdapter } from '../../src/adapters/registry.ts';
import { dataDirOf, readRunning } from '../../src/runtime/running.ts';
import { acceptedSchema, eventSchema } from '../../src/server/api.ts';
import { startProject, type TestProject } from '../support/project.ts';
import { until } from '../support/until.ts';

const SECRET = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
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

test('a storm of 10,000 events, 30 % of them repeated, in any order: every one is durable once', async () => {
  const sent = await inParallel(storm('storm', 7_700), 16, (id) => sendUntilTaken(id));
  expect(sent).toHaveLength(10_010);
  expect(await stored('storm')).toBe(7_700);
  console.log(`storm: p99 of the answer ${p99(sent).toFixed(0)} ms`);
});

/** Kills the receiver, the store, and the receiver again, each when the one before is back. */
async function killOneAfterTheOther(): Promise<void> {
  const well = async (): Promise<true | undefined> =>
    (await fetch(`${url}/v1/health`).catch(() => null))?.status === 200 ? true : undefined;
  const store = (): number =>
    Number(readFileSync(`${dataDirOf(project.dir, {})}/postgres/data/postmaster.pid`, 'utf8').split('\n')[0]);
  for (const pidOf of [() => pidsOf('receiver/process')[0], store, () => pidsOf('receiver/process')[0]]) {
    process.kill(pidOf() ?? 0, 'SIGKILL');
    await pause(300);
    await until('events can be received again', well, 60_000);
  }
}

test('what was answered is there although receiver and store were killed meanwhile', async () => {
  let over = false;
  const killing = killOneAfterTheOther().finally(() => (over = true));
  const sent: (Sent & { readonly id: string })[] = [];
  const ids: string[] = [];
  while (!over) {
    const some = storm('kill', 100).map((id) => `${id}-${ids.length}`);
    ids.push(...new Set(some));
    sent.push(...(await inParallel(some, 8, async (id) => ({ id, ...(await sendUntilTaken(id)) }))));
  }
  await killing;
  expect(await stored('kill')).toBe(ids.length);
  const numbers = new Map<string, Set<number>>();
  for (const { id, ids: own } of sent) for (const one of own) numbers.set(id, (numbers.get(id) ?? new Set()).add(one));
  expect([...numbers.values()].every((set) => set.size === 1)).toBe(true);
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
