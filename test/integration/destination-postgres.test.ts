import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Delivered, DeliveryMarker, Destination, PlannedWrite } from '../../src/destinations/destination.ts';
import { postgresDestination } from '../../src/destinations/postgres/destination.ts';
import type { EntryOutcome } from '../../src/domain/claims.ts';
import type { FieldType, ObjectDefinition } from '../../src/domain/definition.ts';
import { matchKey } from '../../src/domain/field-types.ts';
import type { Fields, Value } from '../../src/domain/values.ts';
import { ensureDatabase, type PostgresService, startPostgres } from '../../src/runtime/postgres.ts';
import { describeDestinationContract, type DestinationSample } from '../contract/destination-contract.ts';
import { fieldOf, objectOf } from '../merge/support.ts';
import { dataDirWithFreePorts } from './runtime-support.ts';

const account = objectOf(
  {
    external_id: fieldOf({ column: 'external_id', strong: true }),
    name: fieldOf({ column: 'name' }),
    email: fieldOf({ column: 'email', type: 'email' }),
    phone: fieldOf({ column: 'phone', type: 'phone' }),
    status: fieldOf({ column: 'status' }),
    credit_limit: fieldOf({ column: 'credit_limit', type: 'decimal' }),
    since: fieldOf({ column: 'since', type: 'date' }),
    seen_at: fieldOf({ column: 'seen_at', type: 'datetime' }),
    local_at: fieldOf({ column: 'local_at', type: 'datetime' }),
    vip: fieldOf({ column: 'vip', type: 'boolean' }),
    tags: fieldOf({ column: 'tags' }),
    notes: fieldOf({ column: 'Notes "of" ours' }),
  },
  { table: 'account' },
);
const contact = objectOf(
  { name: fieldOf({ column: 'name' }), account: fieldOf({ column: 'account_id', type: 'reference' }) },
  { name: 'contact', table: 'contact' },
);

const TABLES = `
  create table crm.account (
    id bigint generated always as identity primary key,
    external_id text,
    name varchar(40) not null,
    email text unique,
    phone text,
    status text default 'new',
    credit_limit numeric check (credit_limit >= 0),
    since date,
    seen_at timestamptz,
    local_at timestamp,
    vip boolean,
    tags text[],
    "Notes ""of"" ours" text,
    theirs text default 'not ours'
  );
  create table crm.contact (
    id uuid primary key default gen_random_uuid(),
    name text,
    account_id bigint references crm.account (id)
  );`;

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

interface Crm {
  readonly url: string;
  readonly client: Client;
}

/** A new database with these tables. */
async function newCrm(tables: string): Promise<Crm> {
  const url = await ensureDatabase(service.url, `crm ${databases++}`);
  const client = new Client({ connectionString: url });
  await client.connect();
  open.push({ close: () => client.end() });
  await client.query(`create schema crm; ${tables}`);
  return { url, client };
}

async function connect({ url }: Crm): Promise<Destination> {
  const settings = { url, schema: 'crm' };
  const made = await postgresDestination.open({ name: 'crm', kind: 'postgres', settings }, settings, {
    projectDir: '/',
    storeUrl: service.url,
    tables: () => Promise.reject(new Error('a PostgreSQL destination has its tables itself')),
  });
  let closed = false;
  const once: Destination = Object.assign(Object.create(made) as Destination, {
    close: async () => {
      if (!closed) await made.close();
      closed = true;
    },
  });
  for (const name of ['check', 'find', 'read', 'ids', 'referenced', 'readCodes', 'deliver', 'publish'] as const)
    Object.assign(once, { [name]: made[name].bind(made) });
  open.push(once);
  return once;
}

