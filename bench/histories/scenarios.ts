// The paths that runs may take, each once, on a small project whose batches are a few records each.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { currentProgress, startRun, type StartRun } from '../../src/cli/runs.ts';
import type { Session } from '../../src/cli/session.ts';
import type { Pool } from '../../src/postgres/client.ts';
import { pauseSync, resumeSync } from '../../src/store/syncs.ts';
import { findRun } from '../../src/store/runs.ts';
import { INTAKE_WORKFLOW, intakeId } from '../../src/triggers/wake-intake.ts';
import { customerAt } from '../customer.ts';
import { CUSTOMER_COLUMNS, sourceCells } from '../generate.ts';
import type { Progress } from '../../workflows/messages.ts';

export interface Stage {
  readonly dir: string;
  readonly session: Session;
  readonly crm: Pool;
}

/** @returns the workflows that it has started, by their ids */
export type Scenario = (stage: Stage) => Promise<readonly string[]>;

const SYNC = 'customers';
const WAIT_MS = 180_000;

/** In this order: each finds the CRM as the one before has left it. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'gate-approved': async (stage) => {
    const run = await start(stage, { review: true });
    await until(stage, run, ({ gate }) => gate !== null);
    await decide(stage, run, 'approve');
    return ended(stage, run);
  },
  unchanged: async (stage) => ended(stage, await start(stage, { reread: true })),
  'dry-run': async (stage) => {
    changeAll(stage);
    return ended(stage, await start(stage, { dryRun: true }));
  },
  'gate-rejected': async (stage) => {
    const run = await start(stage, { review: true });
    await until(stage, run, ({ gate }) => gate !== null);
    await signal(stage, run, ['decide', { decision: 'approve', hash: '00000000', by: 'recorder' }]);
    await signal(stage, run, ['decide', { decision: 'reject', hash: await hashOf(stage, run), by: 'recorder' }]);
    return ended(stage, run);
  },
  'gate-expired': async (stage) => {
    changeAll(stage);
    editProject(stage, 'first_run: auto }', 'first_run: auto, expires: 2s }');
    const run = await start(stage, { review: true });
    const done = await ended(stage, run);
    editProject(stage, ', expires: 2s }', ' }');
    return done;
  },
  'paused-and-resumed': async (stage) => {
    changeAll(stage);
    const run = await start(stage, {});
    await signal(stage, run, ['pause', { by: 'recorder', note: 'a look' }]);
    await until(stage, run, ({ paused }) => paused !== null);
    await signal(stage, run, ['resume', { by: 'recorder' }]);
    return ended(stage, run);
  },
  'error-and-resume': async (stage) => {
    const file = exportOf(stage);
    renameSync(file, `${file}.away`);
    const run = await start(stage, { reread: true });
    await until(stage, run, ({ paused }) => paused !== null);
    renameSync(`${file}.away`, file);
    await signal(stage, run, ['resume', { by: 'recorder' }]);
    return ended(stage, run);
  },
  skipped: async (stage) => {
    const { pool } = stage.session.store;
    await pauseSync(pool, { name: SYNC, by: 'recorder', note: null });
    const done = await ended(stage, await start(stage, {}));
    await resumeSync(pool, SYNC);
    return done;
  },
  cancelled: async (stage) => {
    changeAll(stage);
    const run = await start(stage, {});
    await until(stage, run, ({ batches }) => batches.merge.done > 0);
    await stage.session.client.workflow.getHandle(run).cancel();
    return ended(stage, run);
  },
  delivered: async (stage) => ended(stage, await start(stage, {})),
  'undo-dry-run': async (stage) => ended(stage, await undo(stage, { dryRun: true })),
  undo: async (stage) => ended(stage, await undo(stage, {})),
  'undo-of-an-undo': async (stage) => ended(stage, await undo(stage, { kind: 'undo', review: true }, 'approve')),
  'quarantine-replay': async (stage) =>
    ended(stage, await begin(stage, { workflow: 'quarantineReplay', input: { sync: SYNC, trigger: 'record' } })),
  'drift-repair': async (stage) => {
    await stage.crm.query(`update public.account set city = 'Elsewhere' where id % 7 = 0`);
    return ended(stage, await begin(stage, { workflow: 'driftRepair', input: { sync: SYNC, trigger: 'record' } }));
  },
  'all-or-nothing': async (stage) => {
    changeAll(stage);
    editSync(stage, `sync: ${SYNC}`, `sync: ${SYNC}\nall_or_nothing: true`);
    const run = await start(stage, {});
    await until(stage, run, ({ batches }) => batches.deliver.done > 0);
    await stage.session.client.workflow.getHandle(run).cancel();
    await ended(stage, run);
    editSync(stage, `sync: ${SYNC}\nall_or_nothing: true`, `sync: ${SYNC}`);
    return [run, ...(await startedBy(stage, run))];
  },
  events: async (stage) => {
    writeFileSync(syncOf(stage), `${readFileSync(syncOf(stage), 'utf8')}when: { events: true }\n`);
    const { client } = stage.session;
    const workflowId = intakeId(EVENTS);
    const events = [3, 5, 7].map((index) => ({ id: `event-${index}`, record: changedRecord(index) }));
    const how = { workflowId, taskQueue: stage.session.taskQueue, args: [EVENTS] };
    const handle = await client.workflow.signalWithStart(INTAKE_WORKFLOW, {
      ...how,
      signal: 'events',
      signalArgs: [{ events }],
    });
    // One of them once more, and something that is no event at all.
    await handle.signal('events', { events: events.slice(0, 1) });
    await handle.signal('events', 'nothing');
    await handle.result();
    const runs: string[] = [];
    for await (const run of client.workflow.list({ query: `WorkflowType = 'eventRun'` })) runs.push(run.workflowId);
    return [workflowId, ...new Set(runs)];
  },
};

const EVENTS = { system: 'files', stream: SYNC };

/** As a system would send it: a customer of the export, with something new. */
function changedRecord(index: number): Readonly<Record<string, string>> {
  const cells = sourceCells(customerAt(index, { rows: 150, seed: 1 }), null);
  const record = Object.fromEntries(CUSTOMER_COLUMNS.map((column, at) => [column, cells[at] ?? '']));
  return { ...record, city: 'Somewhere', updated_at: '2030-01-01T00:00:00Z' };
}

