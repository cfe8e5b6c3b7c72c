import { expect, test } from 'vitest';

import { USUAL_RETENTION } from '../../src/domain/retention.ts';
import { loadProject } from '../../src/config/load.ts';
import type { SyncDefinition } from '../../src/domain/definition.ts';
import { brief, FILES, KINDS, loadFiles, problemsOf, SYNC, TRIBUTARY, withProject } from './project.ts';

const GATE = { deletes: 0.05, creates: 0.2, rejects: 0.1, nulls: 0.02, firstRun: 'approve', expiresMs: 259_200_000 };

const FIELD = { required: false, strong: false, resolve: { kind: 'most_recent' }, conflict: 'source' };

test('everything that is not said has its default', async () => {
  const project = await loadFiles(FILES);
  expect({ ...project, dir: '' }).toEqual({
    name: 'example',
    dir: '',
    connections: {
      erp: { name: 'erp', kind: 'file', settings: { path: './erp' } },
      oa: { name: 'oa', kind: 'file', settings: { path: './oa' } },
      crm: { name: 'crm', kind: 'postgres', settings: { url: '${env:CRM_URL}' } },
    },
    objects: {
      account: {
        name: 'account',
        destination: 'crm',
        table: 'account',
        id: 'id',
        fields: {
          external_id: { ...FIELD, type: 'text', column: 'external_id', required: true, strong: true },
          name: { ...FIELD, type: 'text', column: 'name', required: true },
          email: { ...FIELD, type: 'email', column: 'email' },
          credit_limit: { ...FIELD, type: 'decimal', column: 'credit_limit' },
          owner: {
            ...FIELD,
            type: 'reference',
            column: 'owner_id',
            reference: { object: 'owner', by: 'employee_no', missing: 'wait', table: 'owner' },
          },
        },
        groups: {},
        match: ['external_id'],
        deletes: 'none',
        deactivated: {},
        gate: GATE,
      },
      owner: {
        name: 'owner',
        destination: 'crm',
        table: 'owner',
        id: 'id',
        fields: { employee_no: { ...FIELD, type: 'text', column: 'employee_no', strong: true } },
        groups: {},
        match: ['employee_no'],
        deletes: 'none',
        deactivated: {},
        gate: GATE,
      },
    },
    syncs: {
      customers: {
        sync: 'customers',
        stream: {
          connection: 'erp',
          stream: 'customers-*.csv',
          files: 'all',
          entry: null,
          settleMs: 2000,
          unpack: { ratio: 100, maxBytes: null },
          format: 'csv',
          record: '',
          each: null,
          parent: 'parent',
          key: ['id'],
          version: null,
          records: 'full',
          empty: 'absent',
          encoding: 'auto',
          complete: 'proven',
          many: false,
          lastLine: 'hold',
          csv: { delimiter: ',', quote: '"', escape: null, skipLines: 0, comment: null, columns: null },
          maxRecordBytes: 16_777_216,
        },
        object: 'account',
        map: {
          external_id: { from: ['id'], apply: [], unmapped: { kind: 'quarantine' } },
          name: { from: ['name'], apply: [{ fn: 'squash', args: null }], unmapped: { kind: 'quarantine' } },
        },
        owner: null,
        where: null,
        expect: { records: { min: 0.5, max: 10 }, nulls: 20, duplicates: 0.05, drift: 'pause' },
        check: [{ field: null, kind: 'cel', args: 'size(name) > 1', level: 'reject', message: null }],
      },
    },
    notify: null,
    triggers: { customers: { schedule: null, freshMs: null } },
    functions: null,
    systems: {},
    receiver: { port: 7373, publicUrl: null },
    remindAfterMs: 604_800_000,
    retention: USUAL_RETENTION,
    files: ['tributary.yaml', 'syncs/customers.yaml'],
  });
});

