// A sync whose CRM is a file: the example's address book (CSV, GB18030) becomes people.csv.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Json, startProject, type TestProject } from '../support/project.ts';

const CONNECTION = `
  files: { kind: file, path: ./people, tables: { person: { file: people.csv } } }
objects:
  person:
    destination: files
    fields:
      number: { type: text, strong: true, required: true }
      name: { type: text, required: true }
      email: { type: email, conflict: crm }
      phone: { type: phone }
      verified_at: { type: datetime }
    match: [number]
    gate: { first_run: auto }
`;
const SYNC = `sync: oa-people
from: { connection: oa, stream: 通讯录.csv, format: csv, encoding: gb18030, key: 编号, version: 更新时间, complete: trust }
to: person
map:
  number: 编号
  name: { from: 姓名, apply: [trim, squash] }
  email: { from: 邮箱, apply: [nfkc, trim, lower] }
  phone: { from: 手机, apply: [halfwidth, { phone: { region: CN } }] }
  verified_at: { from: 更新时间, apply: [{ datetime: { format: 'yyyy-MM-dd HH:mm', zone: Asia/Shanghai } }] }
check:
  - { field: email, email: true, else: reject }
`;

let project: TestProject;
let first: Json;

const path = (): string => project.path('people/people.csv');
const people = (): readonly Readonly<Record<string, string>>[] =>
  parse(readFileSync(path(), 'utf8'), { columns: true });
const run = async (): Promise<Json> => (await project.run(['run', 'oa-people'])).json;

beforeAll(async () => {
  project = await startProject({
    prepare: (files) => {
      files.edit('tributary.yaml', '\nobjects:\n', CONNECTION);
      files.write('syncs/oa-people.yaml', SYNC);
    },
  });
  first = await run();
});

afterAll(() => project?.stop());

it('a run makes the file, whole, with every accepted record', async () => {
  expect(first).toMatchObject({ outcome: 'delivered', read: 304 });
  expect(first.created).toBe(first.accepted);
  const rows = people();
  expect(Object.keys(rows[0] ?? {})).toEqual(['id', 'number', 'name', 'email', 'phone', 'verified_at']);
  expect(new Set(rows.map((row) => row['number'])).size).toBe(first.created);
  const golden = parse((await project.runForPeople(['export', 'person', '--format', 'csv'])).stdout, { columns: true });
  expect(rows).toEqual(
    golden.map(({ _id: id, _state: _s, '_keys.oa-people': _k, ...fields }: Record<string, string>) => ({
      id,
      ...fields,
    })),
  );
  expect(readdirSync(project.path('people'))).toEqual(['people.csv']);
});

it('check counts the file, and leaves no trace', async () => {
  const before = readFileSync(path(), 'utf8');
  const { json } = await project.run(['check']);
  expect(json.findings).toContainEqual(
    expect.objectContaining({ what: expect.stringContaining('files'), ok: true, says: 'people: 1 of 1 files (csv)' }),
  );
  expect(readFileSync(path(), 'utf8')).toBe(before);
});

it('a second run changes nothing, and does not even touch the file', async () => {
  const before = readFileSync(path(), 'utf8');
  expect(await run()).toMatchObject({ outcome: 'unchanged', created: 0, updated: 0 });
  expect(readFileSync(path(), 'utf8')).toBe(before);
});

it('what a person types into the file is the CRM’s: the policy of the field decides, and explain shows it', async () => {
  const [one] = people();
  const { number = '', email = '', name = '' } = one ?? {};
  const text = readFileSync(path(), 'utf8');
  writeFileSync(path(), text.replace(email, 'by.hand@example.com').replace(name, 'By Hand'));
  // The bytes of an e-mail address are the same in every encoding.
  const source = readFileSync(project.path('exports/oa/通讯录.csv'), 'latin1');
  expect(source.split(email)).toHaveLength(2);
  project.write('exports/oa/通讯录.csv', Buffer.from(source.replace(email, 'by.source@example.com'), 'latin1'));
  expect(await run()).toMatchObject({ outcome: 'unchanged', conflicts: 1 });
  expect(people()[0]).toEqual({ ...one, email: 'by.hand@example.com', name: 'By Hand' });
  const { json } = await project.run(['explain', 'person', number]);
  expect(json.fields).toContainEqual(expect.objectContaining({ field: 'name', now: 'By Hand', base: name }));
  expect(json.fields).toContainEqual(
    expect.objectContaining({
      field: 'email',
      now: 'by.hand@example.com',
      resolved: expect.objectContaining({ value: 'by.source@example.com' }),
    }),
  );
});

it('a file that is gone is written again', async () => {
  const before = people();
  rmSync(path());
  expect(await run()).toMatchObject({ outcome: 'unchanged' });
  expect(people()).toEqual(before);
});

it('an undo takes its records out of the file, but the one that a person changed; an undo of the undo brings them back', async () => {
  const before = people();
  const undone = (await project.run(['undo', first.run])).json;
  expect(undone).toMatchObject({ outcome: 'delivered', deleted: first.created - 1 });
  expect(people()).toEqual(before.slice(0, 1));
  expect((await project.run(['undo', undone.run])).json).toMatchObject({
    outcome: 'delivered',
    created: first.created - 1,
  });
  expect(people()).toEqual(before);
});

it('a file that cannot be understood pauses the run, and nothing is lost when it goes on', async () => {
  const before = people();
  writeFileSync(path(), `${readFileSync(path(), 'utf8')}half a li`);
  const paused = await project.run(['run', 'oa-people']);
  expect(paused).toMatchObject({ code: 1, json: { waiting: 'paused' } });
  expect(paused.json.message ?? paused.stderr).toContain('people/people.csv');
  rmSync(path());
  await project.run(['resume', 'oa-people']);
  await project.run(['status', paused.json.run, '--follow']);
  expect(people()).toEqual(before);
});
