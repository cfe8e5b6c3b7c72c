// The inbox on a real database: what is durable, in which order, and who is to be woken.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresService, startPostgres } from '../../src/runtime/postgres.ts';
import { appendEvents, type AppendedEvent, eventOutcome, type NewEvent } from '../../src/store/inbox.ts';
import { migrate, openStore, type Store } from '../../src/store/store.ts';
import { dataDirWithFreePorts } from './runtime-support.ts';

let service: PostgresService;
let dataDir: string;
let store: Store;

beforeAll(async () => {
  dataDir = await dataDirWithFreePorts();
  service = await startPostgres({ dataDir, log: () => {}, env: {} });
  store = openStore(service.url, { connections: 4 });
  await migrate(store, 'inbox');
});

afterAll(async () => {
  await store?.close();
  await service?.stop();
  rmSync(join(dataDir, '..'), { recursive: true, force: true });
});

const stream = { system: 'erp', stream: 'customers' };
const event = (eventId: string | null, body = '{}'): NewEvent => ({
  ...stream,
  eventId,
  contentType: 'application/json',
  body: Buffer.from(body),
});

test('ids ascend in the order given; an id that comes twice counts once', async () => {
  const first = await appendEvents(store.pool, [event('a'), event('b'), event('a')]);
  expect(first.events.map(({ eventId, known }) => [eventId, known])).toEqual([
    ['a', false],
    ['b', false],
    ['a', true],
  ]);
  const [a, b] = first.events as [AppendedEvent, AppendedEvent]; // three were given
  expect(a.id).toBeLessThan(b.id);
  expect(first.asleep).toEqual([stream]);
  const second = await appendEvents(store.pool, [event('c'), event('b', 'another body'), event(null)]);
  expect(second.events.map(({ known }) => known)).toEqual([false, true, false]);
  expect(second.events[1]?.id).toBe(b.id);
  expect(second.events[2]?.eventId).toMatch(/^evt_[0-9a-f]{32}$/);
  expect(await eventOutcome(store.pool, { ...stream, eventId: 'b' })).toMatchObject({ id: b.id, state: 'waiting' });
  expect(await eventOutcome(store.pool, b.id)).toMatchObject({ eventId: 'b', run: null, outcome: null });
  expect(await eventOutcome(store.pool, 9_999)).toBeUndefined();
});

test('nobody has to be woken where an intake listens; nothing new wakes nobody', async () => {
  await store.pool.query(`insert into intake values ('erp', 'customers', now() + interval '1 minute')`);
  expect((await appendEvents(store.pool, [event('d')])).asleep).toEqual([]);
  expect((await appendEvents(store.pool, [{ ...event('d'), stream: 'contacts' }])).asleep).toEqual([
    { ...stream, stream: 'contacts' },
  ]);
  await store.pool.query(`update intake set listens_until = null`);
  expect((await appendEvents(store.pool, [event('d')])).asleep).toEqual([]);
  expect((await appendEvents(store.pool, [event('e')])).asleep).toEqual([stream]);
});
