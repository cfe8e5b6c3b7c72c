// The example company, end to end and twice: what examples/company/README.md promises, record by record.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changedColumns, CONTENT, crmDigest, rememberCrm, writeCounts } from '../support/crm.ts';
import { golden } from '../support/golden.ts';
import { type CliResult, type Json, startProject, SYNCS, type TestProject } from '../support/project.ts';

let project: TestProject;
const first = new Map<string, CliResult>();

beforeAll(async () => {
  project = await startProject();
  await rememberCrm(project);
  for (const sync of SYNCS) first.set(sync, await project.run(['run', sync]));
});

afterAll(() => project?.stop());

type Numbers = readonly [
  read: number,
  unchanged: number,
  accepted: number,
  quarantined: number,
  duplicates: number,
  created: number,
  updated: number,
  deleted: number,
  conflicts: number,
];

function summary(sync: string, outcome: string, numbers: Numbers): Json {
  const [read, unchanged, accepted, quarantined, duplicates, created, updated, deleted, conflicts] = numbers;
  const run = expect.stringMatching(new RegExp(String.raw`^${sync}-\d{8}T\d{6}-[0-9a-f]{4}$`));
  const counts = {
    read,
    unchanged,
    accepted,
    quarantined,
    duplicates,
    filtered: 0,
    created,
    updated,
    deleted,
    conflicts,
  };
  return { sync, run, outcome, ...counts };
}

describe('the first run of every sync', () => {
  it.each<[string, Numbers]>([
    ['hr-employees', [41, 0, 38, 2, 1, 15, 9, 0, 3]],
    ['erp-customers', [406, 0, 384, 16, 6, 205, 66, 0, 48]],
    ['oa-contacts', [304, 0, 290, 10, 4, 201, 45, 0, 20]],
    ['erp-contacts', [406, 0, 392, 8, 6, 297, 40, 0, 0]],
    ['erp-orders', [604, 0, 584, 16, 4, 546, 10, 0, 10]],
  ])('%s prints exactly its counts, and they add up', (sync, numbers) => {
    const result = first.get(sync);
    expect(result?.json).toEqual(summary(sync, 'delivered', numbers));
    expect(result?.code).toBe(0);
    const { read, unchanged, accepted, quarantined, duplicates } = result?.json ?? {};
    expect(unchanged + accepted + quarantined + duplicates).toBe(read);
  });

  it('settles every accepted claim', async () => {
    const rows = await project.store(
      `select s.name as sync, r.counts -> 'outcomes' as outcomes from run r join sync s on s.no = r.sync_no order by r.no`,
    );
    const none = { applied: 0, no_change: 0, conflict: 0, review: 0, waiting: 0, parked: 0, held: 0 };
    expect(rows).toEqual([
      { sync: 'hr-employees', outcomes: { ...none, applied: 24, no_change: 14 } },
      {
        sync: 'erp-customers',
        outcomes: { ...none, applied: 271, no_change: 90, conflict: 14, review: 4, waiting: 5 },
      },
      { sync: 'oa-contacts', outcomes: { ...none, applied: 246, no_change: 40, waiting: 4 } },
      { sync: 'erp-contacts', outcomes: { ...none, applied: 337, no_change: 30, waiting: 25 } },
      { sync: 'erp-orders', outcomes: { ...none, applied: 556, no_change: 20, waiting: 8 } },
    ]);
  });

  it.each(Object.entries(CONTENT))('leaves in %s what the golden file holds', async (table, select) => {
    const content = await project.crmCsv(select);
    expect(content).toBe(golden(`example-company/${table}.csv`, content));
  });

  it('quarantines the bad records, each with its reasons', async () => {
    const { json } = await project.run(['quarantine', 'list', '--limit', '1000']);
    const records: readonly Json[] = json.records
      .map(({ sync, key, violations }: Json) => ({ sync, key, violations }))
      .toSorted((a: Json, b: Json) => (`${a.sync} ${a.key}` < `${b.sync} ${b.key}` ? -1 : 1));
    const content = `[\n${records.map((record) => `  ${JSON.stringify(record)}`).join(',\n')}\n]\n`;
    expect(content).toBe(golden('example-company/quarantine.json', content));
  });
});

