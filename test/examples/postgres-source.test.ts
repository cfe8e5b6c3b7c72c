import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openProject } from '../../src/runtime/project.ts';

const DIR = fileURLToPath(new URL('../../examples/postgres-source', import.meta.url));

test('the example of tables as a source is a project without problems', async () => {
  const { syncs, triggers } = await openProject(DIR);
  expect(Object.values(syncs).map(({ sync, stream }) => [sync, stream.table?.read, stream.table?.cursor])).toEqual([
    ['shop-customers', 'incremental', 'updated_at'],
    ['shop-orders', 'incremental', 'updated_at'],
  ]);
  expect(Object.values(triggers).map(({ schedule, freshMs }) => [schedule?.everyMs, freshMs])).toEqual([
    [300_000, 900_000],
    [300_000, 900_000],
  ]);
});
