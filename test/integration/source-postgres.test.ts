// The PostgreSQL source against a real server: the contract, exact values, and the ways in which cursors lose rows.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loadProject } from '../../src/config/load.ts';
import type { StreamDefinition, TableRead } from '../../src/domain/definition.ts';
import { ensureDatabase, type PostgresService, startPostgres } from '../../src/runtime/postgres.ts';
import { postgresSource } from '../../src/sources/postgres/kind.ts';
import type { ReadItem, ReadPlan, Source } from '../../src/sources/source.ts';
import { BatchCache } from '../../src/steps/batch-cache.ts';
import type { Deps } from '../../src/steps/deps.ts';
import { fetchBatch, fetchedRecords } from '../../src/steps/fetch.ts';
import { OpenReads } from '../../src/steps/open-reads.ts';
import { planRead } from '../../src/steps/plan-read.ts';
import { codeOfAsync, describeSourceContract } from '../contract/source-contract.ts';
import { streamOf } from '../formats/support.ts';
import { fieldOf, objectOf } from '../merge/support.ts';
import { CONTEXT, createWorld } from '../support/steps.ts';
import { dataDirWithFreePorts } from './runtime-support.ts';

const ROWS = 10_000;
const signal = new AbortController().signal;

let service: PostgresService;
let dataDir: string;
let databases = 0;
const open: { close(): Promise<unknown> }[] = [];

beforeAll(async () => {
  dataDir = await dataDirWithFreePorts();
  service = await startPostgres({ dataDir, log: () => {}, env: {} });
});

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

afterAll(async () => {
  await service?.stop();
  rmSync(join(dataDir, '..'), { recursive: true, force: true });
});

interface Database {
  readonly source: Source;
  readonly url: string;
  sql(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** A session of its own, for transactions that stay open. */
  session(): Promise<Client>;
}

async function database(): Promise<Database> {
  const url = await ensureDatabase(service.url, `source_${++databases}`);
  const session = async (): Promise<Client> => {
    const client = new Client(url);
    client.on('error', () => {});
    await client.connect();
    open.push({ close: () => client.end() });
    return client;
  };
  const client = await session();
  const connection = { name: 'erp', kind: 'postgres', settings: {} };
  const context = { projectDir: '/', rangeBytes: 0, storeUrl: service.url };
  const source = await postgresSource.open(connection, { url }, context);
  open.push(source);
  return { source, url, session, sql: async (text, values) => (await client.query(text, [...(values ?? [])])).rows };
}

function tableStream(read: Partial<TableRead> = {}, stream: Partial<StreamDefinition> = {}): StreamDefinition {
  const table: TableRead = {
    table: read.query === undefined ? 'customer' : null,
    query: null,
    keyColumns: ['id'],
    read: 'snapshot',
    cursor: null,
    lookbackMs: 0,
    snapshotEveryMs: null,
    backfillMs: null,
    ...read,
  };
  const base = streamOf({ format: 'ndjson', stream: 'customer', key: ['id'] });
  return { ...base, settleMs: 0, ...stream, table };
}

const BY_CHANGE = { read: 'incremental', cursor: 'updated_at' } as const;

/** Goes on from run to run as the steps do: the last plan, the last read's records, and all that was delivered. */
class Follower {
  readonly delivered = new Map<string, string>();
  readonly notes: string[] = [];
  plan: ReadPlan | null = null;
  read = 0;
  fresh = 0;
  #known: ReadonlySet<string> = new Set();
  readonly #source: Source;
  readonly #stream: StreamDefinition;

  constructor(source: Source, stream: StreamDefinition) {
    this.#source = source;
    this.#stream = stream;
  }

