// `npm run bench`: the main job, measured beside the database's own floor in the same server.
//
//   for each repetition, on a project of its own:  floor ─► full ─► unchanged ─► floor
//
// Clock: from the workflow's start to its end, on services that are up. After each job the CRM's digest is compared with
// that of the table that the floor has loaded.

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import type { RunSummary } from '../src/domain/run.ts';
import { countOption } from '../src/cli/options.ts';
import { print, printJson, say } from '../src/cli/output.ts';
import { startRun } from '../src/cli/runs.ts';
import { openSession, type Session } from '../src/cli/session.ts';
import type { Pool } from '../src/postgres/client.ts';
import { digestOf, prepareCrm } from './crm.ts';
import { cleanRows, runFloor } from './floor.ts';
import { generateProject } from './generate.ts';
import { type CpuSeconds, cpuOf, peakMemoryMb } from './processes.ts';
import { type FloorRun, type JobRun, type Measured, renderJson, renderTable } from './report.ts';
import { openCrm, startUp, type Up } from './up.ts';
import { positive } from './figures.ts';

interface Options {
  readonly rows: number;
  readonly runs: number;
  readonly workers: number;
  readonly json: boolean;
  /** Leave the projects where they are. */
  readonly keep: boolean;
}

const SEED = 1;

async function bench(options: Options): Promise<Measured> {
  const set = { rows: options.rows, seed: SEED };
  say(`generating ${options.rows} customers …`);
  const pieces = cleanRows(set);
  const floors: FloorRun[] = [];
  const jobs: JobRun[] = [];
  for (let run = 1; run <= options.runs; run++) {
    const dir = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
    chmodSync(dir, 0o755); // PostgreSQL may run as another user, which must be able to enter
    try {
      generateProject(dir, { customers: set });
      say(`run ${run} of ${options.runs} in ${dir}`);
      const repetition = await repeat(dir, { ...options, pieces });
      floors.push(...repetition.floors);
      jobs.push(...repetition.jobs);
    } finally {
      if (!options.keep) rmSync(dir, { recursive: true, force: true });
    }
  }
  return { rows: options.rows, floors, jobs };
}

async function repeat(
  dir: string,
  { rows, workers, pieces }: Options & { readonly pieces: readonly Buffer[] },
): Promise<{ readonly floors: readonly FloorRun[]; readonly jobs: readonly JobRun[] }> {
  const set = { rows, seed: SEED };
  const up = await startUp(dir, { workers });
  const [crm, other] = [await openCrm(up), await openCrm(up, 'floor')];
  const session = await openSession({ project: dir, json: true }, { workers: 0 });
  try {
    const floors = [await measureFloor({ up, pool: other, pieces }, set)];
    const { md5 } = await digestOf(other);
    await prepareCrm(crm, { set });
    const jobs: JobRun[] = [];
    for (const job of ['full', 'unchanged'] as const) {
      jobs.push({ job, ...(await measureRun(up, session)) });
      await requireDigest(crm, md5, job);
    }
    floors.push(await measureFloor({ up, pool: other, pieces }, set));
    return { floors, jobs };
  } finally {
    await Promise.all([crm.end(), other.end()]);
    await session.close();
    await up.stop();
  }
}

async function measureFloor(
  { up, pool, pieces }: { readonly up: Up; readonly pool: Pool; readonly pieces: readonly Buffer[] },
  set: { readonly rows: number; readonly seed: number },
): Promise<FloorRun> {
  await prepareCrm(pool, { set });
  const before = cpuOf(up.pid);
  const seconds = await runFloor(pool, pieces);
  say(`  floor ${seconds.toFixed(2)} s`);
  return { seconds, cpu: since(before, up) };
}

async function measureRun(up: Up, session: Session): Promise<Omit<JobRun, 'job'>> {
  const before = cpuOf(up.pid);
  const id = await startRun(session, {
    workflow: 'syncRun',
    input: { sync: 'customers', trigger: 'bench', reread: true },
  });
  const handle = session.client.workflow.getHandle(id);
  const summary = (await handle.result()) as RunSummary; // what every workflow of ours returns
  const { startTime, closeTime } = await handle.describe();
  const seconds = ((closeTime ?? new Date()).getTime() - startTime.getTime()) / 1000;
  const cpu = since(before, up);
  const peakMb = Math.max(...up.workerPids().map(peakMemoryMb));
  const { outcome, read, unchanged, created, updated, quarantined } = summary;
  say(
    `  ${outcome} in ${seconds.toFixed(2)} s: ${read} read, ${unchanged} unchanged, ${created} created, ` +
      `${updated} updated, ${quarantined} quarantined`,
  );
  return { seconds, cpu, peakMb };
}

function since(before: CpuSeconds, up: Up): CpuSeconds {
  const now = cpuOf(up.pid);
  return {
    ours: now.ours - before.ours,
    postgres: now.postgres - before.postgres,
    temporal: now.temporal - before.temporal,
  };
}

async function requireDigest(crm: Pool, expected: string, job: string): Promise<void> {
  const { rows, md5 } = await digestOf(crm);
  if (md5 === expected) return;
  throw new Error(`after the job ${job} the CRM (${rows} rows) is not what the floor loaded`);
}

const program = new Command('bench')
  .description('Measures the main job beside the floor of the same PostgreSQL server.')
  .option('--rows <n>', 'customers', positive, 200_000)
  .option('--runs <n>', 'repetitions', positive, 3)
  .option('--workers <n>', 'worker processes', countOption, 2)
  .option('--json', 'figures as JSON on stdout', false)
  .option('--keep', 'leave the projects in the temporary folder', false);
Reflect.deleteProperty(process.env, 'TRIBUTARY_DATA_DIR'); // each project keeps its data in its own folder
const options = program.parse().opts<Options>();
const measured = await bench(options);
if (options.json) printJson(renderJson(measured));
else print(renderTable(measured));
process.exit(0);