function start(stage: Stage, how: { review?: boolean; reread?: boolean; dryRun?: boolean }): Promise<string> {
  return begin(stage, { workflow: 'syncRun', input: { sync: SYNC, trigger: 'record', ...how } });
}

function begin({ session }: Stage, what: StartRun): Promise<string> {
  return startRun(session, what);
}

/** Takes back the newest run of a kind that wrote. */
async function undo(
  stage: Stage,
  { kind = 'snapshot', ...how }: { readonly kind?: string; readonly review?: boolean; readonly dryRun?: boolean },
  decision?: 'approve',
): Promise<string> {
  const { rows } = await stage.session.store.pool.query<{ id: string }>(
    `select id from run where kind = $1 and outcome = 'delivered' order by no desc limit 1`,
    [kind],
  );
  const input = { sync: SYNC, run: rows[0]?.id ?? '', trigger: 'record', ...how };
  const run = await begin(stage, { workflow: 'undoRun', input });
  if (decision === undefined) return run;
  await until(stage, run, ({ gate }) => gate !== null);
  await decide(stage, run, decision);
  return run;
}

async function decide(stage: Stage, run: string, decision: 'approve'): Promise<void> {
  const args: [object] = [{ decision, hash: await hashOf(stage, run), by: 'recorder' }];
  await stage.session.client.workflow.getHandle(run).executeUpdate('decideGate', { args });
}

async function hashOf({ session }: Stage, run: string): Promise<string> {
  return (await findRun(session.store.pool, { id: run }))?.rootHash ?? '';
}

async function signal({ session }: Stage, run: string, [name, body]: readonly [string, object]): Promise<void> {
  await session.client.workflow.getHandle(run).signal(name, body);
}

async function until({ session }: Stage, run: string, isSo: (progress: Progress) => boolean): Promise<void> {
  for (const deadline = Date.now() + WAIT_MS; Date.now() < deadline; await sleep(20)) {
    const progress = await currentProgress(session.client, run);
    if (progress !== null && isSo(progress)) return;
  }
  throw new Error(`${run} did not come that far in ${WAIT_MS / 1000} s`);
}

/** However it ends. */
async function ended({ session }: Stage, run: string): Promise<readonly string[]> {
  await session.client.workflow
    .getHandle(run)
    .result()
    .catch(() => {});
  return [run];
}

async function startedBy({ session }: Stage, run: string): Promise<readonly string[]> {
  const sql = `select u.id from run u join run r on r.no = u.of_run where r.id = $1`;
  return (await session.store.pool.query<{ id: string }>(sql, [run])).rows.map(({ id }) => id);
}

function exportOf({ dir }: Stage): string {
  return join(dir, 'exports/customers.csv');
}

/** Every record has another status: A becomes I, I becomes P, P becomes A. */
function changeAll(stage: Stage): void {
  const file = exportOf(stage);
  const next: Readonly<Record<string, string>> = { A: 'I', I: 'P', P: 'A' };
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    text.replaceAll(/,([AIP]),/g, (_all, status: string) => `,${next[status] ?? status},`),
  );
}

function editProject({ dir }: Stage, from: string, to: string): void {
  edit(join(dir, 'tributary.yaml'), from, to);
}

function editSync(stage: Stage, from: string, to: string): void {
  edit(syncOf(stage), from, to);
}

function syncOf({ dir }: Stage): string {
  return join(dir, 'syncs/customers.yaml');
}

function edit(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
  writeFileSync(file, text.replaceAll(from, to));
}