  /**
   * @param meanwhile after each chunk, with the rows so far
   * @param cut begin anew from the last position after so many rows, as after a crash
   */
  async run({
    meanwhile,
    cut = Infinity,
  }: { meanwhile?: (rows: number) => Promise<void>; cut?: number } = {}): Promise<ReadPlan> {
    const last = this.plan === null ? null : { plan: this.plan.plan, sameReader: true, sameDefinition: true };
    const plan = await this.#source.plan(this.#stream, {
      signal,
      last,
      progress: () => {},
      missing: () => [],
      patienceMs: 0,
      backfill: null,
    });
    const seen = new Set<string>();
    const state = { rows: 0, position: null as unknown };
    for (let ended = false; !ended;) ended = await this.#some(plan, { seen, state, cut, meanwhile });
    this.read = state.rows;
    this.fresh = [...seen].filter((text) => !this.#known.has(text)).length;
    for (const text of seen) this.delivered.set(String((JSON.parse(text) as { id: unknown }).id), text);
    this.#known = seen;
    this.plan = plan;
    this.notes.push(...plan.notes);
    return plan;
  }

  async #some(
    plan: ReadPlan,
    of: {
      readonly seen: Set<string>;
      readonly state: { rows: number; position: unknown };
      readonly cut: number;
      readonly meanwhile: ((rows: number) => Promise<void>) | undefined;
    },
  ): Promise<boolean> {
    const { seen, state, cut, meanwhile } = of;
    const reader = this.#source.read(this.#stream, plan.plan, { range: 0, position: state.position }, signal);
    let left = cut;
    for await (const items of reader.items()) {
      for (const { bytes, after } of items) {
        seen.add(Buffer.from(bytes).toString('utf8'));
        state.rows++;
        state.position = JSON.parse(JSON.stringify(after));
        if (--left === 0) return false;
      }
      await meanwhile?.(state.rows);
    }
    return true;
  }

  /** Ids of the table that were never delivered as they are now. */
  async missing(db: Database): Promise<number> {
    const rows = await db.sql('select id::text, row_to_json(c)::text as now from customer c');
    return rows.filter(({ id, now }) => this.delivered.get(String(id)) !== now).length;
  }
}

const CUSTOMERS = 'create table customer (id bigint primary key, name text, updated_at timestamptz)';

async function followed(read: Partial<TableRead> = {}): Promise<{ db: Database; follower: Follower }> {
  const db = await database();
  await db.sql(CUSTOMERS);
  return { db, follower: new Follower(db.source, tableStream({ ...BY_CHANGE, ...read })) };
}

const insertRows = (db: Database, from: number, at: string): Promise<unknown> =>
  db.sql(
    `insert into customer select n, 'name ' || n, ${at} from generate_series($1::int, $2::int) n order by md5(n::text)`,
    [from, from + ROWS - 1],
  );

describeSourceContract('postgres, as a whole', async () => {
  const { source, sql } = await database();
  await sql('create table customer (id int, part text, name text, primary key (id, part))');
  await sql(`insert into customer select n / 3, 'p' || n % 3, '王 "' || n from generate_series(1, 60) n`);
  const change = async (): Promise<void> => void (await sql('alter table customer add column more text'));
  return { source, stream: tableStream({ keyColumns: ['id', 'part'] }), records: 60, change };
});

describeSourceContract('postgres, a query by change', async () => {
  const { source, sql } = await database();
  await sql(CUSTOMERS);
  await sql(`insert into customer select n, 'n', now() - n / 5 * interval '1 minute' from generate_series(1, 60) n`);
  const query = 'select c.*, length(name) as size from customer c;';
  const change = async (): Promise<void> => void (await sql('alter table customer add column more text'));
  return {
    source,
    stream: tableStream({ ...BY_CHANGE, query, table: null, backfillMs: 86_400_000 }),
    records: 60,
    change,
  };
});

