import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findSyncTests, loadSyncTests, type SyncTestCase } from '../../src/config/load-sync-tests.ts';
import { loadProject } from '../../src/config/load.ts';
import { SyncError } from '../../src/domain/errors.ts';
import type { Problem } from '../../src/config/problems.ts';
import { brief, FILES, type Files, KINDS, withProject } from './project.ts';

function load(files: Files): Promise<readonly SyncTestCase[]> {
  return withProject({ ...FILES, ...files }, async (dir) =>
    loadSyncTests(await loadProject(dir, KINDS), await findSyncTests(dir)),
  );
}

async function problemsOf(text: string): Promise<readonly string[]> {
  const error: unknown = await load({ 'a.sync-test.yaml': text }).then(
    () => null,
    (caught: unknown) => caught,
  );
  if (!(error instanceof SyncError)) throw error;
  const problems: readonly Problem[] = Object(error.details['problems']);
  return problems.map(brief);
}

const CASE = `sync: customers
cases:
  - case: one
    records: [{ id: 1 }]
    expect: [{ fields: { external_id: 1 } }]
`;

test('test files are found beside tributary.yaml and anywhere in syncs/ and tests/, and are no syncs', async () => {
  const files = ['b.sync-test.yaml', 'syncs/c.sync-test.yaml', 'tests/deep/d.sync-test.yml', 'other/e.sync-test.yaml'];
  await withProject({ ...FILES, ...Object.fromEntries(files.map((name) => [name, CASE])) }, async (dir) => {
    expect(await findSyncTests(dir)).toEqual(files.slice(0, 3).map((name) => join(dir, name)));
    expect(Object.keys((await loadProject(dir, KINDS)).syncs)).toEqual(['customers']);
  });
});

test('a case is read with its place, records as decoders make them, and canonical fields', async () => {
  const text = `cases:
  - case: numbers keep every digit
    sync: customers
    records: [{ id: 007, amounts: [1.10, { big: 12345678901234567890 }], gone: null, yes: true }]
    expect:
      - key: 007
        partial: true
        fields: { credit_limit: 1.10, name: null }
        absent: [email]
      - version: null
        violations: [{ rule: key }]
`;
  const [one, ...others] = await load({ 'tests/a.sync-test.yaml': text });
  expect(others).toEqual([]);
  expect(JSON.parse(JSON.stringify(one))).toEqual({
    name: 'numbers keep every digit',
    file: 'tests/a.sync-test.yaml',
    line: 2,
    sync: 'customers',
    input: {
      kind: 'records',
      records: [{ id: '007', amounts: ['1.10', { big: '12345678901234567890' }], gone: null, yes: true }],
    },
    expected: [
      {
        line: 6,
        key: '007',
        partial: true,
        is: { kind: 'accepted', fields: { credit_limit: '1.1', name: null }, absent: ['email'], warnings: [] },
      },
      { line: 10, version: null, partial: false, is: { kind: 'rejected', violations: [{ rule: 'key' }] } },
    ],
  });
});

test.each([
  [
    'no sync at all',
    CASE.replace('sync: customers\n', ''),
    ['1:1  `sync` is required: expected the name of a sync, here or on each case'],
  ],
  [
    'an unknown sync',
    CASE.replace('customers', 'customer'),
    ['1:7  expected a sync (customers); found `customer` [customers]'],
  ],
  [
    'an unknown field',
    CASE.replace('external_id', 'externl_id'),
    [
      '5:26  expected a field of account (external_id, name, email, credit_limit, owner); found `externl_id` [external_id]',
    ],
  ],
  [
    'a value that is not of the field’s type',
    CASE.replace('external_id: 1', 'credit_limit: much'),
    ['5:40  expected a value of type decimal; `much` is not a decimal number'],
  ],
  [
    'no input',
    CASE.replace('    records: [{ id: 1 }]\n', ''),
    ['3:5  expected one of records, text, file; found none'],
  ],
  [
    'two inputs',
    CASE.replace('records: [{ id: 1 }]', 'text: a\n    file: b'),
    ['5:11  expected one of records, text, file; found text and file'],
  ],
  [
    'neither accepted nor rejected',
    CASE.replace('{ fields: { external_id: 1 } }', '{ key: 1 }'),
    ['5:14  expected `fields` of an accepted record or `violations` of a rejected one; found neither'],
  ],
  [
    'both',
    CASE.replace('{ fields:', '{ violations: [{ rule: a }], fields:'),
    ['5:28  expected `fields`, `violations` or `filtered`; a record is accepted, rejected or left out'],
  ],
  [
    '`absent` where everything is compared',
    CASE.replace('{ fields:', '{ absent: [name], fields:'),
    ['5:24  `absent` needs `partial: true`'],
  ],
  [
    'an unknown error',
    CASE.replace('records: [{ id: 1 }]', 'text: a').replace(
      'expect: [{ fields: { external_id: 1 } }]',
      'error: source.trncated',
    ),
    [expect.stringMatching(/^5:12 {2}expected an error code \(.*found `source.trncated` \[source.truncated\]$/)],
  ],
  ['a misspelt key', CASE.replace('records:', 'recrds:'), ['4:5  unknown key `recrds` [records]']],
])('%s is a problem with its place', async (_what, text, problems) => {
  const found = await problemsOf(text);
  expect(found.map((problem) => problem.replace('a.sync-test.yaml:', ''))).toEqual(problems);
});
