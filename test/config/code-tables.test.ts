import { expect, test } from 'vitest';
import { runDefinition } from '../../src/config/run-definition.ts';
import { brief, FILES, type Files, loadFiles, problemsOf, SYNC, TRIBUTARY } from './project.ts';

const withTable = (table: string, more: Files = {}): Files => ({
  'tributary.yaml': TRIBUTARY.replace('objects:', `codes:\n  status: ${table}\nobjects:`),
  'syncs/customers.yaml': SYNC.replace('from: name, apply: [squash]', 'from: name, codes: status'),
  ...more,
});

const CODES = { A: 'active', '7': 'seven', N: null };

test.each<[string, string, string, string | Uint8Array]>([
  ['CSV', '{ file: codes.csv, from: code, to: means }', 'codes.csv', 'code,note,means\nA,x,active\n7,,seven\nN,,\n'],
  ['CSV of another system', '{ file: c.CSV, from: c, to: m }', 'c.CSV', '\ufeffm,c\r\n"active",A\r\nseven,7\r\n,N\r\n'],
  ['a map in YAML', '{ file: codes/a.yaml }', 'codes/a.yaml', 'A: active\n7: seven\nN: null\n'],
  ['a map in JSON', '{ file: a.json }', 'a.json', '{"A": "active", "7": "seven", "N": null}'],
  [
    'a list in JSON',
    '{ file: a.json, from: c, to: m }',
    'a.json',
    '[{"c": "A", "m": "active"}, {"c": 7, "m": "seven"}, {"c": "N", "m": null}, {"c": "A", "m": "active"}]',
  ],
])('a code table may be %s', async (_what, table, name, content) => {
  const project = await loadFiles(withTable(table, { [name]: content }));
  expect(project.syncs['customers']?.map['name']?.codes).toEqual(CODES);
});

test('a code keeps every digit, and may be true or a number', async () => {
  const project = await loadFiles(withTable('{ file: a.yaml }', { 'a.yaml': '007: 1.10\n8: 5\nyes: "y"' }));
  expect(project.syncs['customers']?.map['name']?.codes).toEqual({ '007': '1.10', '8': '5', yes: 'y' });
});

test('a table that changes makes another definition and another reader', async () => {
  const [before, after] = await Promise.all(
    ['A: active', 'A: inactive'].map(async (text) =>
      runDefinition(await loadFiles(withTable('{ file: a.yaml }', { 'a.yaml': text })), 'customers'),
    ),
  );
  expect(after?.hash).not.toBe(before?.hash);
  expect(after?.readerHash).not.toBe(before?.readerHash);
});

test('a table of a database is read when a run begins', async () => {
  const query = '{ connection: crm, table: branch, from: code, to: name }';
  const project = await loadFiles(withTable(query));
  const mapping = project.syncs['customers']?.map['name'];
  expect(mapping?.codes).toBeUndefined();
  expect(mapping?.codesFrom).toEqual({ connection: 'crm', table: 'branch', from: 'code', to: 'name' });
});

test.each<[string, string, Files, string]>([
  [
    'a file that is not there',
    '{ file: a.csv, from: a, to: b }',
    {},
    '7:19  expected a file that can be read; found none at `a.csv`',
  ],
  ['a file outside', '{ file: ../a.csv, from: a, to: b }', {}, '7:19  expected a file inside the project folder'],
  ['an absolute path', '{ file: /etc/passwd }', {}, '7:19  expected a file inside the project folder'],
  [
    'no columns',
    '{ file: a.csv }',
    { 'a.csv': 'a,b\n' },
    '7:19  a.csv: expected `from` and `to`, the names of two columns',
  ],
  [
    'a column that is not there',
    '{ file: a.csv, from: a, to: c }',
    { 'a.csv': 'a,b\n1,2\n' },
    '7:19  a.csv: expected the columns a and c; found a, b',
  ],
  [
    'no codes',
    '{ file: a.csv, from: a, to: b }',
    { 'a.csv': 'a,b\n' },
    '7:19  expected at least one code; a.csv has none',
  ],
  [
    'a code without a name',
    '{ file: a.csv, from: a, to: b }',
    { 'a.csv': 'a,b\n1,2\n,3\n' },
    '7:19  a.csv, line 3: expected a code; found ``',
  ],
  [
    'a code with two meanings',
    '{ file: a.csv, from: a, to: b }',
    { 'a.csv': 'a,b\n1,2\n1,3\n' },
    '7:19  a.csv, line 3: expected each code once; `1` has two values',
  ],
  [
    'a code that means a list',
    '{ file: a.yaml }',
    { 'a.yaml': 'a: [b]' },
    '7:19  a.yaml: expected text, a number, true, false or null for `a`; found a list',
  ],
  [
    'too many codes',
    '{ file: a.csv, from: a, to: a }',
    { 'a.csv': `a\n${Array.from({ length: 20_001 }, (_none, index) => `${index}\n`).join('')}` },
    '7:19  expected at most 20000 codes; a.csv has 20001',
  ],
  [
    'bytes that are not UTF-8',
    '{ file: a.csv, from: a, to: b }',
    { 'a.csv': new Uint8Array([0xff, 0xfe]) },
    '7:19  a.csv: expected text in UTF-8',
  ],
  [
    'half a file and half a table',
    '{ file: a.csv, table: b }',
    {},
    '7:19  expected a file that can be read; found none at `a.csv`\ntributary.yaml:7:26  unknown key `table`',
  ],
  [
    'a source that is no database',
    '{ connection: erp, table: a, from: b, to: c }',
    {},
    '7:25  expected a connection that can be delivered to (postgres, warehouse); `erp` is file',
  ],
])('%s is said where the table is named', async (_what, table, more, expected) => {
  const problems = await problemsOf(withTable(table, more));
  expect(problems.map(brief).join('\n')).toBe(`tributary.yaml:${expected}`);
});

test('a table that does not exist, and values that do not fit the field', async () => {
  const sync = SYNC.replace('from: name, apply: [squash]', 'from: name, codes: statsu');
  const problems = await problemsOf({
    ...withTable('{ file: a.yaml }', { 'a.yaml': 'a: b' }),
    'syncs/customers.yaml': sync,
  });
  expect(problems.map(brief)).toEqual([
    'syncs/customers.yaml:6:30  expected a code table of tributary.yaml (status); found `statsu` [status]',
  ]);
  const limit = SYNC.replace('  name:', '  credit_limit: { from: c, codes: status }\n  name:');
  const typed = await problemsOf({
    ...FILES,
    ...withTable('{ file: a.yaml }', { 'a.yaml': 'a: b' }),
    'syncs/customers.yaml': limit,
  });
  expect(typed.map(brief)).toEqual([
    'syncs/customers.yaml:6:35  expected a value of type decimal; `b` is not a decimal number',
  ]);
});
