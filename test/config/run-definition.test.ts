import { expect, test } from 'vitest';

import { runDefinition } from '../../src/config/run-definition.ts';
import type { RunDefinition } from '../../src/domain/definition.ts';
import { FILES, loadFiles, SYNC, TRIBUTARY } from './project.ts';

type Change = (text: string) => string;
const same: Change = (text) => text;

async function definition(tributary: Change = same, sync: Change = same): Promise<RunDefinition> {
  const project = await loadFiles({ 'tributary.yaml': tributary(TRIBUTARY), 'syncs/customers.yaml': sync(SYNC) });
  return runDefinition(project, 'customers');
}

test('a definition holds the objects it refers to and the connections they use, with secrets unresolved', async () => {
  const { hash, readerHash, objects, connections, sync } = await definition();
  expect([hash, readerHash]).toEqual([
    expect.stringMatching(/^[0-9a-f]{64}$/),
    expect.stringMatching(/^[0-9a-f]{64}$/),
  ]);
  expect(Object.keys(objects)).toEqual(['account', 'owner']);
  expect(Object.keys(connections)).toEqual(['erp', 'crm']);
  expect(connections['crm']?.settings).toEqual({ url: '${env:CRM_URL}' });
  expect(sync.sync).toBe('customers');
});

test('a definition is plain JSON', async () => {
  const made = await definition();
  expect(JSON.parse(JSON.stringify(made))).toEqual(made);
});

test('objects that refer to each other come once', async () => {
  const made = await definition((text) =>
    text.replace(
      'employee_no: { type: text, strong: true }',
      'employee_no: { type: text, strong: true }\n      main: { type: reference, object: account, by: name }',
    ),
  );
  expect(Object.keys(made.objects)).toEqual(['account', 'owner']);
});

test.each<{ title: string; tributary?: Change; sync?: Change; hash: boolean; reader: boolean }>([
  {
    title: 'the order of keys changes nothing',
    tributary: (text) => text.replace('{ type: text, required: true }', '{ required: true, type: text }'),
    sync: (text) => text.replace(/(to: .*\n)(map:[^]*)(check:[^]*)/, '$3$2$1'),
    hash: false,
    reader: false,
  },
  {
    title: 'the order of mappings changes nothing',
    sync: (text) => text.replace(/( {2}external_id.*\n)( {2}name.*\n)/, '$2$1'),
    hash: false,
    reader: false,
  },
  {
    title: 'comments and quotes change nothing',
    sync: (text) => `# comment\n${text.replace('key: id', 'key: "id"')}`,
    hash: false,
    reader: false,
  },
  {
    title: 'a default that is written out changes nothing',
    sync: (text) => text.replace('key: id', 'key: id, records: full'),
    hash: false,
    reader: false,
  },
  {
    title: 'a mapping changes both',
    sync: (text) => text.replace('squash', 'trim'),
    hash: true,
    reader: true,
  },
  {
    title: 'a rule changes both',
    sync: (text) => text.replace('> 1', '> 2'),
    hash: true,
    reader: true,
  },
  {
    title: 'a key path changes both',
    sync: (text) => text.replace('key: id', 'key: no'),
    hash: true,
    reader: true,
  },
  {
    title: 'the type of a field changes both',
    tributary: (text) => text.replace('type: decimal', 'type: integer'),
    hash: true,
    reader: true,
  },
  {
    title: 'a required field changes both',
    tributary: (text) => text.replace('type: email', 'type: email, required: true'),
    hash: true,
    reader: true,
  },
  {
    title: 'a gate changes the hash alone',
    tributary: (text) => text.replace('    fields:', '    gate: { deletes: 1% }\n    fields:'),
    hash: true,
    reader: false,
  },
  {
    title: 'a policy on conflicts changes the hash alone',
    tributary: (text) => text.replace('type: email', 'type: email, conflict: crm'),
    hash: true,
    reader: false,
  },
  {
    title: 'the address of a connection changes the hash alone',
    tributary: (text) => text.replace('path: ./erp', 'path: ./other'),
    hash: true,
    reader: false,
  },
  {
    title: 'a connection that is not used changes nothing',
    tributary: (text) => text.replace('path: ./oa', 'path: ./other'),
    hash: false,
    reader: false,
  },
])('$title', async ({ tributary = same, sync = same, hash, reader }) => {
  expect(tributary(TRIBUTARY) + sync(SYNC)).not.toBe(TRIBUTARY + SYNC);
  const before = await definition();
  const after = await definition(tributary, sync);
  expect({ hash: after.hash !== before.hash, reader: after.readerHash !== before.readerHash }).toEqual({
    hash,
    reader,
  });
});

test.each([
  ['custmers', 'there is no sync custmers; did you mean customers?'],
  ['orders', 'there is no sync orders; there are customers'],
  ['__proto__', 'there is no sync __proto__; there are customers'],
])('the unknown sync %s is refused', async (name, message) => {
  const project = await loadFiles(FILES);
  expect(() => runDefinition(project, name)).toThrow(expect.objectContaining({ code: 'config.unknown_sync', message }));
});
