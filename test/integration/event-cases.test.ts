// Events of several streams at once in one project: hints, children before their parents, other runs beside them, bursts,
// large batches, the gate, a pause, and signals while a run is open.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RawValue } from '@temporalio/common';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openCrm, startUp, type Up } from '../../bench/up.ts';
import { explain } from '../../src/cli/commands/explain.ts';
import { startRun, type StartRun } from '../../src/cli/runs.ts';
import { openSession, type Session } from '../../src/cli/session.ts';
import type { Pool } from '../../src/postgres/client.ts';
import { appendEvents, eventOutcome, type StoredEvent } from '../../src/store/inbox.ts';
import { pauseSync, resumeSync } from '../../src/store/syncs.ts';
import { INTAKE_WORKFLOW, intakeId, IntakeWaker } from '../../src/triggers/wake-intake.ts';
import type { IntakeView } from '../../workflows/messages.ts';
import { ensureBuilt } from '../support/project.ts';

const CUSTOMERS = 60;
/** Of the burst's stream. */
const QUIET = { quietMs: 1_000, maxWaitMs: 4_000, most: 40 };

const TRIBUTARY = `project: event-cases
connections:
  erp: { kind: file, path: ./exports }
  shop: { kind: postgres, url: "\${env:CRM_URL}", schema: shop }
  crm: { kind: postgres, url: "\${env:CRM_URL}", schema: crm }
receiver: { port: 17374 }
objects:
  account:
    destination: crm
    fields:
      external_id: { type: text, strong: true, required: true }
      name: { type: text }
      rating: { type: text }
    gate: { first_run: auto }
  contact:
    destination: crm
    fields:
      external_id: { type: text, strong: true, required: true }
      name: { type: text }
      account: { type: reference, object: account, by: external_id, column: account_id, required: true }
    gate: { first_run: auto }
${['note', 'parcel', 'lead', 'visit']
  .map(
    (object) => `  ${object}:
    destination: crm
    fields:
      external_id: { type: text, strong: true, required: true }
      name: { type: text }
    gate: { first_run: auto }
`,
  )
  .join('')}`;

const syncOf = (stream: string, object: string, events = 'true'): string => `sync: ${stream}
from: { connection: erp, stream: "${stream}-*.ndjson", key: id, version: rev }
to: ${object}
map: { external_id: id, name: name }
when: { events: ${events} }
`;

const SYNCS: Readonly<Record<string, string>> = {
  customers: syncOf('customers', 'account').replace('version: rev', 'version: rev, settle: 0s'),
  branches: syncOf('branches', 'account', 'false'),
  ratings: `sync: ratings
from: { connection: shop, table: rating, key: id, read: incremental, cursor: changed_at }
to: account
map: { external_id: id, rating: rating }
when: { events: { stream: ratings, holds: hint } }
`,
  contacts: syncOf('contacts', 'contact').replace('name: name }', 'name: name, account: account }'),
  notes: syncOf('notes', 'note', '{ quiet: 1s, max_wait: 4s, max_events: 40 }'),
  parcels: syncOf('parcels', 'parcel', '{ max_events: 5000 }'),
  leads: syncOf('leads', 'lead'),
  visits: syncOf('visits', 'visit'),
};

let dir: string;
let up: Up;
let crm: Pool;
let session: Session;
let waker: IntakeWaker;

beforeAll(async () => {
  ensureBuilt();
  vi.stubEnv('CRM_URL', 'beside:crm');
  dir = mkdtempSync(join(tmpdir(), 'tributary-event-cases-'));
  chmodSync(dir, 0o755); // PostgreSQL may run as another user, which must be able to enter
  mkdirSync(join(dir, 'syncs'));
  mkdirSync(join(dir, 'exports'));
  writeFileSync(join(dir, 'tributary.yaml'), TRIBUTARY);
  for (const [name, sync] of Object.entries(SYNCS)) writeFileSync(join(dir, `syncs/${name}.yaml`), sync);
  exportOf(1);
  writeFileSync(join(dir, 'exports/leads-1.ndjson'), `${JSON.stringify(record('first', 1))}\n`);
  up = await startUp(dir, { workers: 1 });
  crm = await openCrm(up);
  await crm.query(TABLES);
  session = await openSession({ project: dir, json: true }, { workers: 0 });
  waker = new IntakeWaker(session.client, { taskQueue: session.taskQueue, onError: () => {} });
  for (const sync of ['customers', 'ratings', 'leads']) await run(sync);
});

