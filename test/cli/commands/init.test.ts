import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addInit } from '../../../src/cli/commands/init.ts';
import type { Project } from '../../../src/config/load.ts';
import type { Fields, SourceRecord } from '../../../src/domain/values.ts';
import { openInMemory } from '../../../src/formats/in-memory.ts';
import { openProject } from '../../../src/runtime/project.ts';
import { compileTransform } from '../../../src/transform/compile.ts';
import { runCommand, type Ran } from '../support.ts';

const EXAMPLE = join(import.meta.dirname, '../../../examples/company');

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tributary-init-'));
});

afterEach(() => rm(dir, { recursive: true }));

const run = (...args: readonly string[]): Promise<Ran> => runCommand(addInit, ['init', dir, ...args]);
const json = async (...args: readonly string[]) => {
  const { code, stdout, stderr } = await runCommand(addInit, ['init', dir, ...args], { json: true });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
};

describe('the example’s exports give syncs like those written by hand', () => {
  beforeEach(async () => {
    for (const name of ['tributary.yaml', 'exports'])
      await cp(join(EXAMPLE, name), join(dir, name), { recursive: true });
  });

  test.each([
    ['hr-employees', 'hr/employees.json', [], { field: [], most: 2 }],
    ['erp-customers', 'erp/customers-2026-11.xml', [], { field: ['status', 'tier'], most: 20 }],
    [
      'erp-contacts',
      'erp/customers-2026-11.xml',
      ['--object', 'contact', '--name', 'erp-contacts'],
      { field: ['verified_at'], most: 12 },
    ],
    ['oa-contacts', 'oa/通讯录.csv', ['--name', 'oa-contacts'], { field: ['verified_at'], most: 12 }],
    ['erp-orders', 'erp/orders-2026-11.csv', [], { field: ['status'], most: 12 }],
  ])('%s', async (name, file, args, missed) => {
    const path = join(dir, 'exports', file);
    const report = await json('--from', path, ...args);
    expect(report.written).toEqual([`syncs/${name}.yaml`]);
    expect(report.whole).toBe(true);
    expect(report.tried.rejected).toBeLessThanOrEqual(missed.most);
    const [made, byHand] = [await openProject(dir), await openProject(EXAMPLE)];
    const [stream, wanted] = [made.syncs[name]?.stream, byHand.syncs[name]?.stream];
    expect([stream?.key, stream?.version, stream?.format, stream?.record]).toEqual([
      wanted?.key,
      wanted?.version,
      wanted?.format,
      wanted?.record,
    ]);
    const different = differentFields(await recordsOf(byHand, name, path), { made, byHand, name });
    expect(different).toEqual(missed.field);
    const all = Object.keys(byHand.syncs[name]?.map ?? {}).length;
    expect((all - different.length) / all).toBeGreaterThanOrEqual(0.8);
  });
});

async function recordsOf(project: Project, name: string, path: string): Promise<readonly SourceRecord[]> {
  const stream = project.syncs[name]?.stream;
  if (stream === undefined) throw new Error(`no sync ${name}`);
  const { records } = openInMemory(stream, await readFile(path), { whole: true });
  return [...records].flatMap((decoded) => (decoded.ok ? [decoded.record] : []));
}

/** Fields of the hand-written sync that the other one makes differently of more than one record in a hundred. */
function differentFields(
  records: readonly SourceRecord[],
  { made, byHand, name }: { readonly made: Project; readonly byHand: Project; readonly name: string },
): readonly string[] {
  const [a, b] = [byHand, made].map((project) => {
    const sync = project.syncs[name];
    if (sync === undefined) throw new Error(`no sync ${name}`);
    const transform = compileTransform(sync);
    return records.map((record): Fields => transform(record).fields);
  });
  return Object.keys(byHand.syncs[name]?.map ?? {}).filter((field) => {
    const equal = records.filter(
      (_record, at) => JSON.stringify(a?.[at]?.[field]) === JSON.stringify(b?.[at]?.[field]),
    );
    return equal.length < records.length * 0.99;
  });
}

/** A Chinese customer list as a spreadsheet saves it: GBK, a date in its name. */
async function writeCustomers(name: string, pack = (bytes: Buffer): Buffer => bytes): Promise<string> {
  const text = await readFile(join(import.meta.dirname, 'customers-gbk.csv'));
  await mkdir(join(dir, 'exports/erp'), { recursive: true });
  await writeFile(join(dir, 'exports/erp', name), pack(text));
  return join(dir, 'exports/erp', name);
}

