// Undo: a delivered run is taken back without touching what others changed since.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { changedColumns, crmContent, crmDigest, rememberCrm } from '../support/crm.ts';
import { type Json, startProject, type TestProject } from '../support/project.ts';

let project: TestProject;
let before: Json;
let after: Json;
let run: string;

beforeAll(async () => {
  project = await startProject();
  await project.run(['run', 'hr-employees']);
  before = await crmContent(project);
  await rememberCrm(project);
  const { json } = await project.run(['run', 'erp-customers']);
  ({ run } = json);
  after = await crmContent(project);
});

afterAll(() => project?.stop());

interface Brief {
  readonly code: number | null;
  readonly outcome: string;
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  readonly kept: Json;
}

async function undo(of: string, ...options: string[]): Promise<Brief & { readonly run: string }> {
  const { code, json } = await project.run(['undo', of, ...options]);
  const { run: id, outcome, created, updated, deleted } = json;
  const kept = json.kept?.map((entry: Json) => ({
    key: entry.key,
    why: entry.reason ?? null,
    fields: entry.kept ?? {},
  }));
  return { run: id, code, outcome, created, updated, deleted, kept };
}

let undone: string;

it('a dry run of the undo says what it would take back and touches nothing', async () => {
  const digest = await crmDigest(project);
  const { run: _run, ...said } = await undo(run, '--dry-run');
  expect(said).toEqual({ code: 0, outcome: 'dry_run', created: 0, updated: 66, deleted: 205, kept: [] });
  expect(await crmDigest(project)).toEqual(digest);
});

it('undo gives the CRM its earlier content', async () => {
  const { run: id, ...said } = await undo(run);
  undone = id;
  expect(said).toEqual({ code: 0, outcome: 'delivered', created: 0, updated: 66, deleted: 205, kept: [] });
  expect(await crmContent(project)).toEqual(before);
});

it('a second undo changes nothing more', async () => {
  const digest = await crmDigest(project, ['updated_at']);
  const { run: _run, kept, ...said } = await undo(run);
  expect(said).toEqual({ code: 0, outcome: 'unchanged', created: 0, updated: 0, deleted: 0 });
  // What the first undo has put back is not what the run wrote: it is named as the one who changed it.
  const changers = kept.flatMap((entry: Json) => Object.values<Json>(entry.fields).map(({ by }) => by));
  expect({ records: kept.length, by: [...new Set(changers)] }).toEqual({ records: 66, by: [undone] });
  const { tributary_delivery: _ours, ...tables } = await crmDigest(project, ['updated_at']);
  const { tributary_delivery: _theirs, ...earlier } = digest;
  expect(tables).toEqual(earlier);
});

it('the next runs do not write the undone values again', async () => {
  for (const outcome of ['unchanged', 'unchanged']) {
    const { json } = await project.run(['run', 'erp-customers', '--reread']);
    expect(json).toMatchObject({ outcome, read: 406, created: 0, updated: 0, deleted: 0 });
  }
  expect(await crmContent(project)).toEqual(before);
});

it('an undo of the undo brings every value back, under the ids there were', async () => {
  const { run: _run, ...said } = await undo(undone);
  expect(said).toEqual({ code: 0, outcome: 'delivered', created: 205, updated: 66, deleted: 0, kept: [] });
  expect(await crmContent(project)).toEqual(after);
  const { json } = await project.run(['run', 'erp-customers']);
  expect(json).toMatchObject({ outcome: 'unchanged', created: 0, updated: 0, deleted: 0 });
  expect(await crmContent(project)).toEqual(after);
});

it('what somebody changed since is kept and listed, and what others refer to is deactivated', async () => {
  await project.crm(`update crm.account set credit_limit = 1 where id = 117`);
  await project.crm(`update crm.account set street = 'Changed 1' where id = 107`);
  await project.crm(`update crm.account set notes = 'called today' where external_id = 'C-10176'`);
  await project.crm(
    `insert into crm.contact (name, account_id) select 'New Person', id from crm.account where external_id = 'C-10178'`,
  );
  const { run: _run, ...said } = await undo(run);
  expect(said).toEqual({
    code: 0,
    outcome: 'delivered',
    created: 0,
    updated: 65,
    deleted: 205,
    kept: [
      { key: 'C-10107', why: null, fields: { street: { ours: expect.any(String), now: 'Changed 1', by: null } } },
      { key: 'C-10117', why: null, fields: { credit_limit: { ours: expect.any(String), now: '1', by: null } } },
      {
        key: 'C-10176',
        why: 'others changed the record since',
        fields: { notes: { ours: 'Delivers on Tuesdays only', now: 'called today', by: null } },
      },
      { key: 'C-10178', why: 'other records refer to it', fields: {} },
    ],
  });
  expect(await changedColumns(project, 'account')).toEqual({ street: '107', credit_limit: '117' });
  const left = await project.crm('select external_id, status, notes from crm.account where id > 200 order by 1');
  expect(left).toEqual([
    { external_id: 'C-10176', status: 'inactive', notes: 'called today' },
    { external_id: 'C-10178', status: 'inactive', notes: null },
  ]);
});

it('only a run that wrote can be undone', async () => {
  const { json } = await project.run(['run', 'hr-employees', '--dry-run']);
  const refused = await project.run(['undo', json.run]);
  expect({ code: refused.code, error: refused.error?.code }).toEqual({ code: 2, error: 'run.not_delivered' });
  const unknown = await project.run(['undo', 'no-such-run']);
  expect({ code: unknown.code, error: unknown.error?.code }).toEqual({ code: 2, error: 'run.not_found' });
});