afterAll(async () => {
  await crm?.end();
  await session?.close();
  await up?.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** Every write of an account is written down with what it changed. */
const TABLES = `create schema shop; create schema crm;
  create table shop.rating (id text primary key, rating text, changed_at timestamptz not null default now());
  insert into shop.rating select 'C-' || n, 'first', now() - interval '1 day' from generate_series(1, ${CUSTOMERS}) n;
  create table crm.account (id bigint generated always as identity primary key, external_id text unique, name text,
    rating text);
  create table crm.write (no bigint generated always as identity primary key, external_id text, name text, rating text);
  create function crm.log_write() returns trigger language plpgsql as $$ begin
    insert into crm.write (external_id, name, rating) values (new.external_id, new.name, new.rating); return new; end $$;
  create trigger log_write after insert or update on crm.account for each row execute function crm.log_write();
  create table crm.contact (id bigint generated always as identity primary key, external_id text unique, name text,
    account_id bigint references crm.account);
  ${['note', 'parcel', 'lead', 'visit']
    .map(
      (table) => `create table crm.${table} (id bigint generated always as identity primary key,
        external_id text unique, name text);`,
    )
    .join('\n')}`;

interface SourceRecord {
  readonly id: string;
  readonly rev: number;
  readonly name: string;
}

const record = (id: string, rev: number): SourceRecord => ({ id, rev, name: `revision ${rev}` });

/** All customers at a revision, as an export would have them. */
function exportOf(rev: number): void {
  const lines = numbers(CUSTOMERS).map((n) => `${JSON.stringify(record(`C-${n}`, rev))}\n`);
  writeFileSync(join(dir, `exports/customers-1.ndjson`), lines.join(''));
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

async function run(sync: string, input: Partial<StartRun['input']> = {}): Promise<unknown> {
  const id = await startRun(session, { workflow: 'syncRun', input: { sync, ...input } });
  return session.client.workflow.getHandle(id).result();
}

/** Appends events in one go. @returns their numbers in the inbox */
async function send(stream: string, bodies: readonly unknown[], system = 'erp'): Promise<readonly number[]> {
  const events = bodies.map((body) => {
    return { system, stream, eventId: null, contentType: 'application/json', body: Buffer.from(JSON.stringify(body)) };
  });
  const appended = await appendEvents(session.store.pool, events);
  await waker.wakeAll(appended.asleep);
  return appended.events.map(({ id }) => id);
}

async function done(ids: readonly number[]): Promise<readonly StoredEvent[]> {
  const ended = async (id: number): Promise<StoredEvent> =>
    until(async () => {
      const event = await eventOutcome(session.store.pool, id);
      return event?.state === 'done' ? event : undefined;
    });
  return Promise.all(ids.map(ended));
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`in vain: ${String(look)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Of a table of the CRM, by external id. */
async function inCrm(table: string, column = 'name'): Promise<Readonly<Record<string, unknown>>> {
  const { rows } = await crm.query<{ id: string; value: unknown }>(
    `select external_id as id, ${column} as value from crm.${table}`,
  );
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  return Object.fromEntries(rows.map(({ id, value }) => [id, value]));
}

/** How many events each batch had that the stream's runs took, in order. */
async function batches(stream: string): Promise<readonly number[]> {
  const { rows } = await session.store.pool.query<{ events: number }>(
    `select count(*)::int as events from inbox where stream = $1 group by run_no, batch order by min(id)`,
    [stream],
  );
  return rows.map(({ events }) => events);
}

test.concurrent(
  'other runs go on beside events of the same records: the newest version stays, nothing is written twice',
  async () => {
    exportOf(2);
    const all = numbers(CUSTOMERS);
    await crm.query(`update shop.rating set rating = 'second', changed_at = now() - interval '1 hour'`);
    const backfill = { from: new Date(Date.now() - 2 * 86_400_000).toISOString(), to: new Date().toISOString() };
    const others = Promise.all([run('customers'), run('ratings', { kind: 'backfill', backfill })]);
    const ids: number[] = [];
    for (const n of all) {
      const newest = n % 2 === 0 ? [record(`C-${n}`, 3)] : [];
      ids.push(...(await send('customers', [...newest, record(`C-${(n % CUSTOMERS) + 1}`, 1)])));
      if (n % 3 === 0) ids.push(...(await send('ratings', [{ id: `C-${n}` }], 'shop')));
    }
    const [ended] = await Promise.all([others, done(ids)]);
    expect(ended.map(({ outcome }) => outcome)).toEqual(['delivered', 'delivered']);
    const keys = all.map((n) => `C-${n}`);
    expect(await inCrm('account')).toMatchObject(
      Object.fromEntries(all.map((n) => [`C-${n}`, `revision ${n % 2 === 0 ? 3 : 2}`])),
    );
    expect(await inCrm('account', 'rating')).toMatchObject(Object.fromEntries(keys.map((key) => [key, 'second'])));
    expect(await writesOf(keys)).toEqual({ repeated: 0, back: 0 });
  },
);

/** Writes that changed nothing, and those by which an older state came back. */
async function writesOf(keys: readonly string[]): Promise<unknown> {
  const { rows } = await crm.query(
    `select count(*) filter (where name = old_name and rating is not distinct from old_rating)::int as repeated,
       count(*) filter (where name < old_name or rating < old_rating)::int as back
     from (select *, lag(name) over log as old_name, lag(rating) over log as old_rating from crm.write
       where external_id = any ($1) window log as (partition by external_id order by no)) w`,
    [keys],
  );
  return rows[0];
}

test.concurrent(
  'a hint names a record: the CRM gets what the source has now, and what it has no more is left',
  async () => {
    const { rows } = await crm.query(`insert into shop.rating values ('H-1', 'gold'), ('H-2', 'silver') returning id`);
    const hints = rows.map(({ id }) => ({ id: String(id), rating: 'as the hint says' }));
    await done(await send('ratings', hints, 'shop'));
    expect(await inCrm('account', 'rating')).toMatchObject({ 'H-1': 'gold', 'H-2': 'silver' });
    await crm.query(`update shop.rating set rating = 'platinum' where id = 'H-1'`);
    await crm.query(`delete from shop.rating where id = 'H-2'`);
    const [again] = await done(await send('ratings', [hints], 'shop'));
    expect(again?.outcome).toEqual({ applied: 1 });
    expect(await inCrm('account', 'rating')).toMatchObject({ 'H-1': 'platinum', 'H-2': 'silver' });
  },
);

test.concurrent(
  'a child that comes before its parent waits for it, whether an event brings that or a run',
  async () => {
    const childOf = (id: string, account: string): unknown => ({ ...record(id, 1), account });
    const [first, second] = await done(await send('contacts', [childOf('K-1', 'P-1'), childOf('K-2', 'R-1')]));
    expect([first?.outcome, second?.outcome]).toEqual([{ waiting: 1 }, { waiting: 1 }]);
    expect(await inCrm('contact')).toEqual({});
    await done(await send('customers', [record('P-1', 1)]));
    await until(async () => ((await inCrm('contact'))['K-1'] === undefined ? undefined : true));
    expect(Object.keys(await inCrm('contact'))).toEqual(['K-1']);
    writeFileSync(join(dir, 'exports/branches-1.ndjson'), `${JSON.stringify(record('R-1', 1))}\n`);
    await run('branches');
    await until(async () => ((await inCrm('contact'))['K-2'] === undefined ? undefined : true));
    const { rows } = await crm.query(
      `select c.external_id as child, a.external_id as parent from crm.contact c join crm.account a on a.id = c.account_id order by 1`,
    );
    expect(rows).toEqual([
      { child: 'K-1', parent: 'P-1' },
      { child: 'K-2', parent: 'R-1' },
    ]);
  },
);

test.concurrent(
  'a burst becomes one batch when it is over, or when there is enough, or has waited long enough',
  async () => {
    const began = Date.now();
    const burst = (await Promise.all(numbers(10).map((n) => send('notes', [record(`burst-${n}`, 1)])))).flat();
    await done(burst);
    expect(Date.now() - began).toBeGreaterThan(QUIET.quietMs);
    expect(await batches('notes')).toEqual([10]);
    const full = Date.now();
    await done(
      await send(
        'notes',
        numbers(QUIET.most).map((n) => record(`full-${n}`, 1)),
      ),
    );
    expect(await batches('notes')).toEqual([10, QUIET.most]);
    const steady: number[] = [];
    while (Date.now() - full < 2 * QUIET.maxWaitMs) {
      steady.push(...(await send('notes', [record(`steady-${steady.length}`, 1)])));
      await new Promise((resolve) => setTimeout(resolve, QUIET.quietMs / 4));
    }
    const events = await done(steady);
    const waits = events.map(({ receivedAt, doneAt }) => Number(doneAt) - Number(receivedAt));
    expect(Math.max(...waits)).toBeGreaterThan(QUIET.maxWaitMs - QUIET.quietMs);
    expect((await batches('notes')).length).toBeGreaterThan(3);
    expect(Object.keys(await inCrm('note'))).toHaveLength(10 + QUIET.most + steady.length);
  },
);

test.concurrent('a large batch runs as an activity for each verb', async () => {
  const events = numbers(1_200).map((n) => record(`L-${n}`, 1));
  const [first, ...more] = await done(await send('parcels', events));
  expect(new Set([first, ...more].map((event) => JSON.stringify(event?.outcome)))).toEqual(new Set(['{"applied":1}']));
  expect(await batches('parcels')).toEqual([1_200]);
  expect(Object.keys(await inCrm('parcel'))).toHaveLength(1_200);
  const { events: history } = await session.client.workflow.getHandle(first?.run ?? '').fetchHistory();
  const verbs = history?.flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? []);
  expect(verbs?.slice(0, 9)).toEqual([
    'openEventRun',
    'drainEvents',
    'fetch',
    'transform',
    'validate',
    'sealEvents',
    'merge',
    'gateEvents',
    'deliver',
  ]);
});

test.concurrent('a batch over the limit of the day waits for a person, and what comes after it follows', async () => {
  const [large = 0] = await send('leads', [numbers(101).map((n) => record(`many-${n}`, 1))]);
  const open = await until(async () => {
    const { rows } = await session.store.pool.query<{ id: string; hash: string }>(
      `select r.id, r.root_hash as hash from run r join sync s on s.no = r.sync_no
       where s.name = 'leads' and r.phase = 'gate' and r.outcome is null`,
    );
    return rows[0];
  });
  const [after = 0] = await send('leads', [record('after', 1)]);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect((await eventOutcome(session.store.pool, after))?.state).toBe('waiting');
  expect(Object.keys(await inCrm('lead'))).toEqual(['first']);
  const decision = { decision: 'approve', hash: open.hash, by: 'li' };
  await until(() =>
    session.client.workflow
      .getHandle(open.id)
      .executeUpdate('decideGate', { args: [decision] })
      .catch(() => undefined),
  );
  const [many, next] = await done([large, after]);
  expect([many?.outcome, next?.outcome]).toEqual([{ applied: 101 }, { applied: 1 }]);
  expect(Object.keys(await inCrm('lead'))).toHaveLength(103);
});

test.concurrent(
  'signals: in the inbox at once beside an open run; text that is no JSON is refused; a pause loses nothing',
  async () => {
    await signal({ id: 'opens', record: record('V-1', 1) });
    const opened = await done([await inboxId('opens')]);
    const sent = Date.now();
    await signal({ id: 'beside', record: record('V-2', 1) });
    await signal(NO_JSON);
    const [beside] = await done([await inboxId('beside')]);
    expect(Number(beside?.receivedAt) - sent).toBeLessThan(5_000);
    expect(beside?.run).toBe(opened[0]?.run);
    const handle = session.client.workflow.getHandle(intakeId(VISITS));
    expect(await handle.query<IntakeView>('intake')).toMatchObject({ refused: 1, signalled: 2 });

    await pauseSync(session.store.pool, { name: 'visits', by: 'li', note: null });
    await until(async () => ((await handle.query<IntakeView>('intake')).waits === null ? undefined : true));
    const [waiting = 0] = await send('visits', [record('V-3', 1)]);
    await signal({ id: 'paused', record: record('V-1', 2) });
    const paused = await inboxId('paused');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await inCrm('visit')).toEqual({ 'V-1': 'revision 1', 'V-2': 'revision 1' });
    await resumeSync(session.store.pool, 'visits');
    await done([waiting, paused]);
    expect(await inCrm('visit')).toEqual({ 'V-1': 'revision 2', 'V-2': 'revision 1', 'V-3': 'revision 1' });

    const { fields } = await explain(session, { object: 'visit', id: 'V-1', field: 'name' });
    expect(fields[0]?.claims[0]?.place).toMatchObject({ event: 'paused', inbox: paused });
  },
);

const VISITS = { system: 'erp', stream: 'visits' } as const;
const NO_JSON = RawValue.fromPayload({
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from('{id: V-9'),
});

async function inboxId(eventId: string): Promise<number> {
  return until(async () => (await eventOutcome(session.store.pool, { ...VISITS, eventId }))?.id);
}

/** As another system would, of which nobody knows what it uses: payloads as they are. */
async function signal(payload: unknown): Promise<void> {
  await session.client.workflow.signalWithStart(INTAKE_WORKFLOW, {
    workflowId: intakeId(VISITS),
    taskQueue: session.taskQueue,
    args: [VISITS],
    signal: 'events',
    signalArgs: [payload],
  });
}
