import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Delivered, DeliveryMarker, Destination, PlannedWrite } from '../../src/destinations/destination.ts';
import type { EntryOutcome } from '../../src/domain/claims.ts';
import type { Format } from '../../src/domain/definition.ts';
import type { Fields, SourceRecord } from '../../src/domain/values.ts';
import { writers } from '../../src/formats/registry.ts';
import { PLAIN_LAYOUT } from '../../src/formats/writer.ts';
import { openConnections } from '../../src/runtime/connections.ts';
import { ensureDatabase, type PostgresService, startPostgres } from '../../src/runtime/postgres.ts';
import { describeDestinationContract, type DestinationSample } from '../contract/destination-contract.ts';
import { decodeAll, streamOf } from '../formats/support.ts';
import { fieldOf, objectOf } from '../merge/support.ts';
import { compileProgram, dataDirWithFreePorts } from './runtime-support.ts';

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
    notes: fieldOf({ column: 'notizen' }),
  },
  { table: 'account', id: 'no' },
);
const contact = objectOf(
  {
    name: fieldOf({ column: 'name' }),
    account: fieldOf({
      column: 'account_no',
      type: 'reference',
      reference: { object: 'account', by: 'external_id', table: 'account' },
    }),
  },
  { name: 'contact', table: 'contact', id: 'no' },
);

const TABLES = {
  account: {
    columns: {
      external_id: {},
      name: { required: true, max_length: 40 },
      email: { unique: true },
      phone: {},
      status: { default: 'new' },
      credit_limit: { min: 0 },
      since: {},
      seen_at: {},
      local_at: {},
      vip: {},
      tags: { list: true },
      notizen: {},
    },
  },
  contact: {},
};

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

/** A folder for files, and a database such as the store's. */
interface Place {
  readonly dir: string;
  readonly url: string;
  readonly client: Client;
  readonly settings: Readonly<Record<string, unknown>>;
}

async function newPlace(settings: Readonly<Record<string, unknown>> = {}): Promise<Place> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-files-')));
  const url = await ensureDatabase(service.url, `files ${databases++}`);
  const client = new Client({ connectionString: url });
  await client.connect();
  open.push({ close: () => client.end() }, { close: async () => rmSync(dir, { recursive: true, force: true }) });
  return { dir, url, client, settings: { path: 'out', ...settings } };
}

