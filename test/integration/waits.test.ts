// A child waits for its parent: an account for its owner, an order for its account; each follows by itself.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Json, startProject, type TestProject } from '../support/project.ts';

let project: TestProject;

beforeAll(async () => {
  project = await startProject();
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
  expect(json).toMatchObject({ outcome: 'delivered', read: 406, unchanged: 384, accepted: 0, created: 2, updated: 0 });
  expect(await ofOwner()).toEqual([
    { account: 'C-10229', owner: 'E-0031' },
    { account: 'C-10344', owner: 'E-0031' },
  ]);
  expect((await waiting('erp-customers')).map(({ key }: Json) => key)).toEqual(['C-10183', 'C-10290', 'C-10322']);
});

it('then the order of such an account', async () => {
  const { json } = await project.run(['run', 'erp-orders']);
  expect(json).toMatchObject({ outcome: 'delivered', read: 604, unchanged: 584, accepted: 0, created: 1, updated: 0 });
  const orders = await project.crm(
    `select order_no, external_id as account from crm.sales_order s join crm.account a on a.id = s.account_id
     where order_no = 'SO-30415'`,
  );
  expect(orders).toEqual([{ order_no: 'SO-30415', account: 'C-10229' }]);
  expect(await waiting('erp-orders')).toHaveLength(7);
});

it('and nothing is left to do', async () => {
  for (const sync of ['hr-employees', 'erp-customers', 'erp-orders']) {
    expect((await project.run(['run', sync])).json).toMatchObject({ outcome: 'unchanged', created: 0, updated: 0 });
  }
});
