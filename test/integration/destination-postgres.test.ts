import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Destination } from '../../src/destinations/destination.ts';
import { postgresDestination } from '../../src/destinations/postgres/destination.ts';
import type { EntryOutcome } from '../../src/domain/claims.ts';
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
  });
  let closed = false;
  const once: Destination = Object.assign(Object.create(made) as Destination, {
    close: async () => {
      if (!closed) await made.close();
      closed = true;
    },
  });
  for (const name of ['check', 'find', 'read', 'referenced', 'deliver'] as const)
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
    const content = await client.query<{ row: string }>(`select t::text as row from ${name} t order by 1`);
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

const applied = (
  delivered: readonly { readonly ordinal: number; readonly result: string; readonly crmId: string | null }[],
): readonly EntryOutcome[] =>
  delivered.map(({ ordinal, result, crmId }) => ({
    ordinal,
    outcome: result === 'applied' ? 'applied' : 'parked',
    action: 'none',
    crmId,
  }));
const marker = { project: 'test', run: 'run', round: 0, batch: 0, hash: 'h' };
const write = (ordinal: number, set: Record<string, string | readonly string[]>) =>
  ({ ordinal, action: 'create', crmId: null, set, expect: {} }) as const;

describe('a CRM in PostgreSQL', () => {
  const thing = (type: string): string => `create table crm.thing (id bigserial primary key, x ${type});`;
  const object = (change: Parameters<typeof fieldOf>[0]) =>
    objectOf({ x: fieldOf({ column: 'x', ...change }) }, { table: 'thing' });

  test('its own user, schema and identity columns of every kind give ids', async () => {
    const crm = await newCrm(`
      create table crm.thing (id text primary key default 'T-' || gen_random_uuid()::text, x text);
    `);
    const destination = await connect(crm);
    const [one, two] = await destination.deliver(
      object({}),
      { marker, writes: [write(0, { x: 'a' }), write(1, { x: 'b' })] },
      applied,
    );
    expect([one?.crmId, two?.crmId]).toEqual([expect.stringMatching(/^T-/), expect.stringMatching(/^T-/)]);
    expect(one?.crmId).not.toBe(two?.crmId);
  });

  test('without the right to create the table of markers, check says so', async () => {
    const crm = await newCrm(`${thing('text')}
      drop role if exists reader; create role reader login password 'r';
      grant usage on schema crm to reader; grant all on all tables in schema crm to reader;`);
    const url = new URL(crm.url);
    [url.username, url.password] = ['reader', 'r'];
    const destination = await connect({ ...crm, url: url.href });
    await expect(destination.check([object({})])).rejects.toMatchObject({
      code: 'destination.unauthorized',
      message: expect.stringContaining('tributary_delivery'),
    });
  });

  test.each([
    ['nobody listens', (url: URL) => (url.port = '1'), 'destination.unreachable'],
    ['wrong password', (url: URL) => (url.password = 'guess'), 'destination.unauthorized'],
    ['no such database', (url: URL) => (url.pathname = '/nowhere'), 'destination.schema'],
  ])('%s is said without the password', async (_title, spoil, code) => {
    const crm = await newCrm(thing('text'));
    const url = new URL(crm.url);
    spoil(url);
    const destination = await connect({ ...crm, url: url.href });
    const error: unknown = await destination.check([object({})]).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code, message: expect.stringContaining('connection crm') });
    expect(String(error)).not.toContain(new URL(crm.url).password);
  });
});