/** Opened as the runtime does; may be closed early. */
async function connect({ dir, url, settings }: Place): Promise<Destination> {
  const connections = openConnections({ projectDir: dir, storeUrl: url, env: {} });
  const made = await connections.destination({ name: 'out', kind: 'file', settings });
  let closed = false;
  const close = async (): Promise<void> => {
    if (!closed) await connections.close();
    closed = true;
  };
  open.push({ close });
  return new Proxy(made, {
    get: (target, name) => {
      if (name === 'close') return close;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

const file = ({ dir }: Place, name: string): string => join(dir, 'out', name);
const textOf = (place: Place, name = 'account.csv'): string => readFileSync(file(place, name), 'utf8');

interface Written {
  readonly name?: string;
  readonly format?: Format;
  readonly record?: string;
}

function recordsOf(
  place: Place,
  { name = 'account.csv', format = 'csv', record = '' }: Written = {},
): readonly SourceRecord[] {
  return decodeAll(streamOf({ format, record, empty: 'null' }), readFileSync(file(place, name))).map((decoded) => {
    if (!decoded.ok) throw new Error(decoded.message);
    return { ...decoded.record };
  });
}

/** As a program of somebody else would: reads the file, changes a cell, writes all of it. */
function editCsv(place: Place, change: (record: Record<string, unknown>) => void): void {
  const records = recordsOf(place).map((record) => ({ ...record }));
  for (const record of records) change(record);
  const writer = writers.csv({ ...PLAIN_LAYOUT, csv: { ...PLAIN_LAYOUT.csv, columns: Object.keys(records[0] ?? {}) } });
  writeFileSync(file(place, 'account.csv'), Buffer.concat([writer.begin(), writer.write(records), writer.end()]));
}

async function image(place: Place): Promise<string> {
  const { rows } = await place.client.query<{ name: string }>(
    `select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'S') and n.nspname !~ '^(pg_|information_schema)' order by 1`,
  );
  const parts: string[] = [];
  for (const { name } of rows) {
    const content = await place.client.query<{ row: string }>(`select row(t.*)::text as row from ${name} t order by 1`);
    parts.push(name, ...content.rows.map(({ row }) => row));
  }
  for (const name of readdirSync(place.dir, { recursive: true, encoding: 'utf8' }).toSorted()) {
    parts.push(name, name.includes('.') ? readFileSync(join(place.dir, name), 'utf8') : '');
  }
  return parts.join('\n');
}

async function sample(settings: Readonly<Record<string, unknown>>): Promise<DestinationSample> {
  const place = await newPlace({ tables: TABLES, ...settings });
  const destination = await connect(place);
  return {
    destination,
    account,
    contact,
    another: () => connect(place),
    image: () => image(place),
    edit: async (crmId, field, value) => {
      await destination.publish(account);
      const column = account.fields[field]?.column ?? field;
      editCsv(place, (record) => {
        if (record['no'] === crmId) record[column] = value ?? '';
      });
    },
  };
}

describeDestinationContract('file', () => sample({}));

let round = 0;
const marker = (): DeliveryMarker => ({ project: 'test', run: 'run', round: round++, batch: 0, hash: 'h' });

function settle(delivered: readonly Delivered[]): readonly EntryOutcome[] {
  return delivered
    .map(({ ordinal, result, crmId, reason }): EntryOutcome => ({
      ordinal,
      outcome: result === 'applied' ? 'applied' : result === 'changed' ? 'waiting' : 'parked',
      action: 'none',
      crmId,
      ...(reason === undefined ? {} : { reason }),
    }))
    .toSorted((a, b) => a.ordinal - b.ordinal);
}

const deliver = (
  destination: Destination,
  writes: readonly PlannedWrite[],
  object = account,
): Promise<readonly EntryOutcome[]> => destination.deliver(object, { marker: marker(), writes }, settle);

async function create(destination: Destination, all: readonly Fields[], object = account): Promise<readonly string[]> {
  const writes = all.map((set, ordinal): PlannedWrite => ({ ordinal, action: 'create', crmId: null, set, expect: {} }));
  return (await deliver(destination, writes, object)).map((one) => one.crmId ?? '');
}

const update = (crmId: string, set: Fields, expected: Fields = {}): PlannedWrite => ({
  ordinal: 0,
  action: 'update',
  crmId,
  set,
  expect: expected,
});
const remove = (crmId: string): PlannedWrite => ({ ordinal: 0, action: 'delete', crmId, set: {}, expect: {} });

const FULL: Fields = {
  external_id: 'C-1',
  name: '上海 "A", B',
  email: 'a@x.cn',
  phone: '+8613900001234',
  status: 's',
  credit_limit: '-0.5',
  since: '2024-02-29',
  seen_at: '2024-01-01T08:00:00.123Z',
  local_at: '2024-07-01T23:59:59.000Z',
  vip: true,
  tags: ['x', 'y,z'],
  notes: 'a\r\nb\t=c ',
};

describe('the file', () => {
  const plain = { account: { columns: { ...TABLES.account.columns, credit_limit: {} } }, contact: {} };

  test.each<[Format, string, (text: string) => void]>([
    [
      'csv',
      '',
      (text) =>
        expect(text).toMatch(
          /^no,external_id,name,email,phone,status,credit_limit,since,seen_at,local_at,vip,tags,notizen\n1,C-1,/,
        ),
    ],
    [
      'json',
      '',
      (text) =>
        expect(JSON.parse(text)[0]).toMatchObject({ no: '1', credit_limit: -0.5, vip: true, tags: ['x', 'y,z'] }),
    ],
    ['ndjson', '', (text) => expect(text).toContain('"credit_limit":-0.5,')],
    [
      'xml',
      'records/account',
      (text) => expect(text).toContain('<tags>x</tags><tags>y,z</tags><notizen>a&#13;\nb\t=c </notizen>'),
    ],
  ])('holds every value in %s, and what it says is no edit', async (format, record, look) => {
    const place = await newPlace({ format, tables: plain });
    const destination = await connect(place);
    const ids = await create(destination, [
      FULL,
      { external_id: 'C-2', name: 'B' },
      { external_id: 'C-3', name: 'C', notes: '  ' },
    ]);
    await destination.publish(account);
    const name = `account.${format}`;
    look(textOf(place, name));
    const [first] = recordsOf(place, { name, format, record });
    expect(first).toMatchObject({
      no: '1',
      external_id: 'C-1',
      name: '上海 "A", B',
      phone: '+8613900001234',
      notizen: 'a\r\nb\t=c ',
    });
    const before = await destination.read(account, ids);
    expect(before.get(ids[0] ?? '')).toEqual(FULL);
    // Touched, not changed: all of it is looked at again.
    writeFileSync(file(place, name), readFileSync(file(place, name)));
    expect(await destination.read(account, ids)).toEqual(before);
  });

  test('is written whole at the end, never in between, and nothing else is left in the folder', async () => {
    const place = await newPlace();
    const destination = await connect(place);
    await create(destination, [{ external_id: 'C-1' }]);
    expect(existsSync(join(place.dir, 'out'))).toBe(false);
    await destination.publish(account);
    await create(destination, [{ external_id: 'C-2' }]);
    expect(recordsOf(place)).toHaveLength(1);
    await destination.publish(account);
    expect(recordsOf(place).map((record) => record['external_id'])).toEqual(['C-1', 'C-2']);
    expect(readdirSync(join(place.dir, 'out'))).toEqual(['account.csv']);
  });

  test('is left alone where nothing has changed, and made again where it is missing', async () => {
    const place = await newPlace();
    const destination = await connect(place);
    await create(destination, [{ external_id: 'C-1', name: 'A' }]);
    await destination.publish(account);
    const before = textOf(place);
    const touched = editCsv.bind(null, place, () => {});
    touched();
    await destination.publish(account);
    expect(textOf(place)).toBe(before);
    rmSync(file(place, 'account.csv'));
    expect((await destination.read(account, ['1'])).get('1')?.['name']).toBe('A');
    await destination.publish(account);
    expect(textOf(place)).toBe(before);
  });

  test('lists its records by their ids, numbers by size, and forgets deleted ones', async () => {
    const place = await newPlace();
    const destination = await connect(place);
    const ids = await create(
      destination,
      Array.from({ length: 12 }, (_none, n) => ({ external_id: `C-${n}` })),
    );
    await deliver(destination, [remove(ids[4] ?? '')]);
    await destination.publish(account);
    expect(recordsOf(place).map((record) => record['no'])).toEqual([
      '1',
      '2',
      '3',
      '4',
      '6',
      '7',
      '8',
      '9',
      '10',
      '11',
      '12',
    ]);
    await deliver(destination, [remove(ids[5] ?? '')]);
    await destination.publish(account);
    expect(recordsOf(place)).toHaveLength(10);
  });

  test('has thousands of records', async () => {
    const place = await newPlace({ format: 'ndjson' });
    const destination = await connect(place);
    await create(
      destination,
      Array.from({ length: 5_000 }, (_none, n) => ({ external_id: `C-${n}`, name: `客户 ${n}` })),
    );
    let calls = 0;
    await destination.publish(account, () => calls++);
    expect(recordsOf(place, { name: 'account.ndjson', format: 'ndjson' })).toHaveLength(5_000);
    expect(calls).toBeGreaterThan(1);
  });

  test('has the columns that the settings say, in their order, with constants for those that no field fills', async () => {
    const columns = { name: {}, region: { default: 'EMEA' }, external_id: {} };
    const place = await newPlace({
      bom: true,
      csv: { delimiter: ';' },
      tables: { account: { file: 'kunden.txt', columns } },
    });
    const destination = await connect(place);
    const { external_id, name } = account.fields;
    if (external_id === undefined || name === undefined) throw new Error('not the sample');
    const small = { ...account, fields: { external_id, name } };
    await create(destination, [{ external_id: 'C-1', name: 'A' }], small);
    await destination.publish(small);
    expect(textOf(place, 'kunden.txt')).toBe('\uFEFFno;name;region;external_id\n1;A;EMEA;C-1\n');
  });

  test('gains a column when the object does', async () => {
    const place = await newPlace();
    const destination = await connect(place);
    const { external_id, name } = account.fields;
    if (external_id === undefined || name === undefined) throw new Error('not the sample');
    await create(destination, [{ external_id: 'C-1' }], { ...account, fields: { external_id } });
    await destination.publish({ ...account, fields: { external_id } });
    const later = { ...account, fields: { external_id, name } };
    await deliver(destination, [update('1', { name: 'A' }, { name: null })], later);
    await destination.publish(later);
    expect(textOf(place)).toBe('no,external_id,name\n1,C-1,A\n');
  });

  test('of XML takes no character that XML cannot hold: that record is refused alone', async () => {
    const place = await newPlace({ format: 'xml' });
    const destination = await connect(place);
    const writes = ['a\u0001b', 'fine'].map((notes, ordinal): PlannedWrite => ({
      ordinal,
      action: 'create',
      crmId: null,
      set: { name: 'A', notes },
      expect: {},
    }));
    expect(await deliver(destination, writes)).toMatchObject([
      { outcome: 'parked', reason: 'xml cannot hold the value of notizen' },
      { outcome: 'applied' },
    ]);
    await destination.publish(account);
    expect(recordsOf(place, { name: 'account.xml', format: 'xml', record: 'records/account' })).toHaveLength(1);
  });

  test('neutralised formulas come back as they were', async () => {
    const place = await newPlace({ neutralise_formulas: true });
    const destination = await connect(place);
    await create(destination, [{ external_id: 'C-1', name: '=1+1', phone: '+86139', notes: "'=x" }]);
    await destination.publish(account);
    expect(textOf(place)).toContain(`'=1+1,,'+86139,`);
    editCsv(place, (record) => (record['status'] = 'edited'));
    expect((await destination.read(account, ['1'])).get('1')).toMatchObject({
      name: '=1+1',
      phone: '+86139',
      notes: "'=x",
      status: 'edited',
    });
  });
});

describe('what people change in the file', () => {
  async function published(): Promise<{ place: Place; destination: Destination }> {
    const place = await newPlace({ tables: TABLES });
    const destination = await connect(place);
    await create(destination, [
      { external_id: 'C-1', name: 'A', notes: 'x', credit_limit: '10.5' },
      { external_id: 'C-2', name: 'B' },
    ]);
    await destination.publish(account);
    return { place, destination };
  }

  test('is read, found, and compared with what a delivery expects', async () => {
    const { place, destination } = await published();
    editCsv(place, (record) => {
      if (record['no'] === '1') record['name'] = 'by hand';
    });
    expect((await destination.read(account, ['1'])).get('1')?.['name']).toBe('by hand');
    expect(await deliver(destination, [update('1', { name: 'Z' }, { name: 'A' })])).toMatchObject([
      { outcome: 'waiting' },
    ]);
    expect(await deliver(destination, [update('1', { name: 'Z' }, { name: 'by hand' })])).toMatchObject([
      { outcome: 'applied' },
    ]);
  });

  test('stands beside what was delivered meanwhile, cell by cell, and wins over it in the same cell', async () => {
    const { place, destination } = await published();
    await deliver(destination, [update('1', { notes: 'delivered', name: 'delivered' })]);
    editCsv(place, (record) => {
      if (record['no'] === '1') record['name'] = 'by hand';
    });
    await destination.publish(account);
    expect(recordsOf(place)[0]).toMatchObject({ name: 'by hand', notizen: 'delivered' });
  });

  test('in another way of writing is no change', async () => {
    const { place, destination } = await published();
    await deliver(destination, [update('1', { credit_limit: '99' })]);
    editCsv(place, (record) => {
      if (record['no'] === '1') record['credit_limit'] = '0010.50';
    });
    expect((await destination.read(account, ['1'])).get('1')?.['credit_limit']).toBe('99');
  });

  test('a line that is gone says nothing: its record stays and comes back', async () => {
    const { place, destination } = await published();
    writeFileSync(file(place, 'account.csv'), `${textOf(place).split('\n').slice(0, 2).join('\n')}\n`);
    expect((await destination.read(account, ['2'])).get('2')?.['name']).toBe('B');
    await destination.publish(account);
    expect(recordsOf(place)).toHaveLength(2);
  });

  test('a record that was deleted meanwhile does not come back', async () => {
    const { place, destination } = await published();
    await deliver(destination, [remove('2')]);
    editCsv(place, (record) => (record['status'] = 'seen'));
    expect(await destination.read(account, ['2'])).toEqual(new Map());
    await destination.publish(account);
    expect(recordsOf(place).map((record) => record['no'])).toEqual(['1']);
  });

  test.each([
    ['cut in the last line', (text: string) => text.slice(0, -3), /never ends|line end|not whole/],
    [
      'without its header',
      (text: string) => text.split('\n').slice(1).join('\n'),
      /column 4 of the header has no name/,
    ],
    ['empty', () => '', /there is no header row/],
    ['with a line too short', (text: string) => `${text}3,C-3\n`, /cells/],
    [
      'with a new line',
      (text: string) => `${text}${text.split('\n')[1]?.replace(/^1,C-1/, ',C-3')}\n`,
      /record 3 has no no/,
    ],
    [
      'with an id of its own',
      (text: string) => `${text}${text.split('\n')[1]?.replace(/^1,C-1/, '77,C-3')}\n`,
      /the no 77, which was never there/,
    ],
    ['with an id twice', (text: string) => `${text}${text.split('\n')[1]}\n`, /two records with the no 1/],
    [
      'with what is no number',
      (text: string) => text.replace('10.5', 'ten'),
      /record 1 \(no 1\): credit_limit is not a decimal number/,
    ],
    [
      'with a name too long',
      (text: string) => text.replace('C-1,A,', `C-1,${'A'.repeat(41)},`),
      /account\.name max_length/,
    ],
  ])('a file %s is destination.edited, and nothing of it is taken', async (_title, change, message) => {
    const { place, destination } = await published();
    const before = await destination.read(account, ['1', '2']);
    const good = textOf(place);
    writeFileSync(file(place, 'account.csv'), change(good));
    const failure = { code: 'destination.edited', message: expect.stringMatching(message) };
    await expect(destination.read(account, ['1'])).rejects.toMatchObject(failure);
    await expect(destination.publish(account)).rejects.toMatchObject(failure);
    rmSync(file(place, 'account.csv'));
    expect(await destination.read(account, ['1', '2'])).toEqual(before);
    await destination.publish(account);
    expect(textOf(place)).toBe(good);
  });
});

describe('a file that was there before', () => {
  test('is taken over with its ids, and new records get others', async () => {
    const place = await newPlace({ tables: TABLES });
    mkdirSync(join(place.dir, 'out'));
    const header = 'no,external_id,name,email,phone,status,credit_limit,since,seen_at,local_at,vip,tags,notizen';
    writeFileSync(file(place, 'account.csv'), `${header}\n17,C-1,A,,,old,,,,,TRUE,"[""t""]",\nX-9,C-2,B,,,,5,,,,,,\n`);
    const destination = await connect(place);
    expect(await destination.check([account])).toBe('out: 1 of 1 files (csv)');
    expect((await destination.find(account, 'external_id', ['C-1', 'C-2'])).map((row) => row.crmId)).toEqual([
      '17',
      'X-9',
    ]);
    expect((await destination.read(account, ['17'])).get('17')).toMatchObject({
      status: 'old',
      vip: true,
      tags: ['t'],
    });
    expect(await create(destination, [{ external_id: 'C-3', name: 'C' }])).toEqual(['18']);
    await destination.publish(account);
    expect(recordsOf(place).map((record) => record['no'])).toEqual(['17', '18', 'X-9']);
  });

  test('without ids is refused', async () => {
    const place = await newPlace();
    mkdirSync(join(place.dir, 'out'));
    writeFileSync(file(place, 'account.csv'), 'external_id\nC-1\n');
    await expect((await connect(place)).find(account, 'external_id', ['C-1'])).rejects.toMatchObject({
      code: 'destination.edited',
    });
  });
});

describe('a death', () => {
  test('after the delivery and before the publication loses nothing', async () => {
    const place = await newPlace();
    const first = await connect(place);
    await create(first, [{ external_id: 'C-1', name: 'A' }]);
    await first.close();
    await (await connect(place)).publish(account);
    expect(recordsOf(place)).toMatchObject([{ external_id: 'C-1', name: 'A' }]);
  });

  test.each([
    ['at the first publication', false],
    ['at a later one', true],
  ])('with the new file in place and the database not told, %s, is no edit', async (_title, earlier) => {
    const place = await newPlace();
    const destination = await connect(place);
    await create(destination, [{ external_id: 'C-0', name: 'Z' }]);
    if (earlier) await destination.publish(account);
    await create(destination, [{ external_id: 'C-1', name: 'A', notes: '' }]);
    await deliver(destination, [update('1', { name: 'Y' })]);
    // What the database knew then, beside the file as it was put in place.
    const tables = await place.client.query<{ name: string; rows: string }>(
      `select 'tributary_file' as name, json_agg(t)::text as rows from tributary_file_out.tributary_file t
       union all select 'account', json_agg(t)::text from tributary_file_out.account t`,
    );
    await destination.publish(account);
    const written = textOf(place);
    for (const { name, rows } of tables.rows) {
      await place.client.query(`delete from tributary_file_out.${name}`);
      await place.client.query(
        `insert into tributary_file_out.${name} select * from json_populate_recordset(null::tributary_file_out.${name}, $1)`,
        [rows],
      );
    }
    expect((await destination.read(account, ['1', '2'])).get('1')?.['name']).toBe('Y');
    await deliver(destination, [update('2', { name: 'B' }, { name: 'A' })]);
    await destination.publish(account);
    expect(textOf(place)).toBe(written.replace('C-1,A', 'C-1,B'));
  });

  test('by SIGKILL while the new file is being written leaves the old one; the next publication has everything', async () => {
    const place = await newPlace();
    const destination = await connect(place);
    await create(destination, [{ external_id: 'C-1', name: 'A' }]);
    await destination.publish(account);
    const old = textOf(place);
    const options = { projectDir: place.dir, storeUrl: place.url, env: {} };
    const program = compileProgram(
      ['src/runtime/connections.ts'],
      `import { openConnections } from './src/runtime/connections.js';
       const connections = openConnections(${JSON.stringify(options)});
       const out = await connections.destination(${JSON.stringify({ name: 'out', kind: 'file', settings: place.settings })});
       const account = ${JSON.stringify(account)};
       const writes = [{ ordinal: 0, action: 'create', crmId: null, set: { external_id: 'C-2', name: 'B' }, expect: {} }];
       const marker = ${JSON.stringify({ ...marker(), run: 'killed' })};
       await out.deliver(account, { marker, writes }, () => [{ ordinal: 0, outcome: 'applied', action: 'create', crmId: '2' }]);
       await out.publish(account, () => process.kill(process.pid, 'SIGKILL'));`,
    );
    const child = spawn(process.execPath, [program.path], { stdio: 'inherit' });
    const [, signal]: unknown[] = await once(child, 'exit');
    program.remove();
    expect(signal).toBe('SIGKILL');
    expect(textOf(place)).toBe(old);
    expect(readdirSync(join(place.dir, 'out'))).toContain('.account.csv.tributary');
    const again = { marker: { ...marker(), run: 'killed', round: round - 2 }, writes: [] };
    expect(await destination.deliver(account, again, settle)).toMatchObject([{ outcome: 'applied', crmId: '2' }]);
    await destination.publish(account);
    expect(recordsOf(place)).toMatchObject([{ external_id: 'C-1' }, { external_id: 'C-2', name: 'B' }]);
    expect(readdirSync(join(place.dir, 'out'))).toEqual(['account.csv']);
  });

  test('in the middle of writing leaves the old file, and what is left over is written over', async () => {
    const place = await newPlace();
    const destination = await connect(place);
    await create(destination, [{ external_id: 'C-1' }]);
    await destination.publish(account);
    writeFileSync(join(place.dir, 'out', '.account.csv.tributary'), 'no,extern');
    await create(destination, [{ external_id: 'C-2' }]);
    await destination.publish(account);
    expect(recordsOf(place)).toHaveLength(2);
    expect(readdirSync(join(place.dir, 'out'))).toEqual(['account.csv']);
  });
});

describe('check', () => {
  test.each<[string, (place: Place) => void, string]>([
    ['a folder above that does not exist', () => {}, 'destination.schema'],
    ['a file where the folder should be', ({ dir }) => writeFileSync(join(dir, 'nowhere'), ''), 'destination.schema'],
  ])('names %s', async (_title, prepare, code) => {
    const place = await newPlace({ path: 'nowhere/out' });
    prepare(place);
    await expect((await connect(place)).check([account])).rejects.toMatchObject({
      code,
      message: expect.stringContaining('nowhere/out'),
    });
  });

  test('names a folder where the file should be', async () => {
    const place = await newPlace();
    mkdirSync(file(place, 'account.csv'), { recursive: true });
    await expect((await connect(place)).check([account])).rejects.toMatchObject({ code: 'destination.schema' });
  });

  test('names a column that the format cannot have', async () => {
    const place = await newPlace({ format: 'xml' });
    const notes = fieldOf({ column: 'two words' });
    const wrong = { ...account, fields: { notes } };
    await expect((await connect(place)).check([wrong])).rejects.toMatchObject({
      code: 'destination.schema',
      message: expect.stringContaining('"two words" is no XML name'),
    });
  });

  test.skipIf(process.getuid?.() === 0)('names a folder that may not be written', async () => {
    const place = await newPlace();
    mkdirSync(join(place.dir, 'out'));
    chmodSync(join(place.dir, 'out'), 0o500);
    await expect((await connect(place)).check([account])).rejects.toMatchObject({ code: 'destination.unauthorized' });
  });
});
