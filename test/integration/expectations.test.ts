// A read that is not like those before it waits at the gate before anything is written.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { crmDigest } from '../support/crm.ts';
import { type Json, startProject, type TestProject } from '../support/project.ts';

const EXPORT = 'exports/hr/employees.json';
let project: TestProject;
let whole: Json;
let versions = 0;

const write = (employees: readonly Json[]): void =>
  project.write(EXPORT, JSON.stringify({ ...whole, data: { ...whole.data, employees } }));
const run = (): ReturnType<TestProject['run']> => project.run(['run', 'hr-employees']);
/** Enough records to say something of a share. */
const staff = (given: string, change: (employee: Json, index: number) => void = () => {}): Json[] => {
  versions++;
  return Array.from({ length: 80 }, (_none, index) => {
    const employee = structuredClone(whole.data.employees[0]);
    employee.employee_no = `X-${1000 + index}`;
    employee.name.given = given;
    employee.updated_at = `2026-11-17T00:00:${String(versions).padStart(2, '0')}+08:00`;
    employee.contact.email = `x${index}@example.com`;
    change(employee, index);
    return employee;
  });
};

beforeAll(async () => {
  project = await startProject();
  whole = JSON.parse(project.read(EXPORT));
  write(staff('Old'));
  const first = await run();
  expect(first.json).toMatchObject({ outcome: 'delivered', quarantined: 0 });
});

afterAll(() => project?.stop());

async function waits(): Promise<{ readonly id: string; readonly tripped: readonly string[] }> {
  const { code, json } = await run();
  expect({ code, waiting: json?.waiting }).toEqual({ code: 4, waiting: 'gate' });
  return { id: json.run, tripped: json.gate.tripped };
}

it('a column that is empty all at once', async () => {
  const before = await crmDigest(project);
  write(
    staff('New', ({ contact }, index) => {
      if (index < 30) contact.phone = null;
    }),
  );
  const { id, tripped } = await waits();
  expect(tripped).toContainEqual('contact.phone is empty in 38 % of the records, 0 % before');
  await project.run(['gate', 'reject', id]);
  expect(await crmDigest(project)).toEqual(before);
});

it('a mapped column that is missing; approved, it is how things are from then on', async () => {
  const renamed = (given: string): Json[] =>
    staff(given, ({ contact }) => {
      contact.handy = contact.phone;
      delete contact.phone;
    });
  write(renamed('Newer'));
  const { id, tripped } = await waits();
  expect(tripped).toContainEqual('contact.phone is missing');
  await project.run(['gate', 'approve', id]);
  const ended = await project.store('select outcome, notices::text from run where id = $1', [id]);
  expect(ended).toEqual([{ outcome: 'delivered', notices: expect.stringContaining('contact.handy is new') }]);
  write(renamed('Newest'));
  expect((await run()).json).toMatchObject({ outcome: 'delivered' });
});

it('far fewer records than in the last reads', async () => {
  write(staff('Left').slice(0, 30));
  const { id, tripped } = await waits();
  expect(tripped).toContainEqual(expect.stringMatching(/^30 records were read; the last 3 reads had 80 in the middle/));
  await project.run(['gate', 'reject', id]);
});
