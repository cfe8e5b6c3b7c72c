// Deletes that nobody said: a record is ended only when two whole exports in a row do not hold it.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { crmDigest } from '../support/crm.ts';
import { type Json, startProject, type TestProject } from '../support/project.ts';

const EXPORT = 'exports/erp/customers-2026-11.xml';

let project: TestProject;
let whole: string;

beforeAll(async () => {
  project = await startProject();
  whole = project.read(EXPORT);
  await project.run(['run', 'hr-employees']);
  await project.run(['run', 'erp-customers']);
});

afterAll(() => project?.stop());

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
  expect(await runWith(without('C-10001', 'C-10176'))).toEqual({ ...NOTHING, read: 404, outcome: 'delivered', deleted: 1 });
  expect(await account('C-10001')).toEqual({ ...before, status: 'inactive' });
});

it('it is ended once', async () => {
  const before = await crmDigest(project);
  expect(await runWith(without('C-10001', 'C-10176'))).toEqual({ ...NOTHING, read: 404 });
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