describe('what the first run changed in records that the CRM had', () => {
  it.each([
    ['owner', { phone: '15-17', full_name: '18-20', employee_no: '21-23' }],
    [
      'account',
      {
        phone: '99-106',
        'city street': '107-116',
        credit_limit: '117-124',
        name: '131-134',
        owner_id: '135-138',
        status: '139-140',
        'email external_id': '141-146',
        'credit_limit external_id owner_id phone': '147-170',
      },
    ],
    [
      'contact',
      {
        title: '41-50',
        phone: '51-70',
        'account_id external_id phone': '71-85',
        'phone title verified_at': '86 90-91 95',
        'phone verified_at': '87-89 92-94',
      },
    ],
    ['sales_order', { status: '21-30' }],
  ])('%s: these fields of these records, and nothing else', async (table, changes) => {
    expect(await changedColumns(project, table)).toEqual(changes);
  });

  it('writes no owner, account or order more than once', async () => {
    const { owner, account, sales_order } = await writeCounts(project);
    expect({ owner, account, sales_order }).toEqual({
      owner: { 0: 16, 1: 24 },
      account: { 0: 134, 1: 271 },
      sales_order: { 0: 20, 1: 556 },
    });
  });

  it('takes each field of a contact from the source that has the say', async () => {
    const oa = oaContacts(project);
    const erp = erpContacts(project);
    const rows = await project.crm(
      `select external_id as id, name, phone, title from crm.contact where external_id between 'OA-20001' and 'OA-20060'`,
    );
    const expected = rows.map(({ id, phone }) => {
      const number = Number(String(id).slice(-2));
      const name = (number <= 30 ? oa.get(id)?.name : erp.get(`C-100${String(number).padStart(2, '0')}`)) ?? '';
      return { id, name: name.replaceAll('"', '').trim(), phone, title: oa.get(id)?.title };
    });
    expect(rows).toEqual(expected);
    expect(rows).toHaveLength(60);
    const phones = rows.map(({ id, phone }) => ({ id, phone }));
    expect(phones).toEqual(rows.map(({ id }) => ({ id, phone: e164(oa.get(id)?.phone ?? '') })));
  });
});

describe('the second run of every sync', () => {
  it.each<[string, Numbers]>([
    ['hr-employees', [41, 38, 0, 2, 1, 0, 0, 0, 0]],
    ['erp-customers', [406, 384, 0, 16, 6, 0, 0, 0, 0]],
    ['oa-contacts', [304, 290, 0, 10, 4, 0, 0, 0, 0]],
    ['erp-contacts', [406, 392, 0, 8, 6, 0, 0, 0, 0]],
    ['erp-orders', [604, 584, 0, 16, 4, 0, 0, 0, 0]],
  ])('%s finds everything unchanged and writes nothing', async (sync, numbers) => {
    const before = await crmDigest(project);
    const { code, json } = await project.run(['run', sync, '--reread']);
    expect(json).toEqual(summary(sync, 'unchanged', numbers));
    expect(code).toBe(0);
    expect(await crmDigest(project)).toEqual(before);
  });

  it('has nothing to read, and says so', async () => {
    const { json } = await project.run(['run', 'erp-orders']);
    expect(json).toEqual(summary('erp-orders', 'unchanged', [0, 0, 0, 0, 0, 0, 0, 0, 0]));
    const { json: status } = await project.run(['status', json.run]);
    expect(status.notes).toEqual([
      expect.stringMatching(/^same files as run erp-orders-\w+-\w+: nothing to read$/),
      'orders-2026-11.csv: 46.1 kB, utf-8 (guessed)',
    ]);
  });
});

/** Names, phones and titles of the address book, read here by other means than the product's. */
function oaContacts(of: TestProject): ReadonlyMap<string, { name: string; phone: string; title: string }> {
  const text = new TextDecoder('gb18030').decode(readFileSync(of.path('exports/oa/通讯录.csv')));
  const [header = '', ...lines] = text.trim().split(/\r?\n/);
  const names = header.split(',');
  const at = (row: readonly string[], name: string): string => row[names.indexOf(name)] ?? '';
  return new Map(
    lines.map((line) => {
      const row = line.split(',');
      return [at(row, '编号'), { name: at(row, '姓名'), phone: at(row, '手机'), title: at(row, '职务') }];
    }),
  );
}

/** Names of the contact persons, by customer. */
function erpContacts(of: TestProject): ReadonlyMap<string, string> {
  const xml = of.read('exports/erp/customers-2026-11.xml');
  const persons = xml.matchAll(/<customer id="(C-\d+)"[\s\S]*?<contact>\s*<name>([^<]*)<\/name>/g);
  return new Map([...persons].map(([, id = '', name = '']) => [id, name]));
}

function e164(phone: string): string {
  const digits = phone.normalize('NFKC').replaceAll(/[^\d+]/g, '');
  return digits.startsWith('+') ? digits : `+86${digits.replace(/^0/, '')}`;
}