describe('values arrive exactly', () => {
  test('numbers with every digit, times in UTC, JSON and arrays as they are', async () => {
    const { source, sql } = await database();
    await sql(`create table customer (id bigint primary key, amount numeric, ratio float8, at timestamptz, local timestamp,
      day date, tags text[], extra jsonb, raw json, bytes bytea, flag boolean, nothing text, empty text)`);
    await sql(`insert into customer values (9223372036854775807, 12345678901234567890.12300, 0.1, '2026-03-29 01:30:00.123456+08',
      '2026-03-29 02:30:00', '2026-03-29', '{a,null,"b,c"}', '{"big": 12345678901234567890, "a.b": [1, {"c": null}]}',
      ' {"z": 1,\n"a": 2}', '\\x00ff', true, null, '')`);
    const stream = tableStream();
    const plan = await source.plan(stream);
    const items = await itemsOf(source, stream, plan);
    const decoder = source.read(stream, plan.plan, { range: 0, position: null }, signal).decoder();
    expect(items.map((item) => decoder.decode(item))).toEqual([
      {
        ok: true,
        record: {
          id: '9223372036854775807',
          amount: '12345678901234567890.12300',
          ratio: '0.1',
          at: '2026-03-28T17:30:00.123456+00:00',
          local: '2026-03-29T02:30:00',
          day: '2026-03-29',
          tags: ['a', null, 'b,c'],
          extra: { big: '12345678901234567890', 'a.b': ['1', { c: null }] },
          raw: { z: '1', a: '2' },
          bytes: '\\x00ff',
          flag: true,
          nothing: null,
          empty: '',
        },
      },
    ]);
  });

  test('nothing can be written through a source', async () => {
    const { source, sql } = await database();
    await sql('create table customer (id int)');
    const query = 'with made as (insert into customer values (1) returning id) select * from made';
    expect(await codeOfAsync(() => source.plan(tableStream({ query, table: null })))).toBe('source.query');
    expect(await sql('select * from customer')).toEqual([]);
  });
});

describe('what cannot be read is said', () => {
  test.each([
    ['a table that is not there', { table: 'nowhere' }, 'source.query', 'relation "nowhere" does not exist'],
    [
      'a key that is not there',
      { keyColumns: ['no', 'id'] },
      'source.header',
      'no column no; there are id, name, updated_at',
    ],
    ['a query that is none', { table: null, query: 'select from where' }, 'source.query', 'syntax error'],
    ['a cursor that is no time', { ...BY_CHANGE, cursor: 'name' }, 'source.query', 'the cursor name is text'],
  ] as const)('%s', async (_title, read, code, says) => {
    const { source, sql } = await database();
    await sql(CUSTOMERS);
    await expect(source.plan(tableStream(read))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(says),
    });
  });

  test('a user without the grant, and a server that is gone', async () => {
    const { sql, url } = await database();
    await sql(CUSTOMERS);
    await sql(`create role reader_${databases} login password 'x'`);
    const as = new URL(url);
    as.username = `reader_${databases}`;
    as.password = 'x';
    const codeOf = async (address: string): Promise<string> => {
      const settings = { url: address };
      const context = { projectDir: '/', rangeBytes: 0, storeUrl: '' };
      const source = await postgresSource.open({ name: 'erp', kind: 'postgres', settings }, settings, context);
      open.push(source);
      return codeOfAsync(() => source.plan(tableStream()));
    };
    expect(await codeOf(as.href)).toBe('source.unauthorized');
    expect(await codeOf('postgres://127.0.0.1:1/none')).toBe('source.unreachable');
  });
});

test('a backfill reads what was changed in its time, with both ends of it', async () => {
  const { source, sql } = await database();
  await sql(CUSTOMERS);
  await sql(
    `insert into customer select n, 'n', timestamptz '2026-01-01 00:00Z' + n * interval '1 day' from generate_series(0, 9) n`,
  );
  const stream = tableStream(BY_CHANGE);
  const plan = await source.plan(stream, {
    signal,
    last: null,
    progress: () => {},
    missing: () => [],
    patienceMs: 0,
    backfill: { from: '2026-01-03T00:00:00Z', to: '2026-01-05T00:00:00Z' },
  });
  const rows = (await itemsOf(source, stream, plan)).map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()));
  expect(rows.map(({ id }) => id)).toEqual([2, 3, 4]);
});

