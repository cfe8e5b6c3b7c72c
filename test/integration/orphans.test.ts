// Runs that were terminated or reset: whatever they left half done is settled before anything else is read.
//
// Histories are kept so short here that runs and undos go on under new ones again and again.

import { randomUUID } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { customerAt } from '../../bench/customer.ts';
import { ACCOUNT_COLUMNS, CUSTOMER_COLUMNS, expectedRow, sourceCells } from '../../bench/generate.ts';
import { startRun as startWorkflow } from '../../src/cli/runs.ts';
import { copyRows, inTransaction } from '../../src/postgres/client.ts';
import { findTemporalBinary } from '../../src/runtime/temporal-binary.ts';
import { type ChaosProject, fillCrm, makeProject, open, removeProject, resultOf, working } from '../chaos/support.ts';
import type { Json } from '../support/project.ts';
import { until } from '../support/until.ts';

const SET = { rows: 3_000, seed: 11, badShare: 0 };
const HISTORY_EVENTS = 90;
const RANGE_BYTES = 'TRIBUTARY_RANGE_BYTES';
const WAIT_MS = 40_000;

let dir: string;
let project: ChaosProject;
let changed = 0;

beforeAll(async () => {
  dir = makeProject(SET);
  const before = { ...process.env };
  process.env[RANGE_BYTES] = '80000';
  process.env['TEMPORAL_CLI_PATH'] = await shortHistories(dir);
  project = await open(dir).finally(() => {
    process.env[RANGE_BYTES] = before[RANGE_BYTES];
    process.env['TEMPORAL_CLI_PATH'] = before['TEMPORAL_CLI_PATH'];
    for (const name of [RANGE_BYTES, 'TEMPORAL_CLI_PATH']) if (before[name] === undefined) delete process.env[name];
  });
  await fillCrm(project.crm, SET);
  changeExport();
  await resultOf(project.session, await start());
});

afterAll(async () => {
  await project?.close();
  removeProject(dir);
});

/** The `temporal` program with a setting of its server that we do not offer. */
async function shortHistories(folder: string): Promise<string> {
  const binary = await findTemporalBinary({ env: process.env, log: () => {} });
  const wrapper = join(folder, 'temporal');
  const setting = `--dynamic-config-value limit.historyCount.suggestContinueAsNew=${HISTORY_EVENTS}`;
  writeFileSync(
    wrapper,
    `#!/bin/sh\ncase "$1 $2" in "server start-dev") set -- "$@" ${setting};; esac\nexec ${binary} "$@"\n`,
  );
  chmodSync(wrapper, 0o755);
  return wrapper;
}

/** Of every customer: what the export says in its turn, and what the CRM must hold then. */
const STREET = 5;
const street = (): string => `Street ${changed}`;
const updatedAt = (): string => `2026-06-01T00:${String(changed).padStart(2, '0')}:00`;
const indexes = Array.from({ length: SET.rows }, (_, index) => index);

/** The export says something new of every customer. */
function changeExport(): void {
  changed++;
  const lines = indexes.map((index) => {
    const cells = [...sourceCells(customerAt(index, SET), null)];
    cells[STREET] = street();
    cells[cells.length - 1] = `${updatedAt()}Z`;
    return cells.map((cell) => (cell.includes(',') ? `"${cell}"` : cell)).join(',');
  });
  writeFileSync(join(dir, 'exports/customers.csv'), `${[CUSTOMER_COLUMNS.join(','), ...lines].join('\n')}\n`);
}

function expected(index: number): readonly string[] {
  const row = [...(expectedRow(index, SET) ?? [])];
  row[STREET] = street();
  row[row.length - 1] = `${updatedAt()}.000Z`;
  return row;
}

/** How many customers the CRM does not hold as it must, and how often each was written since the last time it was asked. */
async function crmIs(): Promise<{ readonly wrong: number; readonly writes: readonly number[] }> {
  const columns = ACCOUNT_COLUMNS.join(', ');
  return inTransaction(project.crm, async (client) => {
    await client.query('create temp table expected on commit drop as table public.account with no data');
    await copyRows(client, { table: 'expected', columns: [...ACCOUNT_COLUMNS] }, indexes.map(expected));
    const { rows } = await client.query<{ wrong: number; writes: number[] }>(
      `select (select array_agg(distinct write_count order by write_count) from public.account) as writes,
         (select count(*) from public.account) - (select count(*) from
           (select ${columns} from expected intersect select ${columns} from public.account) as same) as wrong`,
    );
    await client.query('alter table public.account disable trigger user');
    await client.query('update public.account set write_count = 0');
    await client.query('alter table public.account enable trigger user');
    return rows[0] ?? { wrong: -1, writes: [] };
  });
}