test('everything that can be said arrives', async () => {
  const object = `match: [email, external_id]
    table: accounts
    id: account_id
    groups: { who: [name, email] }
    deletes: { deactivate: { name: 007, credit_limit: 1.50 } }
    gate: { deletes: 0.5%, creates: 100%, first_run: auto, expires: 30m }
    fields:
      external`;
  const project = await loadFiles({
    ...FILES,
    'tributary.yaml': TRIBUTARY.replace('fields:\n      external', object).replace(
      'type: decimal',
      'type: decimal, resolve: { rank: [oa, erp] }, conflict: review',
    ),
  });
  const account = project.objects['account'];
  const fields = account?.fields ?? {};
  expect({ ...account, fields: {} }).toEqual({
    fields: {},
    name: 'account',
    destination: 'crm',
    table: 'accounts',
    id: 'account_id',
    groups: { who: ['name', 'email'] },
    match: ['external_id', 'email'],
    deletes: 'deactivate',
    deactivated: { name: '007', credit_limit: '1.5' },
    gate: { deletes: 0.005, creates: 1, rejects: 0.1, nulls: 0.02, firstRun: 'auto', expiresMs: 1_800_000 },
  });
  expect(fields['credit_limit']).toMatchObject({
    resolve: { kind: 'rank', sources: ['oa', 'erp'] },
    conflict: 'review',
  });
});

test('what becomes of records that end, here and in the CRM', async () => {
  const said = `deletes: { archive: old_accounts }
    gone: accept
    merged_into: master_id
    review_after: 7d
    fields:
      external`;
  const marked = SYNC.replace('key: id', 'key: id, operation: { from: op, delete: [D, 0, true], detach: moved }');
  const { objects, syncs } = await loadFiles({
    'tributary.yaml': TRIBUTARY.replace('fields:\n      external', said),
    'syncs/customers.yaml': marked,
  });
  expect(objects['account']).toMatchObject({
    deletes: 'archive',
    archive: 'old_accounts',
    deactivated: {},
    gone: 'accept',
    mergedInto: 'master_id',
    waitMs: 604_800_000,
  });
  const operation = { path: 'op', delete: ['D', '0', 'true'], detach: ['moved'] };
  expect(syncs['customers']?.stream.operation).toEqual(operation);
});

async function loadSync(text: string): Promise<SyncDefinition | undefined> {
  const project = await loadFiles({ ...FILES, 'syncs/customers.yaml': text });
  return project.syncs['customers'];
}

test.each([
  ['a constant', '{ value: 5 }', { value: '5', apply: [] }],
  ['a constant null', '{ value: null }', { value: null, apply: [] }],
  ['an expression', "{ cel: 'record.a' }", { cel: 'record.a', apply: [] }],
  ['several paths and a default', '{ from: [a, 2], default: x }', { from: ['a', '2'], apply: [], default: 'x' }],
  [
    'functions with arguments',
    '{ from: a, apply: [trim, { cut: 5 }, { decimal: { group: "," } }] }',
    {
      from: ['a'],
      apply: [
        { fn: 'trim', args: null },
        { fn: 'cut', args: 5 },
        { fn: 'decimal', args: { group: ',' } },
      ],
    },
  ],
  [
    'codes, which keep every digit',
    '{ from: a, codes: { 007: 1.10, 1e3: true, "x y": null, N: no }, unmapped: keep }',
    {
      from: ['a'],
      apply: [],
      codes: { '007': '1.10', '1e3': true, 'x y': null, N: 'no' },
      unmapped: { kind: 'keep' },
    },
  ],
  [
    'a value for other codes',
    '{ from: a, codes: { a: b }, unmapped: { value: 0 } }',
    { from: ['a'], apply: [], codes: { a: 'b' }, unmapped: { kind: 'value', value: '0' } },
  ],
])('a mapping may be %s', async (_title, text, expected) => {
  const sync = await loadSync(SYNC.replace('{ from: name, apply: [squash] }', text));
  expect(sync?.map['name']).toEqual({ unmapped: { kind: 'quarantine' }, ...expected });
});

