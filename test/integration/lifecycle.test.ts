// Over several runs: a child waits for its parent and follows by itself; a record that is missing twice is ended.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crmDigest } from '../support/crm.ts';
import { type Json, startProject, type TestProject } from '../support/project.ts';

const EXPORT = 'exports/erp/customers-2026-11.xml';

let project: TestProject;
let whole: string;

beforeAll(async () => {
  project = await startProject();
  whole = project.read(EXPORT);
  for (const sync of ['hr-employees', 'erp-customers', 'erp-orders']) await project.run(['run', sync]);
});

afterAll(() => project?.stop());

const waiting = async (sync: string): Promise<Json> =>
  project.store(
    `select key, reason from crosswalk c join sync s on s.no = c.sync_no
     where s.name = $1 and state = 'waiting' order by key collate "C"`,
    [sync],
  );

const ofOwner = (): Promise<Json> =>
  project.crm(
    `select a.external_id as account, o.employee_no as owner from crm.account a join crm.owner o on o.id = a.owner_id
     where a.external_id in ('C-10229', 'C-10344') order by 1`,
  );

describe('an account without its owner, and the order of that account', () => {
  it('they wait, each with its reason', async () => {
    const reason = 'no owner with this employee_no yet (owner)';
    expect(await waiting('erp-customers')).toEqual(
      ['C-10183', 'C-10229', 'C-10290', 'C-10322', 'C-10344'].map((key) => ({ key, reason })),
    );
    expect(await waiting('erp-orders')).toContainEqual({
      key: 'SO-30415',
      reason: 'no account with this external_id yet (account)',
    });
    expect(await ofOwner()).toEqual([]);
  });

  it('the owner comes, corrected in the HR export', async () => {
    project.edit('exports/hr/employees.json', '"not yet assigned"', '"anouk.isenmoor@example.com"');
    project.edit('exports/hr/employees.json', '"2026-10-02T09:18:00+08:00"', '"2026-11-20T09:00:00+08:00"');
    const { json } = await project.run(['run', 'hr-employees']);
    expect(json).toMatchObject({ outcome: 'delivered', accepted: 1, unchanged: 38, quarantined: 1, created: 1 });
    const { json: list } = await project.run(['quarantine', 'list', '--sync', 'hr-employees']);
    expect(list.records.map(({ key }: Json) => key)).toEqual(['E-0036']);
  });

  it('its accounts follow, though their export has not changed', async () => {
    const { json } = await project.run(['run', 'erp-customers']);
    expect(json).toMatchObject({
      outcome: 'delivered',
      read: 0,
      unchanged: 0,
      accepted: 0,
      created: 2,
      updated: 0,
    });
    expect(await ofOwner()).toEqual([
      { account: 'C-10229', owner: 'E-0031' },
      { account: 'C-10344', owner: 'E-0031' },
    ]);
    expect((await waiting('erp-customers')).map(({ key }: Json) => key)).toEqual(['C-10183', 'C-10290', 'C-10322']);
  });

  it('then the order of such an account', async () => {
    const { json } = await project.run(['run', 'erp-orders']);
    expect(json).toMatchObject({
      outcome: 'delivered',
      read: 0,
      unchanged: 0,
      accepted: 0,
      created: 1,
      updated: 0,
    });
    const orders = await project.crm(
      `select order_no, external_id as account from crm.sales_order s join crm.account a on a.id = s.account_id
       where order_no = 'SO-30415'`,
    );
    expect(orders).toEqual([{ order_no: 'SO-30415', account: 'C-10229' }]);
    expect(await waiting('erp-orders')).toHaveLength(7);
  });

  it('and nothing is left to do', async () => {
    const { json } = await project.run(['run', 'erp-orders']);
    expect(json).toMatchObject({ outcome: 'unchanged', created: 0, updated: 0 });
  });
});

