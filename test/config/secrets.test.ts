import { join } from 'node:path';

import { expect, test } from 'vitest';

import { resolveSecrets } from '../../src/config/secrets.ts';
import { SyncError } from '../../src/domain/errors.ts';
import { withProject } from './project.ts';

const ENV = { USER_NAME: 'ada', PASSWORD: 'pa$$w0rd${env:USER_NAME}', EMPTY: '' };

function resolved(settings: Readonly<Record<string, unknown>>, projectDir = '/nowhere'): Promise<unknown> {
  return resolveSecrets({ name: 'crm', kind: 'postgres', settings }, { env: ENV, projectDir });
}

test.each([
  ['a whole text', '${env:USER_NAME}', 'ada'],
  ['the middle of a text, twice', 'x${env:USER_NAME}-${env:USER_NAME}y', 'xada-aday'],
  ['a default that is not needed', '${env:USER_NAME:-bob}', 'ada'],
  ['a default for what is not set', '${env:NOBODY:-beside:example_crm}', 'beside:example_crm'],
  ['a default for what is empty', '${env:EMPTY:-bob}', 'bob'],
  ['an empty default', '${env:NOBODY:-}', ''],
  ['a value with a reference in it, which is not followed', '${env:PASSWORD}', 'pa$$w0rd${env:USER_NAME}'],
  ['a text without references', 'a $ {b}', 'a $ {b}'],
])('%s is resolved', async (_title, text, expected) => {
  expect(await resolved({ url: text })).toEqual({ url: expected });
});

test('references are found at any depth, and other values are left alone', async () => {
  const settings = { tls: { ca: ['${env:USER_NAME}', 1] }, port: 5432, on: true, none: null };
  expect(await resolved(settings)).toEqual({ tls: { ca: ['ada', 1] }, port: 5432, on: true, none: null });
});

test('files are trimmed, and relative ones start at the project', async () => {
  await withProject({ 'secrets/password': ' s3cret \n' }, async (dir) => {
    const settings = { a: '${file:secrets/password}', b: `\${file:${join(dir, 'secrets/password')}}` };
    expect(await resolved(settings, dir)).toEqual({ a: 's3cret', b: 's3cret' });
  });
});

test.each([
  ['a variable', '${env:NOBODY}', 'connection crm refers to the environment variable NOBODY, which is not set'],
  ['an empty variable', '${env:EMPTY}', 'connection crm refers to the environment variable EMPTY, which is not set'],
  [
    'an inherited name',
    '${env:constructor}',
    'connection crm refers to the environment variable constructor, which is not set',
  ],
  ['a file', '${file:secrets/none}', 'connection crm refers to the file secrets/none, which cannot be read'],
  [
    'a malformed reference',
    '${USER_NAME}',
    'connection crm refers to a reference that is not ${env:NAME} or ${file:PATH}',
  ],
])('%s that is missing is named with its connection', async (_title, text, message) => {
  await expect(resolved({ url: text })).rejects.toMatchObject({ code: 'config.secret_missing', message });
});

test('an error says nothing of the values that were resolved before it', async () => {
  const error: unknown = await resolved({ url: '${env:PASSWORD}:${env:NOBODY}' }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SyncError);
  expect(JSON.stringify([String(error), error])).not.toContain('pa$$');
});
