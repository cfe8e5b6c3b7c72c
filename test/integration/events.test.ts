// Events, from the request or the signal to the CRM: good and bad ones, older ones, the same one again, and a gate.

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { customer, prepareCrm, STREAM, writeProject } from '../../bench/events/project.ts';
import { openCrm, startUp, type Up } from '../../bench/up.ts';
import { startRun } from '../../src/cli/runs.ts';
import { openSession, type Session } from '../../src/cli/session.ts';
import type { Pool } from '../../src/postgres/client.ts';
import { appendEvents, eventOutcome, type StoredEvent } from '../../src/store/inbox.ts';
import { INTAKE_WORKFLOW, intakeId, IntakeWaker } from '../../src/triggers/wake-intake.ts';
import type { IntakeView } from '../../workflows/messages.ts';
import { ensureBuilt } from '../support/project.ts';

let dir: string;
let up: Up;
let crm: Pool;
let session: Session;
let waker: IntakeWaker;

beforeAll(async () => {
  ensureBuilt();
  dir = mkdtempSync(join(tmpdir(), 'tributary-events-'));
  chmodSync(dir, 0o755); // PostgreSQL may run as another user, which must be able to enter
  writeProject(dir, 50);
  up = await startUp(dir, { workers: 1 });
  crm = await openCrm(up);
  await prepareCrm(crm);
  session = await openSession({ project: dir, json: true }, { workers: 0 });
  waker = new IntakeWaker(session.client, { taskQueue: session.taskQueue, onError: () => {} });
  const run = await startRun(session, { workflow: 'syncRun', input: { sync: 'customers' } });
  await session.client.workflow.getHandle(run).result();
});

afterAll(async () => {
  await crm?.end();
  await session?.close();
  await up?.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** Appends one event, and waits until it is done. */
async function send(eventId: string | null, body: unknown): Promise<StoredEvent> {
  const event = { ...STREAM, eventId, contentType: 'application/json', body: Buffer.from(JSON.stringify(body)) };
  const { events, asleep } = await appendEvents(session.store.pool, [event]);
  await waker.wakeAll(asleep);
  return done(events[0]?.id ?? 0);
}

async function done(by: Parameters<typeof eventOutcome>[1]): Promise<StoredEvent> {
  for (;;) {
    const event = await eventOutcome(session.store.pool, by);
    if (event?.state === 'done') return event;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function nameOf(n: number): Promise<unknown> {
  return (await crm.query('select name from crm.account where external_id = $1', [`C-${n}`])).rows[0]?.name;
}

test('an event is in the CRM when it is done; the same id again changes nothing', async () => {
  expect(await send('a', customer(1, 2))).toMatchObject({ outcome: { applied: 1 }, error: null });
  expect(await nameOf(1)).toBe('Customer 1 of revision 2');
  await send('a', { ...customer(1, 3) });
  expect(await nameOf(1)).toBe('Customer 1 of revision 2');
});

test('an older version is dropped and counted; a bad record is quarantined, and the others of its event go on', async () => {
  expect((await send('old', customer(1, 1))).outcome).toEqual({ duplicates: 1 });
  const { outcome } = await send('mixed', [customer(2, 2), { ...customer(3, 2), name: '' }, customer(4, 2)]);
  expect(outcome).toEqual({ applied: 2, quarantined: 1 });
  expect(await Promise.all([2, 3, 4].map(nameOf))).toEqual([
    'Customer 2 of revision 2',
    'Customer 3 of revision 1',
    'Customer 4 of revision 2',
  ]);
});

test('without an id, what says the same again is dropped', async () => {
  expect((await send(null, customer(5, 2))).outcome).toEqual({ applied: 1 });
  expect((await send(null, customer(5, 2))).outcome).toEqual({ duplicates: 1 });
});

test('a system signals its events itself; what is malformed is refused, and nothing stops', async () => {
  const options = {
    workflowId: intakeId(STREAM),
    taskQueue: session.taskQueue,
    args: [{ ...STREAM }],
    signal: 'events',
  };
  const signal = (payload: unknown): Promise<unknown> =>
    session.client.workflow.signalWithStart(INTAKE_WORKFLOW, { ...options, signalArgs: [payload] });
  await signal({ events: [{ id: 'no record' }] });
  await signal('nonsense');
  await signal({ events: [{ id: 'signalled', record: customer(6, 2) }] });
  expect(await done({ ...STREAM, eventId: 'signalled' })).toMatchObject({ outcome: { applied: 1 } });
  const view = await session.client.workflow.getHandle(intakeId(STREAM)).query<IntakeView>('intake');
  expect(view).toMatchObject({ refused: 2, signalled: 1, waits: null });
});

test('the run that took them ends by itself, its counts add up, and it is one row for all of them', async () => {
  const deadline = Date.now() + 60_000;
  const runs = async (): Promise<readonly Readonly<Record<string, unknown>>[]> =>
    (
      await session.store.pool.query(
        `select outcome, (counts ->> 'read')::int as read from run where kind = 'event' order by no`,
      )
    ).rows as Readonly<Record<string, unknown>>[]; // of plain columns
  while ((await runs()).some(({ outcome }) => outcome === null) && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 250));
  const ended = await runs();
  // An intake that was woken while its run ended looks once more, and finds nothing.
  expect(ended.every(({ outcome, read }) => outcome === (read === 0 ? 'unchanged' : 'delivered'))).toBe(true);
  expect(ended.reduce((sum, { read }) => sum + Number(read), 0)).toBe(8);
  expect(ended.length).toBeLessThan(4);
});
