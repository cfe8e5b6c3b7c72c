import { expect, test } from 'vitest';
import type { Queryable } from '../../src/postgres/client.ts';
import { requireKnownRun } from '../../src/steps/known-run.ts';

/** A store with one run. */
function storeWith(run: { readonly no: number; readonly id: string }): Queryable & { asked: number } {
  const store = {
    asked: 0,
    query: async (_sql: string, [no]: readonly unknown[]) => {
      store.asked++;
      return { rows: no === run.no ? [{ id: run.id }] : [] };
    },
  };
  return store as unknown as Queryable & { asked: number }; // only this is called
}

test.each([
  ['the run itself', { runNo: 7, runId: 'erp-7', n: 0 }, null],
  ['a reference to it', { ref: { runNo: 7, runId: 'erp-7' }, outcome: 'failed' }, null],
  ['what is about no run yet', { runId: 'erp-8', sync: 'erp' }, null],
  ['nothing', undefined, null],
  ['a run that the store has lost', { runNo: 8, runId: 'erp-8' }, 'run.lost'],
  ['a run whose number another one has now', { runNo: 7, runId: 'oa-7' }, 'run.lost'],
  ['a reference to such a run', { ref: { runNo: 7, runId: 'oa-7' } }, 'run.lost'],
])('%s', async (_what, input, code) => {
  const store = storeWith({ no: 7, id: 'erp-7' });
  const refused = (error: unknown): unknown => Object(error).code;
  expect(await requireKnownRun(store, input).then(() => null, refused)).toBe(code);
});

test('the store is asked once for each run', async () => {
  const store = storeWith({ no: 7, id: 'erp-7' });
  await requireKnownRun(store, { runNo: 7, runId: 'erp-7' });
  await requireKnownRun(store, { runNo: 7, runId: 'erp-7' });
  expect(store.asked).toBe(1);
  await expect(requireKnownRun(store, { runNo: 7, runId: 'oa-7' })).rejects.toMatchObject({ code: 'run.lost' });
});