describe('a folder without a project', () => {
  test('a Chinese list in GBK becomes a project with an object and a sync, which its records meet', async () => {
    const report = await json('--from', await writeCustomers('客户20261101.csv'));
    expect(report).toMatchObject({
      written: ['tributary.yaml', 'syncs/erp-customer.yaml'],
      object: 'customer',
      format: 'csv',
      encoding: { encoding: 'gb18030', by: 'guess' },
      records: 40,
      whole: true,
      key: [{ path: '客户编号' }, { path: '统一社会信用代码' }],
      version: [{ path: '最后修改时间' }],
      tried: { accepted: 40, rejected: 0, violations: [] },
    });
    const { objects, syncs } = await openProject(dir);
    const types = Object.entries(objects['customer']?.fields ?? {}).map(([field, { type }]) => `${field} ${type}`);
    expect(types).toEqual([
      'customer_no text',
      'name text',
      'mobile phone',
      'phone phone',
      'email email',
      'uscc text',
      'province text',
      'city text',
      'address text',
      'postal_code text',
      'department text',
      'employee_no text',
      'hired_on date',
      'credit_limit decimal',
      'status text',
    ]);
    expect(syncs['erp-customer']?.stream).toMatchObject({
      stream: '客户{date:yyyyMMdd}.csv',
      files: 'newest',
      encoding: 'gb18030',
    });
    const [first] = await recordsOf(await openProject(dir), 'erp-customer', join(dir, 'exports/erp/客户20261101.csv'));
    const sync = syncs['erp-customer'];
    expect(sync && first && compileTransform(sync)(first).fields).toMatchObject({
      customer_no: 'K00000',
      mobile: '+8613900000000',
      credit_limit: '100500.00',
      hired_on: '2021-03-01',
    });
  });

  test.each([
    ['in gzip', '客户.csv.gz', gzipSync],
    ['in UTF-16', '客户.csv', (gbk: Buffer) => Buffer.from(`\uFEFF${new TextDecoder('gbk').decode(gbk)}`, 'utf16le')],
  ])('the same %s', async (_how, name, pack) => {
    const report = await json('--from', await writeCustomers(name, pack));
    expect(report).toMatchObject({ records: 40, key: [{ path: '客户编号' }, {}], tried: { rejected: 0 } });
  });

  test('without a sample: a commented project that is right', async () => {
    const { code, stdout } = await run();
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('init --from FILE') });
    expect(await readdir(dir)).toEqual(['tributary.yaml']);
    expect((await openProject(dir)).objects).toEqual({});
  });

  test('only the first records are looked at when so asked, and that is said', async () => {
    const path = await writeCustomers('list.csv');
    const { stdout } = await run('--from', path, '--records', '7');
    expect(stdout).toContain('the first 7 records were looked at');
    expect(await readFile(join(dir, 'syncs/erp-list.yaml'), 'utf8')).toContain('the first 7 records were looked at');
  });

  test('--print writes nothing', async () => {
    const { stdout } = await run('--from', await writeCustomers('list.csv'), '--print');
    expect(await readdir(dir)).toEqual(['exports']);
    expect(stdout).toMatch(/^# tributary\.yaml\n[^]*\n---\n# syncs\/erp-list\.yaml\n/);
  });
});

describe('nothing is overwritten, and every refusal says what to do', () => {
  test('a project that is there', async () => {
    await writeFile(join(dir, 'tributary.yaml'), 'project: mine');
    expect(await run()).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining('--from FILE adds a sync') });
    expect(await readFile(join(dir, 'tributary.yaml'), 'utf8')).toBe('project: mine');
  });

  test('a sync that is there', async () => {
    const path = await writeCustomers('list.csv');
    await run('--from', path);
    const before = await readFile(join(dir, 'syncs/erp-list.yaml'));
    expect(await run('--from', path)).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('another name with --name'),
    });
    expect(await readFile(join(dir, 'syncs/erp-list.yaml'))).toEqual(before);
  });

  test.each([
    ['a file that is not there', 'nothing.csv', null, 'there is no file'],
    ['an empty file', 'a.csv', '', 'source.empty'],
    ['a header alone', 'a.csv', 'id,name\n', 'no record that can be read as csv'],
    ['a zip archive', 'a.zip', 'PK\u0003\u0004', 'unpack one of its files first'],
    ['JSON without a list of objects', 'a.json', '{"a":[1,2]}', 'nothing that could be the records'],
    ['XML with nothing but values', 'a.xml', '<a/>', 'nothing that could be the records'],
    ['records that no column tells apart', 'a.csv', 'a,b\n1,2\n1,2\n1,3\n', 'key: [a, b]'],
  ])('%s', async (_what, name, text, says) => {
    if (text !== null) await writeFile(join(dir, name), text);
    const { code, stdout, stderr } = await run('--from', join(dir, name));
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: expect.stringContaining(says) });
    expect(code).not.toBe(0);
    expect((await readdir(dir)).filter((found) => found !== name)).toEqual([]);
  });

  test('a file in a folder that no connection has', async () => {
    await cp(join(EXAMPLE, 'tributary.yaml'), join(dir, 'tributary.yaml'));
    await mkdir(join(dir, 'other'));
    await writeFile(join(dir, 'other/a.csv'), 'id,name\n1,a\n2,b\n');
    const { code, stderr } = await run('--from', join(dir, 'other/a.csv'));
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('add `other: { kind: file, path: ./other }`'),
    });
  });

  test('a name that cannot be one', async () => {
    const { code, stderr } = await run('--from', await writeCustomers('list.csv'), '--name', 'My Sync');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('--name: expected lower-case letters'),
    });
  });

  test('an object that there is not', async () => {
    for (const name of ['tributary.yaml', 'exports'])
      await cp(join(EXAMPLE, name), join(dir, name), { recursive: true });
    const { code, stderr } = await run('--from', join(dir, 'exports/hr/employees.json'), '--object', 'person');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('(owner, account, contact, sales_order)'),
    });
  });
});

test('no datum of a record stands in what is written, but for values that are codes', async () => {
  await mkdir(join(dir, 'crm'));
  const rows = Array.from(
    { length: 30 },
    (_, at) => `${at + 1000},Nobody ${at},nobody${at}@example.com,${at % 2 === 0 ? 'A' : 'B'}`,
  );
  await writeFile(join(dir, 'crm/a.csv'), `id,name,email,status\n${rows.join('\n')}\n`);
  const { stdout } = await run('--from', join(dir, 'crm/a.csv'), '--print');
  expect(stdout).not.toMatch(/Nobody|nobody\d|\b10\d\d\b/);
  expect(stdout).toContain('2 different values: A (15), B (15)');
});
