import { describe, expect, test } from 'vitest';

import { formatProblems, maskSecrets, type Problem } from '../../src/config/problems.ts';
import { filesOf } from './cases.ts';
import { NAMES, REFERENCES } from './cases-names.ts';
import { SCHEMA, SYNTAX } from './cases-schema.ts';
import { SYSTEMS } from './cases-systems.ts';
import { TABLES } from './cases-tables.ts';
import { WHEN } from './cases-when.ts';
import { brief, FILES, problemsOf, SYNC, TRIBUTARY } from './project.ts';

describe.each([
  ['syntax', SYNTAX],
  ['keys and values', SCHEMA],
  ['when', WHEN],
  ['tables', TABLES],
  ['systems', SYSTEMS],
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

const ALL = [
  'tributary.yaml:8:13  expected text; found `5`',
  'tributary.yaml:8:16  expected a field of account (external_id, name, email, credit_limit, owner); found `emial` [email]',
  'tributary.yaml:9:18  expected a connection (erp, oa, crm); found `crmm` [crm]',
  'tributary.yaml:13:22  expected one of text, email, phone, integer, decimal, boolean, date, datetime, json, reference; found `emial` [email]',
  'tributary.yaml:15:52  expected a field of owner (employee_no); found `emp_no`',
  'syncs/a.yaml:2:53  unknown key `kee` [key]',
  'syncs/a.yaml:8:14  expected a field of account (external_id, name, email, credit_limit, owner); found `nme` [name]',
  'syncs/a.yaml:8:19  unknown key `requird` [required]',
  'syncs/b.yaml:2:1  expected valid YAML; found: implicit keys need to be on a single line',
  'syncs/c.yaml:1:1  `from` is required: expected a map',
  'syncs/c.yaml:2:5  expected an object (account, owner); found `acount` [account]',
];

test('all mistakes of all files are found at once, also behind other mistakes, in the order of the files', async () => {
  const files = {
    'tributary.yaml': TRIBUTARY.replace('type: email', 'type: emial')
      .replace('by: employee_no', 'by: emp_no')
      .replace('    destination: crm\n', '    match: [5, emial]\n    destination: crmm\n'),
    'syncs/a.yaml': SYNC.replace('sync: customers', 'sync: a')
      .replace('key: id', 'kee: id')
      .replace('check:', 'check:\n  - { field: nme, requird: true }'),
    'syncs/b.yaml': 'sync: b\n- x\n',
    'syncs/c.yaml': SYNC.replace('sync: customers', 'sync: c')
      .replace('to: account', 'to: acount')
      .replace(/from: .*\n/, ''),
  };
  expect((await problemsOf(files)).map(brief)).toEqual(ALL);
});

test('two syncs with one name are reported on the file that does not have it', async () => {
  const problems = await problemsOf({ ...FILES, 'syncs/clients.yaml': SYNC });
  expect(problems.map(brief)).toEqual([
    'syncs/clients.yaml:1:7  expected a name of its own; `customers` is that of syncs/customers.yaml [clients]',
  ]);
});

test.each([
  { title: 'an empty file', bytes: Buffer.from('# nothing\n'), expected: '1:1  expected a map; the file is empty' },
  { title: 'a file in GBK', bytes: Buffer.from([0x70, 0xc4, 0xe3]), expected: '1:1  expected text in UTF-8' },
  { title: 'a list', bytes: Buffer.from('- sync: a\n'), expected: '1:1  expected a map; found a list' },
  {
    title: 'two documents',
    bytes: Buffer.from(`${SYNC}---\n${SYNC}`),
    expected: '9:1  expected valid YAML; found: source contains multiple documents',
  },
  {
    title: 'more than a hundred aliases',
    bytes: Buffer.from(`a: &a 1\nb: [${'*a, '.repeat(101)}]\n`),
    expected: '2:405  expected at most 100 aliases; found more',
  },
])('$title is no sync', async ({ bytes, expected }) => {
  const problems = await problemsOf({ ...FILES, 'syncs/customers.yaml': bytes });
  expect(problems.map(brief)).toContain(`syncs/customers.yaml:${expected}`);
});

test('a byte order mark and Windows line ends change no place', async () => {
  const text = `\uFEFF${TRIBUTARY.replace('type: email', 'type: emial').replaceAll('\n', '\r\n')}`;
  const [problem] = await problemsOf({ ...FILES, 'tributary.yaml': text });
  expect(problem).toMatchObject({ line: 12, column: 22, excerpt: '      email: { type: emial }' });
});

test('a file that ends in .yml is not passed over', async () => {
  expect((await problemsOf({ ...FILES, 'syncs/customers.yml': SYNC })).map(brief)).toEqual([
    'syncs/customers.yml:1:1  expected a name that ends in .yaml',
  ]);
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

test('each stream of events belongs to one sync, and has a name', async () => {
  const events = (sync: string, text: string): string => `${SYNC.replace('sync: customers', `sync: ${sync}`)}${text}\n`;
  const problems = await problemsOf({
    ...FILES,
    'syncs/a.yaml': events('a', 'when: { events: true }').replace('customers-*.csv', '*.csv'),
    'syncs/b.yaml': events('b', 'when: { events: { stream: clients } }'),
    'syncs/c.yaml': events('c', 'when: { events: { stream: clients } }'),
  });
  expect(problems.map(brief)).toEqual([
    'syncs/a.yaml:9:17  expected `stream`, since the pattern of `from.stream` does not begin with a name',
    'syncs/c.yaml:9:17  expected another `stream`; syncs/b.yaml takes the events of erp/clients',
  ]);
});