async function image(client: Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'S', 'v') and n.nspname !~ '^(pg_|information_schema)' order by 1`,
  );
  const parts: string[] = [];
  for (const { name } of rows) {
    const content = await client.query<{ row: string }>(`select row(t.*)::text as row from ${name} t order by 1`);
    parts.push(name, ...content.rows.map(({ row }) => row));
  }
  return parts.join('\n');
}

async function sample(): Promise<DestinationSample> {
  const crm = await newCrm(TABLES);
  return {
    destination: await connect(crm),
    account,
    contact,
    another: () => connect(crm),
    image: () => image(crm.client),
    edit: async (crmId, field, value) => {
      const column = crm.client.escapeIdentifier(account.fields[field]?.column ?? field);
      await crm.client.query(`update crm.account set ${column} = $2 where id = $1`, [crmId, value]);
    },
  };
}

describeDestinationContract('postgres', sample);

function applied(delivered: readonly Delivered[]): readonly EntryOutcome[] {
  return delivered
    .map(({ ordinal, result, crmId }): EntryOutcome => ({
      ordinal,
      outcome: result === 'applied' ? 'applied' : 'parked',
      action: 'none',
      crmId,
    }))
    .toSorted((a, b) => a.ordinal - b.ordinal);
}

const marker: DeliveryMarker = { project: 'test', run: 'run', round: 0, batch: 0, hash: 'h' };

function create(ordinal: number, set: Fields): PlannedWrite {
  return { ordinal, action: 'create', crmId: null, set, expect: {} };
}

const thing = (type: string): string => `create table crm.thing (id bigserial primary key, x ${type});`;

const object = (change: Parameters<typeof fieldOf>[0] = {}): ObjectDefinition =>
  objectOf({ x: fieldOf({ column: 'x', ...change }) }, { table: 'thing' });

const deliver = (
  destination: Destination,
  of: ObjectDefinition,
  values: readonly Value[],
): ReturnType<Destination['deliver']> =>
  destination.deliver(of, { marker, writes: values.map((x, ordinal) => create(ordinal, { x })) }, applied);

test('ids may be made by any default', async () => {
  const crm = await newCrm(
    `create table crm.thing (id text primary key default 'T-' || gen_random_uuid()::text, x text);`,
  );
  const ids = (await deliver(await connect(crm), object(), ['a', 'b'])).map((one) => one.crmId);
  expect(ids).toEqual([expect.stringMatching(/^T-/), expect.stringMatching(/^T-/)]);
  expect(new Set(ids).size).toBe(2);
});

describe('a CRM in PostgreSQL', () => {
  test('a CRM that cannot make an id refuses new records', async () => {
    const crm = await newCrm('create table crm.thing (id text primary key, x text);');
    expect(await deliver(await connect(crm), object(), ['a'])).toMatchObject([{ outcome: 'parked' }]);
  });

  test.each<readonly [string, FieldType, Value]>([
    ['integer[]', 'integer', ['1', '-9007199254740993'.slice(0, 6), null]],
    ['bigint[]', 'integer', ['9007199254740993']],
    ['numeric[]', 'decimal', ['1.5', '12345678901234567890.12345']],
    ['boolean[]', 'boolean', [true, false, null]],
    ['date[]', 'date', ['2024-02-29']],
    ['timestamptz[]', 'datetime', ['2024-01-01T08:00:00.000Z']],
    ['timestamp[]', 'datetime', ['2024-01-01T08:00:00.000Z']],
    ['varchar(20)[]', 'text', ['a', '{"b"}', 'null']],
    ['jsonb', 'text', ['a', 'b']],
    ['uuid', 'text', '0b1f0a3e-2b6f-4c2e-9c69-2d8f0a1b2c3d'],
    ['char(4)', 'text', 'ab'],
    ['double precision', 'decimal', '0.1'],
    ['bigint', 'integer', '9007199254740993'],
    ['interval', 'text', '1 day 02:00:00'],
  ])('a column of type %s gives back what was written', async (type, of, value) => {
    const destination = await connect(await newCrm(thing(type)));
    const [made] = await deliver(destination, object({ type: of }), [value]);
    const crmId = made?.crmId ?? '';
    expect((await destination.read(object({ type: of }), [crmId])).get(crmId)).toEqual({ x: value });
  });

  test('what only records refer to that go too may go', async () => {
    const crm = await newCrm(
      `create table crm.thing (id text primary key, x text references crm.thing (id));
       insert into crm.thing values ('head', null), ('child', 'head'), ('leaf', 'child'), ('alone', null);`,
    );
    const destination = await connect(crm);
    const ids = ['head', 'child', 'leaf', 'alone'];
    const referenced = (going?: readonly string[]): Promise<ReadonlySet<string>> =>
      destination.referenced(object(), ids, going);
    expect(await referenced()).toEqual(new Set(['head', 'child']));
    expect(await referenced(['leaf'])).toEqual(new Set(['head']));
    expect(await referenced(ids)).toEqual(new Set());
  });

  const RAISES = `create function crm.refuse() returns trigger language plpgsql as
    $$ begin if new.x = 'bad' then raise exception 'not this one'; end if; return new; end $$;`;

  test.each([
    [
      'a trigger raises',
      `${RAISES} ${thing('text')} create trigger t before insert on crm.thing for each row execute function crm.refuse();`,
    ],
    [
      'a trigger raises at the end of the transaction',
      `${RAISES} ${thing('text')} create constraint trigger t after insert on crm.thing deferrable initially deferred for each row execute function crm.refuse();`,
    ],
    [
      'a constraint that is checked at the end of the transaction',
      `${thing('text')} create table crm.ok (x text primary key); insert into crm.ok values ('a'), ('b'); alter table crm.thing add foreign key (x) references crm.ok (x) deferrable initially deferred;`,
    ],
    ['a domain of its own', `create domain crm.good as text check (value <> 'bad'); ${thing('crm.good')}`],
    [
      'a view with a check',
      `create table crm.base (id bigserial primary key, x text); create view crm.thing as select * from crm.base where x <> 'bad' with check option; alter view crm.thing alter column id set default nextval('crm.base_id_seq');`,
    ],
  ])('a record that %s refuses is refused alone', async (_title, tables) => {
    const destination = await connect(await newCrm(tables));
    const outcomes = await deliver(destination, object(), ['a', 'bad', 'b']);
    expect(outcomes.map((one) => one.outcome)).toEqual(['applied', 'parked', 'applied']);
  });

  test('a field that is not written may be one that must not be empty', async () => {
    const crm = await newCrm(`create domain crm.filled as text not null default 'd';
      create table crm.thing (id bigserial primary key, x text, y crm.filled);`);
    const both = objectOf({ x: fieldOf({ column: 'x' }), y: fieldOf({ column: 'y' }) }, { table: 'thing' });
    const destination = await connect(crm);
    const [made] = await destination.deliver(both, { marker, writes: [create(0, { x: 'a' })] }, applied);
    expect(made).toMatchObject({ outcome: 'applied' });
  });

  test('a strong id that cannot be one in the CRM is refused alone', async () => {
    const destination = await connect(await newCrm(thing('integer')));
    const outcomes = await deliver(destination, object({ strong: true }), ['1', 'x', '99999999999', '2']);
    expect(outcomes.map((one) => one.outcome)).toEqual(['applied', 'parked', 'parked', 'applied']);
  });

  test.each<readonly [title: string, type: FieldType, stored: string]>([
    ['a tab behind it', 'text', 'K-1\t'],
    ['a line end behind it', 'text', 'K-1\n'],
    ['wide characters', 'text', 'Ｋ－１'],
    ['letters that look like escapes stay', 'text', 'vnrt'],
    ['a phone in wide digits', 'phone', '１３８ ００１３ ８０００'],
  ])('find answers with a superset: %s', async (_title, type, stored) => {
    const crm = await newCrm(thing('text'));
    await crm.client.query('insert into crm.thing (x) values ($1)', [stored]);
    const key = matchKey(type, stored);
    const found = await (await connect(crm)).find(object({ type }), 'x', [key ?? '']);
    expect(found).toEqual([{ crmId: '1', value: stored }]);
  });

  test('a strong id is looked up by the index of its column: only as it is written', async () => {
    const crm = await newCrm(thing('text'));
    await crm.client.query("insert into crm.thing (x) values ('K-1'), ('K-2 '), ('Ｋ-3')");
    const found = await (await connect(crm)).find(object({ strong: true }), 'x', ['K-1', 'K-2', 'K-3']);
    expect(found).toEqual([{ crmId: '1', value: 'K-1' }]);
  });

  test('the first deliveries of several processes may come at the same moment', async () => {
    const crm = await newCrm(thing('text'));
    const all = await Promise.all(Array.from({ length: 6 }, () => connect(crm)));
    const outcomes = await Promise.all(
      all.map((one, batch) =>
        one.deliver(object(), { marker: { ...marker, batch }, writes: [create(0, { x: 'a' })] }, applied),
      ),
    );
    expect(outcomes.flat().map((one) => one.outcome)).toEqual(all.map(() => 'applied'));
  });

  test('without the right to create the table of markers, check says so', async () => {
    const crm = await newCrm(`${thing('text')}
      create role reader login password 'r';
      grant usage on schema crm to reader; grant all on all tables in schema crm to reader;`);
    const url = new URL(crm.url);
    [url.username, url.password] = ['reader', 'r'];
    const destination = await connect({ ...crm, url: url.href });
    await expect(destination.check([object()])).rejects.toMatchObject({
      code: 'destination.unauthorized',
      message: expect.stringContaining('tributary_delivery'),
    });
  });

  test.each<readonly [string, Partial<URL>, string]>([
    ['nobody listens', { port: '1' }, 'destination.unreachable'],
    ['a wrong password', { password: 'guess' }, 'destination.unauthorized'],
    ['no such database', { pathname: '/nowhere' }, 'destination.schema'],
  ])('%s is said without the password', async (_title, change, code) => {
    const crm = await newCrm(thing('text'));
    const url = Object.assign(new URL(crm.url), change);
    const error: unknown = await (
      await connect({ ...crm, url: url.href })
    )
      .check([object()])
      .catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code, message: expect.stringContaining('connection crm') });
    expect(String(error)).not.toContain(new URL(crm.url).password);
  });
});
