import { format } from 'prettier';
import { expect, test } from 'vitest';

import { schemas } from '../../src/config/json-schema.ts';
import { configurationReference } from '../../src/config/reference.ts';
import { EXAMPLE_SYNC, EXAMPLE_TRIBUTARY } from '../../src/config/reference-example.ts';
import { loadFiles } from './project.ts';

const FOLDER = '../../docs/reference';

// Where one is stale: `npx vitest run --project unit test/config/reference.test.ts -u`
test('the committed reference page is that of the schemas', async () => {
  await expect(configurationReference()).toMatchFileSnapshot(`${FOLDER}/configuration.md`);
});

test('the committed JSON Schemas are those of the schemas', async () => {
  for (const [name, schema] of Object.entries(schemas())) {
    const text = await format(JSON.stringify(schema), { parser: 'json', printWidth: 120 });
    await expect(text).toMatchFileSnapshot(`${FOLDER}/${name}.schema.json`);
  }
});

test('the example of the reference page is right', async () => {
  const project = await loadFiles({ 'tributary.yaml': EXAMPLE_TRIBUTARY, 'syncs/erp-customers.yaml': EXAMPLE_SYNC });
  expect(Object.keys(project.syncs)).toEqual(['erp-customers']);
});

test('every key has a description of a sentence', () => {
  const silent: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, part] of Object.entries(value)) {
      if (path.endsWith('/properties') && !String(Reflect.get(Object(part), 'description')).endsWith('.')) {
        silent.push(`${path}/${key}`);
      }
      visit(part, `${path}/${key}`);
    }
  };
  visit(schemas(), '');
  expect(silent).toEqual([]);
});