async function stored<T = Json>(sql: string, values: readonly unknown[] = []): Promise<readonly T[]> {
  return (await project.session.store.pool.query<T & object>(sql, [...values])).rows;
}

/** What must be over when nothing runs. */
async function leftOver(): Promise<Json> {
  const [row] = await stored(
    `select (select count(*) from sync where lease_run is not null) as leases, (select count(*) from reservation) as reservations,
       (select count(*) from run where outcome is null) as open,
       (select count(*) from batch b join run r on r.no = b.run_no where r.outcome in ('delivered', 'unchanged') and b.change_set is not null and b.delivered_at is null) as undelivered`,
  );
  return row;
}

const NOTHING = { leases: 0, reservations: 0, open: 0, undelivered: 0 };

/** Both lanes of the delivery wait in the CRM for records of batches in the middle, until they are let go. */
async function holdUpDelivery(run: string, lanes = 2): Promise<() => Promise<void>> {
  const client = await project.crm.connect();
  await client.query('begin');
  await client.query(
    `select 1 from public.account where external_id in ('K00000700', 'K00001000') order by id for update`,
  );
  await until(
    'deliveries are held up',
    async () =>
      (await working(project.session.client, run)).filter(({ activity }) => activity === 'deliver').length === lanes ||
      undefined,
    WAIT_MS,
  );
  await until(
    'something is delivered',
    async () =>
      (
        await stored(
          `select 1 from batch b join run r on r.no = b.run_no where r.id = $1 and delivered_at is not null`,
          [run],
        )
      ).length > 0
        ? true
        : undefined,
    WAIT_MS,
  );
  return async () => {
    await client.query('rollback');
    client.release();
  };
}

async function start({ review = false } = {}): Promise<string> {
  return startWorkflow(project.session, { workflow: 'syncRun', input: { sync: 'customers', review } });
}

async function atGate(run: string): Promise<string> {
  return until(
    'the run waits at the gate',
    async () => {
      const progress = await project.session.client.workflow
        .getHandle(run)
        .query<Json>('progress')
        .catch(() => undefined);
      return progress?.gate?.rootHash;
    },
    WAIT_MS,
  );
}

async function approve(run: string): Promise<void> {
  const hash = await atGate(run);
  const args: [Json] = [{ decision: 'approve', hash, by: 'tester' }];
  await project.session.client.workflow.getHandle(run).executeUpdate('decideGate', { args });
}

interface Point {
  readonly runId: string;
  readonly eventId: number;
  /** The activity that was scheduled next. */
  readonly before: string;
}

/** The events of a workflow's newest execution that it can be reset to, as the UI offers them. */
async function resetPoints({ workflow }: Client, run: string): Promise<readonly Point[]> {
  const handle = workflow.getHandle(run);
  const { runId } = await handle.describe();
  const { events = [] } = await workflow.getHandle(run, runId).fetchHistory();
  const points: Point[] = [];
  for (const [index, event] of (events ?? []).entries()) {
    if (event.workflowTaskCompletedEventAttributes == null) continue;
    const next = events?.slice(index + 1).find((one) => one.activityTaskScheduledEventAttributes != null);
    points.push({
      runId,
      eventId: Number(event.eventId),
      before: next?.activityTaskScheduledEventAttributes?.activityType?.name ?? 'end',
    });
  }
  return points;
}

async function reset({ workflowService, options }: Client, run: string, point: Point): Promise<void> {
  await workflowService.resetWorkflowExecution({
    namespace: options.namespace,
    workflowExecution: { workflowId: run, runId: point.runId },
    reason: 'a test',
    workflowTaskFinishEventId: point.eventId as unknown as never, // the SDK takes numbers where it says Long
    requestId: randomUUID(),
  });
}

/** Of the latest execution, as resets begin new ones. */
function ended(run: string): Promise<Json> {
  return resultOf(project.session, run);
}

async function outcomes(run: string): Promise<readonly Json[]> {
  return stored(
    `select id, outcome, phase, error ->> 'code' as code from run where id = $1 or starts_with(id, $1 || '~') order by no`,
    [run],
  );
}

const ok = { wrong: 0, writes: [1] };

test('the first run went on under several histories', async () => {
  const runs: number[] = [];
  for await (const execution of project.session.client.workflow.list({ query: 'WorkflowType = "syncRun"' }))
    runs.push(execution.historyLength);
  expect(runs.length).toBeGreaterThan(1);
  expect((await crmIs()).wrong).toBe(0);
});