/** The export without some customers. */
function without(...ids: readonly string[]): string {
  return ids.reduce((xml, id) => {
    const left = xml.replace(new RegExp(String.raw`\s*<customer id="${id}">[\s\S]*?</customer>`), '');
    if (left === xml) throw new Error(`there is no ${id} in the export`);
    return left;
  }, whole);
}

async function runWith(xml: string): Promise<Json> {
  project.write(EXPORT, xml);
  const { json } = await project.run(['run', 'erp-customers']);
  const { outcome, read, created, updated, deleted } = json;
  return { outcome, read, created, updated, deleted };
}

const account = async (id: string): Promise<Json> =>
  (await project.crm('select id, status, name from crm.account where external_id = $1', [id]))[0];

const NOTHING = { outcome: 'unchanged', created: 0, updated: 0, deleted: 0 };

describe('a customer that is missing from the export', () => {
  it('missing from one export, a customer stays as it is', async () => {
    const before = await crmDigest(project);
    expect(await runWith(without('C-10001', 'C-10176'))).toEqual({ ...NOTHING, read: 404 });
    expect(await crmDigest(project)).toEqual(before);
  });

  it('back in the next, its absence is forgotten', async () => {
    expect(await runWith(without('C-10176'))).toMatchObject({ read: 405, deleted: 1 });
    expect(await runWith(without('C-10001', 'C-10176'))).toEqual({ ...NOTHING, read: 404 });
    expect(await account('C-10001')).toEqual({ id: 1, status: 'prospect', name: 'Nordlicht Logistics GmbH' });
  });

  it('missing from two in a row, it is deactivated, and only that', async () => {
    expect(await account('C-10176')).toMatchObject({ status: 'inactive' });
    const before = await account('C-10001');
    expect(await runWith(without('C-10001', 'C-10176'))).toEqual({
      ...NOTHING,
      read: 404,
      outcome: 'delivered',
      deleted: 1,
    });
    expect(await account('C-10001')).toEqual({ ...before, status: 'inactive' });
  });

  it('it is ended once', async () => {
    const before = await crmDigest(project);
    // The same content again, and no absence that waits for it.
    expect(await runWith(without('C-10001', 'C-10176'))).toEqual({ ...NOTHING, read: 0 });
    const { json } = await project.run(['run', 'erp-customers', '--reread']);
    expect(json).toMatchObject({ ...NOTHING, read: 404 });
    expect(await crmDigest(project)).toEqual(before);
  });

  it('back with a newer version, the same CRM record is revived', async () => {
    const newer = whole.replace('2026-09-04T16:25:00Z', '2026-11-20T08:00:00Z');
    project.write(EXPORT, newer);
    const { json } = await project.run(['run', 'erp-customers']);
    expect(json).toMatchObject({ outcome: 'delivered', read: 406, created: 0, updated: 2, deleted: 0 });
    expect(await account('C-10001')).toEqual({ id: 1, status: 'prospect', name: 'Nordlicht Logistics GmbH' });
    expect(await account('C-10176')).toMatchObject({ status: 'active' });
  });

  it('an export without any customer ends nobody, however often it comes', async () => {
    const before = await crmDigest(project);
    const empty = whole.replace(/<customers>[\s\S]*<\/customers>/, '<customers>\n  </customers>');
    expect(await runWith(empty)).toEqual({ ...NOTHING, read: 0 });
    expect(await runWith(empty)).toEqual({ ...NOTHING, read: 0 });
    expect(await crmDigest(project)).toEqual(before);
  });

  it('a file cut in the middle ends nobody: the run waits for the rest', async () => {
    const before = await crmDigest(project);
    for (const _time of [1, 2]) {
      project.write(EXPORT, whole.slice(0, whole.length / 2));
      const { code, error } = await project.run(['run', 'erp-customers']);
      expect({ code, error: error?.code }).toEqual({ code: 1, error: 'source.truncated' });
    }
    expect(await runWith(whole)).toMatchObject({ read: 406, deleted: 0 });
    expect(await crmDigest(project)).toEqual(before);
  });
});