test('the tables of examples/postgres-source are read', async () => {
  const example = fileURLToPath(new URL('../../examples/postgres-source/', import.meta.url));
  const { sql, url } = await database();
  await sql(readFileSync(join(example, 'tables.sql'), 'utf8'));
  const settings = { url, schema: 'shop' };
  const context = { projectDir: example, rangeBytes: 0, storeUrl: service.url };
  const source = await postgresSource.open({ name: 'shop', kind: 'postgres', settings }, settings, context);
  open.push(source);
  const counts: unknown[] = [];
  for (const { sync, stream } of Object.values((await loadProject(example)).syncs))
    counts.push([sync, (await itemsOf(source, stream, await source.plan(stream))).length]);
  expect(counts).toEqual([
    ['shop-customers', 50],
    ['shop-orders', 120],
  ]);
});

test('records are looked up by their keys', async () => {
  const { source, sql } = await database();
  await sql('create table customer (region text, id bigint, name text, primary key (region, id))');
  await sql(`insert into customer values ('a/b', 1, 'one'), ('a/b', 2, 'two'), ('c', 1, 'three')`);
  const stream = tableStream({ keyColumns: ['region', 'id'] }, { key: ['region', 'id'] });
  const read = await source.readKeys?.(stream, ['a~1b/2', 'c/1', 'c/7', 'c'], signal);
  const decoder = read?.decoder();
  expect(read?.items.map((item) => decoder?.decode(item))).toEqual([
    { ok: true, record: { region: 'a/b', id: '2', name: 'two' } },
    { ok: true, record: { region: 'c', id: '1', name: 'three' } },
  ]);
});

test('what was read is made again from what was kept of it, when the process that read it is gone and the rows are too', async () => {
  const { source, sql } = await database();
  await sql(CUSTOMERS);
  await sql(`insert into customer select n, '王 "' || n, now() from generate_series(1, 100) n`);
  const world = await createWorld(service.url, {
    tables: 'create table crm.account (id bigint generated always as identity primary key, name text);',
    object: objectOf({ name: fieldOf({ column: 'name' }) }, { table: 'account' }),
    syncs: [{ sync: 'people', connection: 'crm', stream: tableStream({}, { connection: 'crm' }) }],
  });
  open.push(world);
  const { ref } = await world.open('people');
  const deps = { ...world.deps, source: async () => source };
  await planRead(deps, ref, CONTEXT);
  const batch = { ...ref, round: 0, n: 0, range: 0, position: null };
  const fetched = await fetchBatch(deps, batch, CONTEXT);
  expect(fetched).toMatchObject({ read: 100, kept: 100, end: true, proven: true });
  const decoded = async (of: Deps): Promise<unknown> =>
    (await fetchedRecords(of, batch, CONTEXT)).records.map((record) => [
      record.position,
      record.fingerprint,
      record.decode(),
    ]);
  const before = await decoded(deps);
  await sql('delete from customer');
  const elsewhere = { ...deps, cache: new BatchCache(), reads: new OpenReads() };
  expect(await decoded(elsewhere)).toEqual(before);
  expect(await fetchBatch(elsewhere, batch, CONTEXT)).toMatchObject({ read: 100, kept: 100, next: fetched.next });
});

