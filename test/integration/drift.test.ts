// Drift: the CRM is compared with what the sources last said; what may be put right is, by a run that can be undone.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { crmContent } from '../support/crm.ts';
import { type Json, startProject, type TestProject } from '../support/project.ts';

let project: TestProject;
let clean: Json;
let [street, notes, gone]: readonly (number | undefined)[] = [];

beforeAll(async () => {
  project = await startProject();
  await project.run(['run', 'hr-employees']);
  await project.run(['run', 'erp-customers']);
  clean = await found();
});

afterAll(() => project?.stop());

async function found(...options: string[]): Promise<Json> {
  const { code, json } = await project.run(['drift', 'erp-customers', ...options]);
  return { code, ...json };
}

it('after a run nothing is missing, and what differs is what policies keep', () => {
  const { code, object, compared, same, differing, missing, held } = clean;
  expect({ code, object, missing, held, sum: same + differing }).toEqual({
    code: 0,
    object: 'account',
    missing: 0,
    held: 0,
    sum: compared,
  });
  for (const counts of Object.values<Json>(clean.fields)) expect(counts).toMatchObject({ crm_changed: 0, held: 0 });
});

/** Of the records that ERP has created and nobody refers to: one, one whose notes it gave, and another. */
async function created(): Promise<readonly number[]> {
  const [noted] = await project.crm(
    'select id from crm.account where id > 200 and notes is not null order by id limit 1',
  );
  const others = await project.crm('select id from crm.account where id > 200 and notes is null order by id limit 2');
  return [others[0], noted, others[1]].map((row) => Number(row?.['id']));
}

it('what people change in the CRM is counted by field, and found again in the lines', async () => {
  [street, notes, gone] = await created();
  await project.crm('update crm.account set street = $2 where id = $1', [street, 'Changed 1']);
  await project.crm('update crm.account set notes = $2 where id = $1', [notes, 'called today']);
  await project.crm('delete from crm.account where id = $1', [gone]);
  await project.crm("insert into crm.account (name) values ('Nobody knows it')");
  const now = await found('--check');
  expect(now).toMatchObject({ code: 1, compared: clean.compared, missing: 1, extra: clean.extra + 1 });
  expect(now.differing).toBe(clean.differing + 2);
  expect(now.repairable).toBe(clean.repairable + 1);
  expect(now.fields.street.crm_changed).toBe(1);
  expect(now.fields.notes).toMatchObject({ crm_changed: 1, repairable: 0 });
  const { stdout } = await project.runForPeople(['drift', 'erp-customers', '--lines']);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((text): Json => JSON.parse(text));
  expect(lines.find((line) => line.kind === 'missing')).toMatchObject({ crm_id: String(gone) });
  expect(lines.find((line) => line.crm_id === String(street))).toMatchObject({
    kind: 'differs',
    fields: { street: { kind: 'crm_changed', crm: 'Changed 1', source: expect.any(String), repairable: true } },
  });
  expect(lines.filter((line) => line.kind === 'extra')).toHaveLength(now.extra);
});

it('a repair puts right what the policies give to the sources, and no more; its undo takes that back', async () => {
  const before = await crmContent(project);
  const dry = await project.run(['drift', 'erp-customers', '--repair', '--dry-run']);
  expect(await crmContent(project)).toEqual(before);
  const repaired = await project.run(['drift', 'erp-customers', '--repair']);
  expect(repaired.json).toMatchObject({ outcome: 'delivered', created: 0, deleted: 0, updated: dry.json.updated });
  const [first] = await project.crm('select street from crm.account where id = $1', [street]);
  expect(first?.['street']).not.toBe('Changed 1');
  expect(await project.crm('select notes from crm.account where id = $1', [notes])).toEqual([
    { notes: 'called today' },
  ]);
  expect(await found()).toMatchObject({ missing: 1, repairable: 0 });
  const undone = await project.run(['undo', repaired.json.run]);
  expect(undone.json).toMatchObject({ outcome: 'delivered', updated: repaired.json.updated });
  expect(await crmContent(project)).toEqual(before);
});