test.each([
  ['required: true', { kind: 'required', args: true }],
  ['length: { min: 1, max: 5 }', { kind: 'length', args: { min: 1, max: 5 } }],
  ['range: { min: 0.10, max: 9 }', { kind: 'range', args: { min: '0.10', max: '9' } }],
  ["pattern: '^a$'", { kind: 'pattern', args: '^a$' }],
  ['one_of: [a, 1, true]', { kind: 'one_of', args: ['a', '1', true] }],
  ['email: strict', { kind: 'email', args: 'strict' }],
  ['cel: "true"', { kind: 'cel', args: 'true' }],
])('a rule may be %s', async (text, expected) => {
  const sync = await loadSync(
    SYNC.replace("{ cel: 'size(name) > 1' }", () => `{ field: name, ${text}, else: warn, message: m }`),
  );
  expect(sync?.check).toEqual([{ field: 'name', level: 'warn', message: 'm', ...expected }]);
});

test.each([
  ['a.csv', 'csv'],
  ['a-*.JSON', 'json'],
  ['a.ndjson', 'ndjson'],
  ['a.jsonl.gz', 'ndjson'],
  ['a.json.zip', 'json'],
  ['a.zip", entry: "*.xml", record: "a/b', 'xml'],
  ['a-{date:yyyyMMdd}.csv', 'csv'],
  ['a.txt", format: "csv', 'csv'],
])('the format of %s is %s', async (pattern, format) => {
  expect((await loadSync(SYNC.replace('customers-*.csv', pattern)))?.stream.format).toBe(format);
});

test.each<[string, unknown]>([
  ['trust', 'trust'],
  ["{ trailer: 'END|{count}' }", { trailer: 'END|{count}' }],
  ["{ count: { file: '{stem}.cnt' } }", { count: { file: '{stem}.cnt', text: '{count}' } }],
  ["{ manifest: '*.sha256' }", { manifest: '*.sha256' }],
])('complete: %s', async (text, expected) => {
  expect((await loadSync(SYNC.replace('key: id', `key: id, complete: ${text}`)))?.stream.complete).toEqual(expected);
});

test('anchors may be used', async () => {
  const text = SYNC.replace('external_id: id', 'external_id: &id id\n  email: *id');
  expect((await loadSync(text))?.map['email']?.from).toEqual(['id']);
});

test('a folder without tributary.yaml is named', async () => {
  await withProject({ 'syncs/customers.yaml': SYNC }, async (dir) => {
    await expect(loadProject(dir)).rejects.toMatchObject({
      code: 'config.not_found',
      message: `there is no tributary.yaml in ${dir}`,
    });
  });
});

test('a project may have no syncs', async () => {
  expect((await loadFiles({ 'tributary.yaml': TRIBUTARY })).syncs).toEqual({});
});

test('the error counts its problems', async () => {
  const files = {
    ...FILES,
    'syncs/customers.yaml': SYNC.replace('to: account', 'to: x').replace('key: id', 'key: []'),
  };
  await expect(loadFiles(files)).rejects.toMatchObject({
    code: 'config.invalid',
    message: '2 problems in the configuration',
  });
});

test('problems of the check are placed in the file, also behind a rule that was left out', async () => {
  const text = SYNC.replace('check:\n', 'check:\n  - { field: name }\n');
  const problems = await problemsOf(
    { ...FILES, 'syncs/customers.yaml': text },
    {
      ...KINDS,
      check: (sync, object) => [
        { path: ['check', 0, 'cel'], message: `${sync.check.length} rule of ${object.name}` },
        { path: ['map', 'name', 'apply', 0], message: 'unknown function', suggestion: 'squish' },
        { path: ['from', 'version'], message: 'no version' },
        { path: ['map', 'external_id', 'from', 0], message: 'no path' },
      ],
    },
  );
  expect(problems.map(brief)).toEqual([
    'syncs/customers.yaml:2:1  no version',
    'syncs/customers.yaml:5:16  no path',
    'syncs/customers.yaml:6:31  unknown function [squish]',
    'syncs/customers.yaml:8:5  expected one of required, length, range, date_range, pattern, one_of, email, phone, url, checksum, unique, cel; found none',
    'syncs/customers.yaml:9:12  1 rule of account',
  ]);
});