describe('terminated', () => {
  test('before anything was delivered: the next run discards what was staged, and does all of it', async () => {
    changeExport();
    const run = await start({ review: true });
    await atGate(run);
    await project.session.client.workflow.getHandle(run).terminate('a test');
    const next = await start();
    expect(await ended(next)).toMatchObject({ outcome: 'delivered', updated: SET.rows });
    expect(await outcomes(run)).toEqual([{ id: run, outcome: 'failed', phase: 'ended', code: 'store.fenced' }]);
    expect(await crmIs()).toEqual(ok);
    expect(await leftOver()).toEqual(NOTHING);
  });

  test('half delivered: the next run has it carried on to its end before it reads', async () => {
    changeExport();
    const run = await start();
    const release = await holdUpDelivery(run);
    await project.session.client.workflow.getHandle(run).terminate('a test');
    await release();
    const next = await start();
    expect(await ended(next)).toMatchObject({ outcome: 'unchanged', read: 0 });
    expect(await outcomes(run)).toEqual([{ id: run, outcome: 'delivered', phase: 'ended', code: null }]);
    expect(await crmIs()).toEqual(ok);
    expect(await leftOver()).toEqual(NOTHING);
  });
});

describe('reset while it runs', () => {
  test.each(['planRead', 'seal', 'gate'])('waiting at the gate, to before its %s', async (activity) => {
    changeExport();
    const run = await start({ review: true });
    await atGate(run);
    const points = await resetPoints(project.session.client, run);
    const point = points.find(({ before }) => before === activity) ?? points[0];
    if (point === undefined) throw new Error('no workflow task has completed');
    await reset(project.session.client, run, point);
    await approve(run);
    expect(await ended(run)).toMatchObject({ outcome: 'delivered', updated: SET.rows });
    expect(await crmIs()).toEqual(ok);
    expect(await leftOver()).toEqual(NOTHING);
  });

  test.each(['first', 'last'])('half delivered, to its %s event', async (which) => {
    changeExport();
    const run = await start();
    const release = await holdUpDelivery(run);
    const points = await resetPoints(project.session.client, run);
    const point = points.at(which === 'first' ? 0 : -1);
    if (point === undefined) throw new Error('no workflow task has completed');
    await reset(project.session.client, run, point);
    await release();
    expect(await ended(run)).toMatchObject({ outcome: 'delivered', updated: SET.rows });
    expect(await outcomes(run)).toEqual([{ id: run, outcome: 'delivered', phase: 'ended', code: null }]);
    expect(await crmIs()).toEqual(ok);
    expect(await leftOver()).toEqual(NOTHING);
  });
});

describe('reset after its end', () => {
  test('to several of its events: it reads once more and finds nothing to do', async () => {
    changeExport();
    const run = await start();
    await ended(run);
    expect(await crmIs()).toEqual(ok);
    const points = await resetPoints(project.session.client, run);
    for (const point of [points[0], points[Math.floor(points.length / 2)], points.at(-1)]) {
      if (point === undefined) throw new Error('no workflow task has completed');
      await reset(project.session.client, run, point);
      const { outcome } = await ended(run);
      expect(['unchanged', 'delivered'], point.before).toContain(outcome);
      expect(await crmIs(), point.before).toEqual({ wrong: 0, writes: [0] });
      expect(await leftOver()).toEqual(NOTHING);
    }
    const runs = await outcomes(run);
    expect(runs[0]).toEqual({ id: `${run}~1`, outcome: 'delivered', phase: 'ended', code: null });
  });
});

test('an undo that was terminated half way is carried on by the next run, under several histories', async () => {
  changeExport();
  const delivered = await start();
  await ended(delivered);
  expect(await crmIs()).toEqual(ok);
  const undo = await startWorkflow(project.session, {
    workflow: 'undoRun',
    input: { sync: 'customers', run: delivered },
  });
  const release = await holdUpDelivery(undo, 1);
  await project.session.client.workflow.getHandle(undo).terminate('a test');
  await release();
  const next = await start();
  expect(await ended(next)).toMatchObject({ outcome: 'unchanged' });
  expect(await outcomes(undo)).toEqual([{ id: undo, outcome: 'delivered', phase: 'ended', code: null }]);
  changed--;
  expect(await crmIs()).toEqual(ok);
  expect(await leftOver()).toEqual(NOTHING);
  const query = `WorkflowId = "${undo}" and ExecutionStatus = "ContinuedAsNew"`;
  expect((await project.session.client.workflow.count(query)).count).toBeGreaterThan(0);
});
