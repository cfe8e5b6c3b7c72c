// Functions of the project in a real run: results, violations, a change of the file, and a function that hangs.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { startProject, type TestProject } from '../support/project.ts';

const FUNCTIONS = `export function office(title: string): string {
  if (title === '实习生') throw new Error('interns are no contacts');
  return title + '@A';
}
`;

let project: TestProject;

beforeAll(async () => {
  project = await startProject({
    prepare: (files) => {
      files.write('functions.ts', FUNCTIONS);
      files.edit(
        'syncs/oa-contacts.yaml',
        'title: { from: 职务, apply: [trim] }',
        'title: { from: 职务, apply: [trim, my.office] }',
      );
      files.write('tributary.yaml', `${files.read('tributary.yaml')}\nfunctions: { timeout: 500ms }\n`);
    },
  });
  await project.run(['run', 'hr-employees']);
  await project.run(['run', 'erp-customers']);
});

afterAll(() => project?.stop());

const titles = (like: string) =>
  project.crm('select count(*)::integer as n from crm.contact where title like $1', [like]).then(([row]) => row?.['n']);

it('maps what they give, and rejects what they refuse', async () => {
  const { code, json } = await project.run(['run', 'oa-contacts']);
  const refused = await project.store(`select violations from quarantine where violations::text like '%my.office%'`);
  expect({ code, quarantined: json.quarantined }).toEqual({ code: 0, quarantined: 10 + refused.length });
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]?.['violations']).toContainEqual({
    rule: 'my.office',
    field: 'title',
    value: '实习生',
    message: 'interns are no contacts',
  });
  expect(await titles('%@A')).toBeGreaterThan(200);
});

it('knows every record again as long as the file is the same', async () => {
  const { json } = await project.run(['run', 'oa-contacts', '--reread']);
  expect(json).toMatchObject({ updated: 0, created: 0 });
  expect(json.unchanged).toBeGreaterThan(250);
});

it('reads every record anew when the file has changed; one that hangs is rejected', async () => {
  project.write(
    'functions.ts',
    FUNCTIONS.replace("'@A'", "'@B'").replace('if (', "if (title === '财务主管') for (;;);\n  if ("),
  );
  const { code, json } = await project.run(['run', 'oa-contacts']);
  // So many are rejected now that the run waits for a decision.
  expect(code).toBe(4);
  const late = await project.store(
    `select count(*)::integer as n from quarantine where violations::text like '%took longer than 0.5 s%'`,
  );
  expect(late[0]?.['n']).toBeGreaterThan(0);
  const { json: delivered } = await project.run(['gate', 'approve', json.run]);
  expect(delivered).toMatchObject({ outcome: 'delivered', unchanged: 0 });
  // What hangs keeps what it had; all others have the new title.
  expect(await titles('%@A')).toBe(await titles('财务主管@A'));
  expect(await titles('%@B')).toBeGreaterThan(200);
});
