// What an operator does in the Temporal UI, by the calls that the UI makes: signals as they are typed, filters of the list.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRun } from '../../src/cli/runs.ts';
import { type ChaosProject, fillCrm, makeProject, open, removeProject, resultOf } from '../chaos/support.ts';
import type { Json } from '../support/project.ts';
import { until } from '../support/until.ts';

const SET = { rows: 2_000, seed: 17, badShare: 0.06 };
const WAIT_MS = 90_000;

let dir: string;
let project: ChaosProject;

beforeAll(async () => {
  dir = makeProject(SET);
  project = await open(dir);
  await fillCrm(project.crm, SET);
});

afterAll(async () => {
  await project?.close();
  removeProject(dir);
});

async function start({ review = false } = {}): Promise<string> {
  return startRun(project.session, { workflow: 'syncRun', input: { sync: 'customers', review, reread: true } });
}

/** As the form sends it: whatever was typed, said to be JSON. */
async function send(run: string, signalName: string, text: string): Promise<void> {
  const { workflowService, options } = project.session.client;
  const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);
  await workflowService.signalWorkflowExecution({
    namespace: options.namespace,
    workflowExecution: { workflowId: run },
    signalName,
    input: { payloads: [{ metadata: { encoding: bytes('json/plain') }, data: bytes(text) }] },
    requestId: randomUUID(),
  });
}

async function progressOf(run: string): Promise<Json> {
  return project.session.client.workflow
    .getHandle(run)
    .query<Json>('progress')
    .catch(() => undefined);
}

async function atGate(run: string): Promise<string> {
  return until('the run waits at the gate', async () => (await progressOf(run))?.gate?.rootHash, WAIT_MS);
}

async function count(query: string): Promise<number> {
  return (await project.session.client.workflow.count(query)).count;
}

/** Visibility follows a moment later. */
function found(query: string, least = 1): Promise<true> {
  return until(query, async () => ((await count(query)) >= least ? true : undefined), WAIT_MS);
}

const LAST_WEEK = new Date(Date.now() - 7 * 86_400_000).toISOString();

test('payloads that do not fit are refused, and the run goes on', async () => {
  const run = await start({ review: true });
  const hash = await atGate(run);
  await found('SyncName = "customers" AND ExecutionStatus = "Running" AND SyncPhase = "gate"');
  await found('SyncName = "customers" AND SyncQuarantined > 100');
  for (const text of ['{decision: approve}', '"approve"', `{"decision": "approve", "hash": "${hash}"`])
    await send(run, 'decide', text);
  await send(run, 'pause', '{by: somebody}');
  await send(run, 'retryQuarantined', '{"ids": "all"}');
  expect(await progressOf(run)).toMatchObject({ gate: { rootHash: hash }, paused: null });
  await send(run, 'pause', '{"by": "operator", "note": "lunch"}');
  expect(await progressOf(run)).toMatchObject({ paused: { message: 'paused by operator: lunch' } });
  await send(run, 'resume', 'null');
  await send(run, 'retryQuarantined', '{"rule": "email"}');
  await send(run, 'decide', `{"decision": "approve", "hash": "${hash.slice(0, 12)}", "by": "operator"}`);
  expect(await resultOf(project.session, run)).toMatchObject({ outcome: 'delivered' });
  const { events } = await project.session.client.workflow.getHandle(run).fetchHistory();
  expect(events?.filter((event) => event.workflowTaskFailedEventAttributes != null)).toEqual([]);
  // What was asked for comes after the end.
  await found('SyncName = "customers" AND WorkflowType = "quarantineReplay" AND ExecutionStatus = "Completed"');
});

test('the filters of the list find which runs of a sync failed last week', async () => {
  const run = await start({ review: true });
  await project.session.client.workflow.getHandle(run).terminate('a test');
  const failed = `(SyncOutcome = "failed" OR ExecutionStatus IN ("Failed", "Terminated", "TimedOut")) AND StartTime > "${LAST_WEEK}"`;
  await found(`SyncName = "customers" AND ${failed}`);
  expect(await count(`SyncName = "nobody" AND ${failed}`)).toBe(0);
});
