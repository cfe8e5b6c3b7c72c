// Exports that lie: half written, cut, moved, damaged, or the same as before. Nothing wrong is delivered, and what is wrong is
// said in words that a person can act on.

import { rmSync, utimesSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Json, startProject, type TestProject } from '../support/project.ts';

const SYNC = `sync: staff
from:
  connection: hr
  stream: "staff-{date:yyyyMMdd}*"
  format: csv
  files: newest
  key: no
  settle: 1s
  complete: { trailer: "END|{count}" }
to: owner
map: { employee_no: no, name: name, phone: phone }
`;
const SINCE = `sync: phones
from: { connection: hr, stream: "phones-*.csv", files: since, key: no, records: partial, settle: 0s }
to: owner
map: { employee_no: no, name: name, phone: phone }
`;

let project: TestProject;

beforeAll(async () => {
  project = await startProject({
    prepare: (files) => {
      files.write('syncs/staff.yaml', SYNC);
      files.write('syncs/phones.yaml', SINCE);
      // What is deleted here is a large share of few.
      files.edit(
        'tributary.yaml',
        `deletes: { deactivate: { active: false } }
    # Limits of a run. Beyond them it waits for a person, before anything is written.
    # first_run: auto lets the first run of a sync go ahead; the default, approve, waits for your look at it.
    gate: { deletes: 5%, rejects: 10%,`,
        `deletes: { deactivate: { active: false } }
    gate: { deletes: 100%, rejects: 100%,`,
      );
    },
  });
});

afterAll(() => project?.stop());

const ROWS = ['S-1,Ann Smith,+8613900000001', 'S-2,Bo Li,+8613900000002', 'S-3,Cy Wu,+8613900000003'];
const staff = (rows: readonly string[], count = rows.length): string =>
  `no,name,phone\n${rows.map((row) => `${row}\n`).join('')}END|${count}\n`;

/** Writes an export whose time is long past, so that nobody waits for it. */
function put(name: string, content: string, minutesAgo = 10): void {
  project.write(`exports/hr/${name}`, content);
  const time = new Date(Date.now() - minutesAgo * 60_000);
  utimesSync(project.path(`exports/hr/${name}`), time, time);
}

const counts = ({ json }: { readonly json: Json }): Json => {
  const { outcome, read, unchanged, created, updated, deleted, quarantined } = json;
  return { outcome, read, unchanged, created, updated, deleted, quarantined };
};
const NOTHING = { outcome: 'unchanged', read: 0, unchanged: 0, created: 0, updated: 0, deleted: 0, quarantined: 0 };
const notesOf = async (run: string): Promise<readonly string[]> => (await project.run(['status', run])).json.notes;

describe('a snapshot that is proven by its trailer', () => {
  it('is read, and the run says how it was found', async () => {
    put('staff-20261101.csv', staff(ROWS));
    const first = await project.run(['run', 'staff']);
    expect(counts(first)).toEqual({ ...NOTHING, outcome: 'delivered', read: 3, created: 3 });
    expect(await notesOf(first.json.run)).toEqual([
      'staff-20261101.csv: 99 B, utf-8 (guessed), 3 records as its trailer says',
    ]);
  });

  it('that says another number stops the run before anything is read', async () => {
    put('staff-20261102.csv', staff(ROWS.slice(1), 3));
    const { code, error } = await project.run(['run', 'staff']);
    expect([code, error?.code, error?.message]).toEqual([
      1,
      'source.incomplete',
      'staff-20261102.csv has 2 records, but its trailer says 3',
    ]);
  });

  it('goes on with the right one, and counts who is missing once', async () => {
    put('staff-20261102.csv', staff(ROWS.slice(1)));
    expect(counts(await project.run(['run', 'staff']))).toEqual({ ...NOTHING, read: 2, unchanged: 2 });
  });

  it('the same file again is nothing to read, however often: it is no second snapshot', async () => {
    for (let turn = 0; turn < 2; turn++) {
      const again = await project.run(['run', 'staff']);
      expect(counts(again)).toEqual(NOTHING);
      expect((await notesOf(again.json.run))[0]).toMatch(/^same files as run staff-\w+-\w+: nothing to read$/);
    }
  });

  it('nor is it when it is read again, since the mapping was changed', async () => {
    project.edit('syncs/staff.yaml', 'name: name, phone: phone', 'name: { from: name, apply: [upper] }, phone: phone');
    expect(counts(await project.run(['run', 'staff']))).toMatchObject({
      read: 2,
      unchanged: 0,
      updated: 2,
      deleted: 0,
    });
  });

  it('the same content in a newer file is one: who is missing again is deactivated', async () => {
    put('staff-20261103.csv', staff(ROWS.slice(1)), 5);
    expect(counts(await project.run(['run', 'staff']))).toEqual({
      ...NOTHING,
      outcome: 'delivered',
      read: 2,
      unchanged: 2,
      deleted: 1,
    });
    expect(await project.crm(`select active from crm.owner where employee_no = 'S-1'`)).toEqual([{ active: false }]);
  });
});

