// `npm run bench:undo`: what taking back a large run costs, in time, memory and history.
//
//   CRM with half of the customers ─► run ─► undo, a worker killed while it delivers ─► the CRM as it was
//
// Clock: from the workflow's start to its end. The digest of the CRM after the undo must be that of before the run.

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { Command } from 'commander';
import { countOption } from '../../src/cli/options.ts';
import { print, printJson, say, table } from '../../src/cli/output.ts';
import { startRun, type StartRun } from '../../src/cli/runs.ts';
import { openSession, type Session } from '../../src/cli/session.ts';
import type { RunSummary } from '../../src/domain/run.ts';
import { digestOf, prepareCrm } from '../crm.ts';
import { positive } from '../figures.ts';
import { generateProject } from '../generate.ts';
import { peakMemoryMb } from '../processes.ts';
import { openCrm, startUp, type Up } from '../up.ts';

interface Options {
  readonly rows: number;
  readonly workers: number;
  readonly kill: boolean;
  readonly json: boolean;
}

interface Job {
  readonly job: string;
  readonly seconds: number;
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  /** Events of the workflow's history. */
  readonly events: number;
  /** The highest of the workers that are alive at its end. */
  readonly peakMb: number;
}

const SEED = 1;

async function bench(options: Options): Promise<readonly Job[]> {
  const dir = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  chmodSync(dir, 0o755); // PostgreSQL may run as another user, which must be able to enter
  const set = { rows: options.rows, seed: SEED };
  generateProject(dir, { customers: set });
  const up = await startUp(dir, options);
  const crm = await openCrm(up);
  const session = await openSession({ project: dir, json: true }, { workers: 0 });
  try {
    await prepareCrm(crm, { set });
    const before = await digestOf(crm);
    const forth = await measure(
      { up, session },
      { workflow: 'syncRun', input: { sync: 'customers', trigger: 'bench' } },
    );
    const killing = options.kill ? killOne(up, session.client) : Promise.resolve();
    const input = { sync: 'customers', run: forth.run, trigger: 'bench' };
    const back = await measure({ up, session }, { workflow: 'undoRun', input });
    await killing;
    const after = await digestOf(crm);
    if (after.md5 !== before.md5 || after.rows !== before.rows)
      throw new Error(`after the undo the CRM has ${after.rows} rows, not the ${before.rows} of before as they were`);
    return [forth.job, back.job];
  } finally {
    await crm.end();
    await session.close();
    await up.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function measure(
  { up, session }: { readonly up: Up; readonly session: Session },
  start: StartRun,
): Promise<{ readonly run: string; readonly job: Job }> {
  const run = await startRun(session, start);
  const handle = session.client.workflow.getHandle(run);
  const { created, updated, deleted, outcome } = (await handle.result()) as RunSummary; // what every workflow of ours returns
  const { startTime, closeTime, historyLength } = await handle.describe();
  const seconds = ((closeTime ?? new Date()).getTime() - startTime.getTime()) / 1000;
  const job = start.workflow === 'undoRun' ? 'undo' : 'run';
  say(`${job}: ${outcome} in ${seconds.toFixed(1)} s`);
  const peakMb = Math.max(...up.workerPids().map(peakMemoryMb));
  return { run, job: { job, seconds, created, updated, deleted, events: historyLength, peakMb } };
}

/** PENDING_ACTIVITY_STATE_STARTED of Temporal's API. */
const STARTED = 2;

/** Waits until an undo delivers its second batch, and kills the process that has it in hand. */
async function killOne(up: Up, client: Client): Promise<void> {
  for (;;) {
    for await (const { workflowId } of client.workflow.list({ query: "WorkflowType = 'undoRun'" })) {
      const { raw } = await client.workflow.getHandle(workflowId).describe();
      const delivering = (raw.pendingActivities ?? []).find(
        ({ activityId, state }) => activityId === 'deliver-0-1' && Number(state) === STARTED,
      );
      const pid = Number.parseInt(delivering?.lastWorkerIdentity ?? '', 10);
      if (!up.workerPids().includes(pid)) continue;
      process.kill(pid, 'SIGKILL');
      say(`killed worker ${pid}, which delivered`);
      return;
    }
    await sleep(20);
  }
}

const program = new Command('bench:undo')
  .description('Measures a run and its undo, of which a worker is killed half way.')
  .option('--rows <n>', 'customers', positive, 200_000)
  .option('--workers <n>', 'worker processes', countOption, 2)
  .option('--no-kill', 'let all workers live')
  .option('--json', 'figures as JSON on stdout', false);
Reflect.deleteProperty(process.env, 'TRIBUTARY_DATA_DIR'); // the project keeps its data in its own folder
const options = program.parse().opts<Options>();
const jobs = await bench(options);
if (options.json) printJson({ rows: options.rows, killed: options.kill, jobs });
else {
  const header = ['job', 's', 'created', 'updated', 'deleted', 'events', 'peak MB of a worker'];
  const rows = jobs.map(({ job, seconds, created, updated, deleted, events, peakMb }) => [
    job,
    Number(seconds.toFixed(1)),
    created,
    updated,
    deleted,
    events,
    Math.round(peakMb),
  ]);
  print(table(header, rows));
}
process.exit(0);
