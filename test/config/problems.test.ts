import { describe, expect, test } from 'vitest';

import { formatProblems, maskSecrets, type Problem } from '../../src/config/problems.ts';
import { filesOf } from './cases.ts';
import { NAMES, REFERENCES } from './cases-names.ts';
import { SCHEMA, SYNTAX } from './cases-schema.ts';
import { brief, FILES, problemsOf, SYNC, TRIBUTARY } from './project.ts';

describe.each([
  ['syntax', SYNTAX],
  ['keys and values', SCHEMA],
  ['names', NAMES],
  ['references to secrets', REFERENCES],
])('%s', (_name, cases) => {
  test.each(cases)('$title', async (entry) => {
    const problems = await problemsOf(filesOf(entry));
    expect(problems.map(brief)).toEqual(entry.expected);
  });
});

test('the files of these tests are right as they are', async () => {
  expect(await problemsOf(FILES)).toEqual([]);
});

test('all mistakes of all files are found at once, also behind other mistakes, in the order of the files', async () => {
  const files = {
    'tributary.yaml': TRIBUTARY.replace('type: email', 'type: emial')
      .replace('by: employee_no', 'by: emp_no')
      .replace('    destination: crm\n', '    match: [5, emial]\n    destination: crmm\n'),
    'syncs/a.yaml': SYNC.replace('sync: customers', 'sync: a').replace('key: id', 'kee: id'),
    'syncs/b.yaml': 'sync: b\n- x\n',
    'syncs/c.yaml': SYNC.replace('sync: customers', 'sync: c')
      .replace('to: account', 'to: acount')
      .replace('check:', 'check:\n  - { field: nme, requird: true }'),
  };
  expect((await problemsOf(files)).map(brief)).toEqual([]);
});

test('two syncs with one name are reported on the file that does not have it', async () => {
  const problems = await problemsOf({ ...FILES, 'syncs/clients.yaml': SYNC });
  expect(problems.map(brief)).toEqual([]);
});

test.each([
  { title: 'an empty file', bytes: Buffer.from('# nothing\n'), expected: '' },
  { title: 'a file in GBK', bytes: Buffer.from([0x70, 0xc4, 0xe3]), expected: '' },
  { title: 'a list of files', bytes: Buffer.from('- sync: a\n'), expected: '' },
  { title: 'two documents', bytes: Buffer.from(`${SYNC}---\n${SYNC}`), expected: '' },
  { title: 'more than a hundred aliases', bytes: Buffer.from(`a: &a 1\nb: [${'*a, '.repeat(101)}]\n`), expected: '' },
])('$title is no sync', async ({ bytes, expected }) => {
  const [first] = await problemsOf({ ...FILES, 'syncs/customers.yaml': bytes });
  expect(first && brief(first)).toEqual(expected);
});

test('a byte order mark and Windows line ends change no place', async () => {
  const text = `\uFEFF${TRIBUTARY.replace('type: email', 'type: emial').replaceAll('\n', '\r\n')}`;
  const [problem] = await problemsOf({ ...FILES, 'tributary.yaml': text });
  expect(problem).toMatchObject({ line: 12, column: 22, excerpt: '      email: { type: emial }' });
});

test('a file that ends in .yml is not passed over', async () => {
  expect((await problemsOf({ ...FILES, 'syncs/customers.yml': SYNC })).map(brief)).toEqual([]);
});

test('a problem says its path', async () => {
  const problems = await problemsOf({ ...FILES, 'syncs/customers.yaml': SYNC.replace('cel:', 'cell:') });
  expect(problems.map(({ path }) => path)).toEqual(['check[0].cell']);
});

const PROBLEM: Problem = {
  file: 'tributary.yaml',
  line: 7,
  column: 14,
  path: 'objects.客户',
  message: 'expected a map; found `5`',
  suggestion: 'name',
  excerpt: '  客户: { x: 5 }',
};

test('problems are shown with their line and a caret, which allows for wide characters', () => {
  expect(formatProblems([PROBLEM, { ...PROBLEM, excerpt: '' }], { colour: false })).toBe(
    [
      'tributary.yaml:7:14  expected a map; found `5` (did you mean `name`?)',
      '    7 |   客户: { x: 5 }',
      `      | ${' '.repeat(15)}^`,
      '',
      'tributary.yaml:7:14  expected a map; found `5` (did you mean `name`?)',
    ].join('\n'),
  );
});

test('colours are added only when asked for', () => {
  expect(formatProblems([PROBLEM], { colour: true })).toContain('\u001b[31m^\u001b[0m');
});

test.each([
  ['crm: { url: "postgres://u:hunter2@host/db" }', 'crm: { url: "postgres://u:*******@host/db" }'],
  ['  api_key: abc123 # x', '  api_key: ****** # x'],
  ['  { password: "s3cret", a: 1 }', '  { password: "******", a: 1 }'],
  ['  url: "postgres://u:${env:PW}@host/db"', '  url: "postgres://u:${env:PW}@host/db"'],
  ['  key: id', '  key: id'],
])('of the line %s is shown %s', (line, shown) => {
  expect(maskSecrets(line)).toBe(shown);
});
