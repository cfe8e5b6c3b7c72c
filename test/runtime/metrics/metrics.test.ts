import { expect, test } from 'vitest';
import type { MetricMeter } from '@temporalio/common';
import { METRICS, type MetricDefinition } from '../../../src/runtime/metrics/definitions.ts';
import { type Measure, measureOn } from '../../../src/runtime/metrics/meter.ts';
import { observer } from '../../../src/runtime/metrics/observe.ts';
import { metricsReference } from '../../../src/runtime/metrics/reference.ts';
import type { Queryable } from '../../../src/postgres/client.ts';

// Where it is stale: `npx vitest run --project unit test/runtime/metrics -u`
test('the committed page is that of the definitions', async () => {
  await expect(metricsReference()).toMatchFileSnapshot('../../../docs/metrics.md');
});

const definitions: readonly (readonly [string, MetricDefinition])[] = Object.entries(METRICS);
/** Of these there are as many as the configuration has names, or as the code has words. */
const BOUNDED = new Set(['sync', 'phase', 'outcome', 'decision', 'system', 'stream', 'object']);

test.each(definitions)('%s is named and labelled as Prometheus would have it', (name, { type, labels, says }) => {
  expect(name).toMatch(/^tributary_[a-z_]+$/);
  expect(name.endsWith('_total')).toBe(type === 'counter');
  expect(labels.filter((label) => !BOUNDED.has(label))).toEqual([]);
  expect(says.endsWith('.')).toBe(true);
});

test('each metric is made once, as what it is', () => {
  const heard: unknown[] = [];
  const meter = {
    createCounter: (name: string) => ({ add: (value: number, labels: object) => heard.push([name, value, labels]) }),
    createGauge: (name: string) => ({ set: (value: number, labels: object) => heard.push([name, value, labels]) }),
    createHistogram: (name: string) => ({
      record: (value: number, labels: object) => heard.push([name, value, labels]),
    }),
  } as unknown as MetricMeter; // only what is called
  const measure = measureOn(meter);
  measure('tributary_read_bytes_total', 5, { sync: 'erp' });
  measure('tributary_store_bytes', 7, {});
  measure('tributary_run_seconds', 2, { sync: 'erp', outcome: 'delivered' });
  expect(heard).toEqual([
    ['tributary_read_bytes_total', 5, { sync: 'erp' }],
    ['tributary_store_bytes', 7, {}],
    ['tributary_run_seconds', 2, { sync: 'erp', outcome: 'delivered' }],
  ]);
});

const RUN = {
  no: 7,
  sync: 'erp',
  outcome: 'delivered',
  startedAt: new Date('2026-01-01T00:00:00Z'),
  endedAt: new Date('2026-01-01T00:01:30Z'),
  phaseAt: new Date('2026-01-01T00:00:00Z'),
};
const db = { query: async () => ({ rows: [RUN] }) } as unknown as Queryable; // every question is about this run

async function heardOf(name: string, input: object, result: object): Promise<readonly unknown[]> {
  const heard: unknown[] = [];
  const measure: Measure = (metric, value, labels) => void heard.push([metric, value, labels]);
  const execute = observer({ db, measure })(name).execute ?? expect.fail();
  expect(await execute({ args: [input], headers: {} }, async () => result)).toBe(result);
  return heard;
}

test('a fetched batch counts its records, by what became of them, and its bytes', async () => {
  const result = { read: 10, unchanged: 4, quarantined: 1, filtered: 0, bytes: 900, kept: 5 };
  expect(await heardOf('fetch', { runNo: 7 }, result)).toEqual([
    ['tributary_batches_total', 1, { sync: 'erp', phase: 'fetch' }],
    ['tributary_records_total', 10, { sync: 'erp', phase: 'fetch', outcome: 'read' }],
    ['tributary_records_total', 4, { sync: 'erp', phase: 'fetch', outcome: 'unchanged' }],
    ['tributary_records_total', 1, { sync: 'erp', phase: 'fetch', outcome: 'quarantined' }],
    ['tributary_read_bytes_total', 900, { sync: 'erp' }],
  ]);
});

test('events that were drained count in the phases that they went through', async () => {
  const result = { batches: 2, events: 5, records: 6, counts: { accepted: 5, quarantined: 1, created: 3, updated: 0 } };
  expect(await heardOf('drainEvents', { runNo: 7 }, result)).toEqual([
    ['tributary_batches_total', 2, { sync: 'erp', phase: 'fetch' }],
    ['tributary_records_total', 6, { sync: 'erp', phase: 'fetch', outcome: 'read' }],
    ['tributary_batches_total', 2, { sync: 'erp', phase: 'validate' }],
    ['tributary_records_total', 5, { sync: 'erp', phase: 'validate', outcome: 'accepted' }],
    ['tributary_records_total', 1, { sync: 'erp', phase: 'validate', outcome: 'quarantined' }],
    ['tributary_batches_total', 2, { sync: 'erp', phase: 'deliver' }],
    ['tributary_records_total', 3, { sync: 'erp', phase: 'deliver', outcome: 'created' }],
  ]);
});

test('an end counts the run and its time, a decision the wait, and nothing else counts', async () => {
  expect(await heardOf('closeRun', { ref: { runNo: 7 } }, {})).toEqual([
    ['tributary_runs_total', 1, { sync: 'erp', outcome: 'delivered' }],
    ['tributary_run_seconds', 90, { sync: 'erp', outcome: 'delivered' }],
  ]);
  expect(await heardOf('recordDecision', { runNo: 7, decision: 'approve' }, {})).toEqual([
    ['tributary_gate_wait_seconds', expect.any(Number), { sync: 'erp', decision: 'approve' }],
  ]);
  expect(await heardOf('seal', { runNo: 7 }, {})).toEqual([]);
});

test('a store that does not answer keeps no activity from its result', async () => {
  const broken = { query: async () => Promise.reject(new Error('gone')) } as unknown as Queryable; // as it is when it is down
  const execute = observer({ db: broken, measure: () => {} })('deliver').execute ?? expect.fail();
  expect(await execute({ args: [{ runNo: 7 }], headers: {} }, async () => 'done')).toBe('done');
});
