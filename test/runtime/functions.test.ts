import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runDefinition } from '../../src/config/run-definition.ts';
import { SyncError } from '../../src/domain/errors.ts';
import { addTest } from '../../src/cli/commands/test.ts';
import { createFunctions } from '../../src/runtime/functions.ts';
import { openProject } from '../../src/runtime/project.ts';
import { runCommand } from '../cli/support.ts';
import { FILES, SYNC } from '../config/project.ts';

let dir: string;

const write = async (files: Readonly<Record<string, string>>): Promise<void> => {
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
};

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tributary-own-'));
  await write({ 'tributary.yaml': `${FILES['tributary.yaml']}functions: { timeout: 500ms, memory: 64MB }\n` });
  await mkdir(join(dir, 'syncs'));
  await write({ 'syncs/customers.yaml': SYNC.replace('[squash]', '[squash, { my.shout: { mark: "!" } }]') });
});

afterEach(() => rm(dir, { recursive: true }));

const SHOUT = `interface Args { readonly mark: string }
export function shout(value: string, { mark }: Args): string {
  if (value === 'never') for (;;);
  return value.toUpperCase() + mark;
}
`;

const problems = async (): Promise<readonly unknown[]> => {
  const error: unknown = await openProject(dir).catch((caught: unknown) => caught);
  if (!(error instanceof SyncError)) throw new Error('the project is right');
  const found = error.details['problems'];
  return Array.isArray(found)
    ? found.map(({ file, line, column, message, suggestion }) => ({
        at: `${file}:${line}:${column}`,
        message,
        suggestion,
      }))
    : [];
};

test('tributary test runs functions.ts', async () => {
  await write({
    'functions.ts': SHOUT,
    'a.sync-test.yaml': `sync: customers
cases:
  - case: names are shouted
    records: [{ id: 1, name: ' so  much ' }, { id: 2, name: never }]
    expect:
      - fields: { external_id: 1, name: ' SO MUCH !' }
      - violations: [{ field: name, rule: my.shout, message: took longer than 0.5 s }]
`,
  });
  expect(await runCommand(addTest, ['test'], { project: dir })).toEqual({
    code: 0,
    stdout: '✓ a.sync-test.yaml: 1 case\n\n1 passed\n',
    stderr: '',
  });
});

test('the definition of a run holds them: it ends as it began, and another file is another reader', async () => {
  await write({ 'functions.ts': SHOUT });
  const before = runDefinition(await openProject(dir), 'customers');
  expect(before.functions).toMatchObject({ timeoutMs: 500, batchMs: 60_000, memoryBytes: 64 * 1024 * 1024 });
  await write({ 'functions.ts': SHOUT.replace('toUpperCase', 'toLowerCase') });
  const after = runDefinition(await openProject(dir), 'customers');
  expect([after.hash === before.hash, after.readerHash === before.readerHash]).toEqual([false, false]);
  const functions = createFunctions(dir);
  const call = { name: 'shout', value: 'So', args: { mark: '?' } };
  expect([await functions.of(before)([call]), await functions.of(after)([call])]).toEqual([
    [{ value: 'SO?' }],
    [{ value: 'so?' }],
  ]);
  functions.close();
  expect((await readdir(dir)).toSorted()).toEqual(['functions.ts', 'syncs', 'tributary.yaml']);
});

test('syncs that call none do not know of them', async () => {
  await write({ 'functions.ts': SHOUT, 'syncs/customers.yaml': SYNC });
  expect(runDefinition(await openProject(dir), 'customers')).not.toHaveProperty('functions');
});

test.each([
  [
    'no file',
    {},
    [
      {
        at: 'syncs/customers.yaml:6:39',
        message: 'expected a function that functions.ts exports (there is no functions.ts with any); found `my.shout`',
      },
    ],
  ],
  [
    'a function that is called otherwise',
    { 'functions.js': 'export const shuot = (value) => value;' },
    [
      {
        at: 'syncs/customers.yaml:6:39',
        message: expect.stringContaining('(my.shuot); found `my.shout`'),
        suggestion: 'my.shuot',
      },
    ],
  ],
  [
    'a mistake in the file',
    { 'functions.ts': 'export const shout = ;\n' },
    [{ at: 'functions.ts:1:22', message: 'Expression expected' }],
  ],
  [
    'a file that cannot be loaded',
    { 'functions.ts': "import 'no-such-package'; export const shout = 1;" },
    [{ at: 'functions.ts:1:1', message: expect.stringContaining("Cannot find package 'no-such-package'") }],
  ],
  [
    'two files',
    { 'functions.ts': SHOUT, 'functions.js': '' },
    [{ at: 'functions.js:1:1', message: 'expected one of functions.ts and functions.js; found both' }],
  ],
])('%s is a problem with its place', async (_what, files: Readonly<Record<string, string>>, found) => {
  await write(files);
  expect(await problems()).toEqual(found.map((one) => ({ suggestion: undefined, ...one })));
});

test('the example of docs/functions.md does what it says', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/functions.md'), 'utf8');
  const [functions = '', sync = '', cases = ''] = [...page.matchAll(/^```(?:ts|yaml)\n(.*?)^```/gms)].map(
    ([, code]) => code,
  );
  const [, mapping = ''] = /^ {2}external_id: (.*)$/m.exec(sync) ?? [];
  await write({
    'functions.ts': functions,
    'syncs/customers.yaml': SYNC.replace('external_id: id', `external_id: ${mapping}`).replace(
      'key: id',
      'key: cust_no',
    ),
    'a.sync-test.yaml': cases.replace('erp-customers', 'customers'),
  });
  const { stdout } = await runCommand(addTest, ['test'], { project: dir });
  expect(stdout).toBe('✓ a.sync-test.yaml: 1 case\n\n1 passed\n');
});
