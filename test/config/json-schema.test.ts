import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { knownKeys, schemas, writeSchemas } from '../../src/config/json-schema.ts';
import { withProject } from './project.ts';

test('the schemas are written to the project and may be written again', async () => {
  await withProject({}, async (dir) => {
    await writeSchemas(dir);
    const paths = await writeSchemas(dir);
    expect(paths).toEqual(
      ['tributary', 'sync', 'sync-test'].map((name) => join(dir, '.tributary', 'schema', `${name}.json`)),
    );
    const written = await Promise.all(
      paths.map(async (path): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'))),
    );
    expect(written).toEqual([schemas().tributary, schemas().sync, schemas()['sync-test']]);
  });
});

test.each([
  [[], ['sync', 'owner', 'from', 'to', 'where', 'map', 'check', 'expect', 'all_or_nothing', 'when']],
  [
    ['from', 'csv'],
    ['delimiter', 'quote', 'escape', 'skip_lines', 'comment', 'columns'],
  ],
  [['map', 'any', 'unmapped'], ['value']],
  [
    ['check', 3, 'range'],
    ['min', 'max'],
  ],
  [['nothing'], []],
])('the keys known at %j are %j', (path, keys) => {
  expect(knownKeys(schemas().sync, path)).toEqual(keys);
});
