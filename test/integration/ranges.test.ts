// However a file is read, in one go or in ranges by several workers, packed or not, the CRM and the store end up the same.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunSummary } from '../../src/domain/run.ts';
import { isAlive } from '../../src/runtime/processes.ts';
import {
  type ChaosProject,
  fillCrm,
  type Left,
  makeProject,
  open,
  removeProject,
  resultOf,
  startRun,
  whatIsLeft,
  working,
} from '../chaos/support.ts';

const SET = { rows: 20_000, seed: 5 };
const RANGE_BYTES = 'TRIBUTARY_RANGE_BYTES';
const dirs: string[] = [];

interface Outcome {
  readonly counts: Omit<RunSummary, 'run'>;
  readonly left: Left;
  /** Whether it was continued as new. */
  readonly executions: 'one' | 'several';
  /** Batches of each range that was read. */
  readonly ranges: ReadonlyMap<number, number>;
}

let plain: Outcome;

/** Runs the sync in a project of its own. */
async function outcomeOf({
  rangeBytes,
  prepare = () => {},
  disturb = async () => {},
}: {
  readonly rangeBytes?: number;
  readonly prepare?: (file: string) => void;
  readonly disturb?: (project: ChaosProject, run: string) => Promise<void>;
}): Promise<Outcome> {
  const dir = makeProject(SET);
  dirs.push(dir);
  prepare(join(dir, 'exports/customers.csv'));
  if (rangeBytes !== undefined) process.env[RANGE_BYTES] = String(rangeBytes);
  const project = await open(dir).finally(() => delete process.env[RANGE_BYTES]);
  try {
    await fillCrm(project.crm, SET);
    const run = await startRun(dir);
    const ended = resultOf(project.session, run);
    await disturb(project, run);
    const counts = await ended;
    const { rows } = await project.session.store.pool.query<{ range: number; batches: number }>(
      `select (stats ->> 'range')::integer as range, count(*)::integer as batches from batch
       where stats ? 'range' group by 1 order by 1`,
    );
    const ranges = new Map(rows.map(({ range, batches }) => [range, batches]));
    const { raw, runId } = await project.session.client.workflow.getHandle(run).describe();
    const executions = raw.workflowExecutionInfo?.firstRunId === runId ? 'one' : 'several';
    return { counts, left: await whatIsLeft(project), ranges, executions };
  } finally {
    await project.close();
  }
}

beforeAll(async () => {
  plain = await outcomeOf({});
});

afterAll(() => dirs.forEach(removeProject));

test('a small file is one range', () => {
  expect(plain.counts).toMatchObject({ outcome: 'delivered', read: 20_000, duplicates: 0 });
  expect([...plain.ranges.keys()]).toEqual([0]);
  expect(plain.executions).toBe('one');
});

test('in ranges, by several workers of which one is killed, over more than one history', async () => {
  const seen = new Set<number>();
  const split = await outcomeOf({
    rangeBytes: 30_000,
    disturb: async (project, run) => {
      // Two at the same time, then one of them dies.
      for (;;) {
        const fetching = (await working(project.session.client, run)).filter(({ activity }) => activity === 'fetch');
        fetching.forEach(({ pid }) => seen.add(pid));
        const [victim] = fetching;
        if (seen.size < 2 || victim === undefined || !project.up.workerPids().includes(victim.pid)) {
          await sleep(10);
          continue;
        }
        if (isAlive(victim.pid)) process.kill(victim.pid, 'SIGKILL');
        return;
      }
    },
  });
  expect(split.ranges.size).toBeGreaterThan(100);
  expect(split.executions).toBe('several');
  expect([split.counts, split.left]).toEqual([plain.counts, plain.left]);
});

test('packed, batch after batch', async () => {
  const packed = await outcomeOf({ prepare: (file) => writeFileSync(file, gzipSync(readFileSync(file))) });
  expect(packed.ranges).toEqual(plain.ranges);
  expect([packed.counts, packed.left]).toEqual([plain.counts, plain.left]);
});