describe('a file', () => {
  it('that is still being written is waited for, and the run says so', async () => {
    const text = staff([...ROWS, 'S-4,Di Xu,+8613900000004']);
    project.write('exports/hr/staff-20261104.csv', text.slice(0, 40));
    const running = project.runForPeople(['run', 'staff']);
    for (let length = 41; length < 60; length++) {
      await sleep(400);
      project.write('exports/hr/staff-20261104.csv', text.slice(0, length));
    }
    project.write('exports/hr/staff-20261104.csv', text);
    const { code, stderr, stdout } = await running;
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('staff-20261104.csv was written to a moment ago; waiting'),
    ]);
    expect(stdout).toMatch(/delivered +4 /);
  });

  it('whose header has moved is refused with the line on which it is', async () => {
    put('staff-20261105.csv', `Staff of November\n\n${staff(ROWS)}`);
    const { error } = await project.run(['run', 'staff']);
    expect([error?.code, error?.message]).toEqual([
      'source.header',
      'staff-20261105.csv: there is no column no, name, phone; the header with the columns is on line 3: set `csv.skip_lines: 2`',
    ]);
    project.edit('syncs/staff.yaml', '  key: no\n', '  key: no\n  csv: { skip_lines: 2 }\n');
    expect(counts(await project.run(['run', 'staff']))).toMatchObject({ read: 3, updated: 0, created: 0 });
  });

  it('with a damaged key quarantines that record, and then nobody counts as missing', async () => {
    put('staff-20261106.csv', `Staff\n\n${staff(['1.10105E+17,Ann Smith,+8613900000001', ...ROWS.slice(2)])}`);
    expect(counts(await project.run(['run', 'staff']))).toMatchObject({ read: 2, quarantined: 1, deleted: 0 });
    put('staff-20261107.csv', `Staff\n\n${staff(['1.10105E+17,Ann Smith,+8613900000001', ...ROWS.slice(2)])}`);
    expect(counts(await project.run(['run', 'staff']))).toMatchObject({ quarantined: 1, deleted: 0 });
    const { json } = await project.run(['quarantine', 'list', '--sync', 'staff']);
    expect(json.records.map(({ key, violations }: Json) => [key, violations[0].rule])).toEqual([[null, 'damaged']]);
  });
});

describe('files that are read once each', () => {
  it('come in order, and only those that are new', async () => {
    put('phones-a.csv', 'no,name,phone\nS-2,BO LI,+8613911111111\n', 9);
    put('phones-b.csv', 'no,name,phone\nS-2,BO LI,+8613922222222\n', 8);
    const first = await project.run(['run', 'phones']);
    expect(counts(first)).toMatchObject({ read: 2 });
    expect(await project.crm(`select phone from crm.owner where employee_no = 'S-2'`)).toEqual([
      { phone: '+8613922222222' },
    ]);
    expect(counts(await project.run(['run', 'phones']))).toEqual(NOTHING);
    // An older name and time, but it was not here before.
    put('phones-0.csv', 'no,name,phone\nS-3,CY WU,+8613933333333\n', 20);
    rmSync(project.path('exports/hr/phones-a.csv'));
    const later = await project.run(['run', 'phones']);
    expect(counts(later)).toMatchObject({ read: 1 });
    expect((await notesOf(later.json.run))[0]).toMatch(/^phones-0\.csv: /);
  });
});
