import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { restoreFormula } from '../../src/formats/csv/formulas.ts';
import { decodeAll, plain, streamOf } from '../formats/support.ts';
import { type Json, type Row, startProject, SYNCS, type TestProject } from '../support/project.ts';

let project: TestProject;
const firstRuns: Record<string, string> = {};

beforeAll(async () => {
  project = await startProject();
  for (const sync of SYNCS) firstRuns[sync] = (await project.run(['run', sync])).json.run;
});

afterAll(() => project?.stop());

/** Runs a command whose records come on stdout. */
async function text(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await project.runForPeople(args);
  expect(code, stderr).toBe(0);
  return stdout;
}

async function ndjson(...args: readonly string[]): Promise<readonly Json[]> {
  const lines = (await text(...args, '--format', 'ndjson')).split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

async function csv(...args: readonly string[]): Promise<readonly Readonly<Record<string, string>>[]> {
  return parse(await text(...args, '--format', 'csv'), { columns: true, bom: true });
}

const leftOver = (): readonly string[] => readdirSync(project.dir).filter((name) => name.endsWith('.tmp'));

describe('export', () => {
  test('has every record that some source speaks of, with the CRM id and the keys, in one order', async () => {
    const contacts = await ndjson('export', 'contact');
    const known = await project.store(
      `select r.crm_id as id, s.name as sync, c.key from record r join crosswalk c on c.record_id = r.id
       join sync s on s.no = c.sync_no where r.object = 'contact' order by r.id, s.name, c.key`,
    );
    const exported = contacts.flatMap(({ _id: id, _keys: keys }) =>
      Object.entries(keys as Record<string, string[]>).flatMap(([sync, own]) => own.map((key) => ({ id, sync, key }))),
    );
    expect(exported).toEqual(known);
    expect(contacts.filter((one) => Object.keys(one._keys).length > 1).length).toBeGreaterThan(10);
    expect(await text('export', 'contact', '--format', 'ndjson')).toBe(
      await text('export', 'contact', '--format', 'ndjson'),
    );
  });

  test('says in every format the same', async () => {
    const expected = await ndjson('export', 'account', '--fields', 'external_id,name,phone,credit_limit,notes');
    expect(
      JSON.parse(
        await text('export', 'account', '--fields', 'external_id,name,phone,credit_limit,notes', '--format', 'json'),
      ),
    ).toEqual(expected);
    const rows = await csv('export', 'account', '--fields', 'external_id,name,phone,credit_limit,notes');
    expect(rows).toEqual(
      expected.map((one) =>
        Object.fromEntries(
          Object.entries(one).map(([name, value]) => [name, value === null ? '' : `${value as string | number}`]),
        ),
      ),
    );
    const xml = await text(
      'export',
      'account',
      '--fields',
      'external_id,name,phone,credit_limit,notes',
      '--format',
      'xml',
    );
    const stream = streamOf({ format: 'xml', record: 'export/account' });
    expect(decodeAll(stream, Buffer.from(xml)).map(plain)).toEqual(
      expected.map(({ credit_limit: limit, ...one }) => ({
        ...one,
        credit_limit: limit === null ? null : String(limit),
      })),
    );
    expect(expected.filter((one) => typeof one.credit_limit === 'number').length).toBeGreaterThan(100);
  });

  test('golden values are what the sources say together, references by the number that the sources use', async () => {
    const [row] = (await csv('export', 'contact')).filter((one) => one['external_id'] === 'OA-20033');
    const { fields } = (await project.run(['explain', 'contact', 'OA-20033'])).json;
    const resolved = fields.map(({ field, resolved: said }: Row) => [field, said?.value ?? '']);
    expect(row).toMatchObject({ ...Object.fromEntries(resolved), '_keys.oa-contacts': 'OA-20033', _state: 'live' });
    expect(row?.['account']).toMatch(/^C-\d+$/);
  });

  test('with --crm the values are those of the CRM', async () => {
    await project.crm(`update crm.account set notes = 'typed by a person' where external_id = 'C-10001'`);
    const rows = await csv('export', 'account', '--crm', '--fields', '_id,external_id,name,notes,owner');
    const crm = await project.crm(
      `select id::text as _id, external_id, name, coalesce(notes, '') as notes, coalesce(owner_id::text, '') as owner from crm.account`,
    );
    const byId = new Map(crm.map((one) => [one['_id'], one]));
    expect(rows).toEqual(rows.map((row) => byId.get(row['_id'])));
    expect(rows.find((row) => row['external_id'] === 'C-10001')?.['notes']).toBe('typed by a person');
    const golden = await csv('export', 'account', '--fields', 'external_id,notes');
    expect(golden.find((row) => row['external_id'] === 'C-10001')?.['notes']).not.toBe('typed by a person');
  });

  test('with --since only what was written since then', async () => {
    const before = await ndjson('export', 'owner', '--since', firstRuns['hr-employees'] ?? '');
    project.edit('exports/hr/employees.json', '"employee_no": "E-0003"', '"employee_no": "E-0003", "changed": 1');
    const content = project.read('exports/hr/employees.json');
    const given = /"employee_no": "E-0003"[^}]*"name": \{\s*"given": "([^"]+)"/.exec(content)?.[1] ?? '';
    project.write(
      'exports/hr/employees.json',
      content.replace(new RegExp(`("E-0003"[^}]*"given": )"${given}"`), '$1"Renamed"'),
    );
    const run = (await project.run(['run', 'hr-employees'])).json;
    expect(run).toMatchObject({ outcome: 'delivered', updated: 1 });
    const since = await ndjson('export', 'owner', '--since', run.run);
    expect(since.map((one) => one._keys)).toEqual([{ 'hr-employees': ['E-0003'] }]);
    expect(since[0].name).toMatch(/^Renamed /);
    expect(before.length).toBeGreaterThan(1);
    const none = await project.run(['export', 'owner', '--format', 'csv', '--since', 'no-such-run']);
    expect(none).toMatchObject({ code: 2, error: { code: 'run.not_found' } });
  });

  test('a file appears whole, is never replaced unasked, and nothing else is left', async () => {
    const out = project.path('accounts.json');
    const first = await project.run(['export', 'account', '--output', out]);
    expect(first.json).toEqual({
      export: 'account',
      format: 'json',
      output: out,
      records: 375,
      bytes: readFileSync(out).length,
      whole: true,
    });
    const again = await project.run(['export', 'owner', '--output', out]);
    expect(again).toMatchObject({
      code: 2,
      stdout: '',
      error: { code: 'config.usage', message: `${out} is there already; --force replaces it` },
    });
    expect(JSON.parse(readFileSync(out, 'utf8'))).toHaveLength(375);
    expect((await project.run(['export', 'owner', '--output', out, '--force'])).json.records).toBeLessThan(100);
    expect(leftOver()).toEqual([]);
  });

  test('with --json and no file the summary is a line on stderr', async () => {
    const { stdout, stderr } = await project.runForPeople([
      '--json',
      'export',
      'owner',
      '--format',
      'csv',
      '--fields',
      '_id',
    ]);
    expect(JSON.parse(stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({
      export: 'owner',
      output: null,
      bytes: stdout.length,
    });
  });

  test('a value that the format cannot hold is named by its record, and no file is left', async () => {
    await project.crm(`update crm.account set notes = E'a\\u0001b' where external_id = 'C-10002'`);
    const out = project.path('accounts.xml');
    const failed = await project.run(['export', 'account', '--crm', '--output', out]);
    expect(failed.error).toMatchObject({
      code: 'format.unwritable',
      message: 'record 2 cannot be written as xml: "notes" has a character that XML 1.0 cannot hold',
    });
    expect(existsSync(out)).toBe(false);
    expect(leftOver()).toEqual([]);
  });

  test.each([
    [['export', 'nobody', '--format', 'csv'], 'config.unknown_object', 'there is no object nobody'],
    [
      ['export', 'account', '--format', 'csv', '--fields', 'name,nothing'],
      'config.usage',
      'account has no field nothing',
    ],
    [['export', 'account'], 'config.usage', 'say the format'],
    [['export', 'account', '--output', 'x.csv.gz'], 'config.usage', 'not compressed'],
    [['quarantine', 'export', 'nothing', '--format', 'csv'], 'config.unknown_sync', 'there is no sync nothing'],
  ])('%j is refused', async (args, code, message) => {
    expect((await project.run(args)).error).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test('a reader of the pipe may stop early', () => {
    const cli = fileURLToPath(new URL('../../bin/tributary.js', import.meta.url));
    const script = `"${process.execPath}" "${cli}" --project "${project.dir}" export sales_order --format csv | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const { stdout } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    expect(stdout).toMatch(/^_id,_state,_keys\.erp-orders,order_no,.*\n0\n$/);
  });
});

describe('quarantine export', () => {
  let listed: readonly Json[];
  beforeAll(async () => {
    listed = (await project.run(['quarantine', 'list', '--sync', 'erp-customers'])).json.records;
  });

  test('in NDJSON every open record is there as it stood, with its violations', async () => {
    const records = await ndjson('quarantine', 'export', 'erp-customers');
    expect(records.map(({ id, key, violations, record }) => ({ id: Number(id), key, violations, record }))).toEqual(
      listed.map(({ id, key, violations, record }) => ({ id, key, violations, record })),
    );
    for (const { fingerprint } of records) expect(fingerprint).toMatch(/^x[0-9a-f]{16}$/);
  });

  test('in CSV each of its fields has a column, also one that no record has', async () => {
    const rows = await csv('quarantine', 'export', 'erp-customers');
    expect(rows.map((row) => row['id'])).toEqual(listed.map(({ id }) => String(id)));
    const [row] = rows;
    const [{ record, violations }] = listed as [Json];
    expect(row).toMatchObject({
      'record.@id': record['@id'],
      'record.address.city': record.address.city,
      rules: violations.map(({ rule }: Row) => rule).join('; '),
    });
    const orders = await csv('quarantine', 'export', 'erp-orders');
    expect(Object.keys(orders[0] ?? {})).toEqual(
      expect.arrayContaining(['id', 'fingerprint', 'rules', 'fields', 'messages', 'record.order_no', 'record.remark']),
    );
  });

  test('neutralised cells can be put back', async () => {
    const plainRows = await csv('quarantine', 'export', 'erp-contacts');
    const safe = await csv('quarantine', 'export', 'erp-contacts', '--neutralise-formulas', '--bom');
    const cells = safe.flatMap((row) => Object.values(row));
    expect(cells.filter((cell) => /^[=+\-@]/.test(cell))).toEqual([]);
    expect(cells.some((cell) => /^'[+-]/.test(cell))).toBe(true);
    expect(
      safe.map((row) => Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, restoreFormula(cell)]))),
    ).toEqual(plainRows);
  });

  test('in XML fields keep names that are no XML names, and texts that XML cannot hold', async () => {
    const [hostile] = await project.store(
      `update quarantine set record = $1 where key = 'OA-20165' returning id::text`,
      [JSON.stringify({ 'a b': 'x\u0001', c: null })],
    );
    const xml = await text('quarantine', 'export', 'oa-contacts', '--format', 'xml');
    const stream = streamOf({ format: 'xml', record: 'quarantine/quarantined' });
    const records = decodeAll(stream, Buffer.from(xml)).map(plain) as readonly Json[];
    expect(records[0]).toMatchObject({ key: 'OA-20152', violation: { rule: 'email', field: 'email' } });
    expect(records[0].record.field[0]).toEqual({ '@name': '编号', '#text': 'OA-20152' });
    expect(records.find(({ id }) => id === hostile?.['id'])?.record.field).toEqual([
      { '@name': 'a b', '@encoding': 'json', '#text': String.raw`"x\u0001"` },
      { '@name': 'c', '@null': 'true' },
    ]);
  });
});