describe(`no row of ${ROWS} is missed`, () => {
  test('when all have the same time, and more come with that time', async () => {
    const { db, follower } = await followed();
    await insertRows(db, 1, `'2026-01-01'`);
    await follower.run({ cut: 2600 });
    await insertRows(db, ROWS + 1, `'2026-01-01'`);
    const plan = await follower.run({ cut: 2600 });
    expect(plan.part).toBe('incremental');
    expect(await follower.missing(db)).toBe(0);
    expect(follower.fresh).toBe(ROWS);
  });

  test('when they lie in no order and no index orders them', async () => {
    const { db, follower } = await followed();
    await insertRows(db, 1, `timestamptz '2026-01-01' + (n * 7919 % ${ROWS}) * interval '1 second'`);
    await follower.run({ cut: 3999 });
    await db.sql(
      `update customer set name = 'b', updated_at = timestamptz '2026-02-01' + (id * 7919 % ${ROWS}) * interval '1 s'`,
    );
    await follower.run({ cut: 3999 });
    expect(await follower.missing(db)).toBe(0);
  });

  test('when rows are changed while they are read, again and again', async () => {
    const { db, follower } = await followed();
    await insertRows(db, 1, 'clock_timestamp()');
    const change = async (): Promise<void> =>
      void (await db.sql(`update customer set name = name || '!', updated_at = clock_timestamp() where id % 7 = 0`));
    for (let run = 0; run < 3; run++) await follower.run({ meanwhile: change });
    await follower.run();
    expect(await follower.missing(db)).toBe(0);
  });

  test('when rows change their place in the order between two chunks', async () => {
    const { db, follower } = await followed({ read: 'snapshot', cursor: null });
    await insertRows(db, 1, 'now()');
    const before = new Set((await db.sql('select id::text from customer')).map(({ id }) => String(id)));
    let moved = false;
    await follower.run({
      meanwhile: async (rows) => {
        if (moved || rows < ROWS / 3) return;
        moved = true;
        await db.sql(`update customer set id = -id where id > ${ROWS / 2}`);
      },
    });
    expect(moved).toBe(true);
    expect(new Set(follower.delivered.keys())).toEqual(before);
  });

  test('when one transaction changes many, and a read is cut in their middle', async () => {
    const { db, follower } = await followed();
    await insertRows(db, 1, `timestamptz '2026-01-01'`);
    await follower.run();
    await db.sql(`update customer set name = 'x', updated_at = now()`);
    await follower.run({ cut: 1 + ROWS / 2 });
    expect(await follower.missing(db)).toBe(0);
  });

  test('when the table is loaded anew, with old times', async () => {
    const { db, follower } = await followed();
    await insertRows(db, 1, 'now()');
    await follower.run();
    await db.sql('truncate customer');
    await insertRows(db, 1, `timestamptz '2020-01-01'`);
    expect((await follower.run()).part).toBe(undefined);
    expect(await follower.missing(db)).toBe(0);
    expect(follower.notes.at(-1)).toContain('reloaded or restored');
  });

  test('when transactions commit late, with a time before that of others', async () => {
    const { db, follower } = await followed();
    await db.sql(`insert into customer values (0, 'first', now())`);
    await follower.run();
    const late = await db.session();
    await late.query('begin');
    await late.query('select now()');
    await insertRows(db, 1, 'now()');
    await follower.run();
    await late.query(`insert into customer select n, 'late', now() from generate_series(${ROWS + 1}, ${2 * ROWS}) n`);
    await follower.run();
    await late.query('commit');
    await insertRows(db, 2 * ROWS + 1, 'now()');
    await follower.run();
    expect(await follower.missing(db)).toBe(0);
    expect(follower.notes.some((note) => note.includes('a transaction has been open'))).toBe(true);
  });

  test('when commits come late within the lookback and nobody shows open transactions', async () => {
    const { db, follower } = await followed({ lookbackMs: 600_000 });
    await db.sql(`insert into customer values (0, 'first', now())`);
    await follower.run();
    await insertRows(db, 1, `now() - interval '9 minutes' * random()`);
    const plan = await follower.run();
    expect(plan.watermark).toBeGreaterThan(Date.now() - 60_000);
    expect(await follower.missing(db)).toBe(0);
  });

  test('when they have no time, or one in the year 2999, or none that ends', async () => {
    const { db, follower } = await followed();
    await db.sql(`insert into customer values (0, 'first', now())`);
    await follower.run();
    const times = `case n % 4 when 0 then null when 1 then '2999-01-01' when 2 then 'infinity' else '-infinity' end::timestamptz`;
    await insertRows(db, 1, times);
    await follower.run({ cut: 3900 });
    expect(await follower.missing(db)).toBe(0);
    await db.sql(`update customer set name = 'b'`);
    await db.sql(`insert into customer values (-1, 'usual', now())`);
    const { watermark } = await follower.run();
    expect(await follower.missing(db)).toBe(0);
    expect(watermark).toBeLessThanOrEqual(Date.now());
    await follower.run();
    expect(follower.fresh).toBe(0);
  });
});

async function itemsOf(source: Source, stream: StreamDefinition, plan: ReadPlan): Promise<readonly ReadItem[]> {
  const items: ReadItem[] = [];
  for await (const some of source.read(stream, plan.plan, { range: 0, position: null }, signal).items())
    items.push(...some);
  return items;
}
