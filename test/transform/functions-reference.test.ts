import { expect, test } from 'vitest';

import { functionsReference } from '../../src/transform/functions-reference.ts';
import { FUNCTIONS } from '../../src/transform/functions/registry.ts';

// Where it is stale: `npx vitest run --project unit test/transform/functions-reference.test.ts -u`
test('the committed reference page is that of the functions', async () => {
  await expect(functionsReference()).toMatchFileSnapshot('../../docs/reference/functions.md');
});

test('every function has its section', () => {
  const titles = [...functionsReference().matchAll(/^## (.+)$/gm)].map(([, title]) => title);
  expect(titles).toEqual([...FUNCTIONS.keys()]);
});
