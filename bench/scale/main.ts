// `npm run bench:scale`: one run over many records, and the same export once more. What grows with the records, and what
// must not: history of each workflow run, the largest event in it, memory of every process.

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { countOption } from '../../src/cli/options.ts';
import { print, printJson, say, table } from '../../src/cli/output.ts';
import { startRun } from '../../src/cli/runs.ts';
import { openSession, type Session } from '../../src/cli/session.ts';
import type { RunSummary } from '../../src/domain/run.ts';
import { prepareCrm } from '../crm.ts';
import { positive, round } from '../figures.ts';
import { generateProject } from '../generate.ts';
import { childrenOf, peakMemoryMb } from '../processes.ts';
import { openCrm, startUp, type Up } from '../up.ts';
import { chainOf, type ChainFigures } from './history.ts';

interface Options {
  readonly rows: number;
  readonly workers: number;
  readonly dir: string;
  readonly json: boolean;
  readonly keep: boolean;
}

interface Measured extends ChainFigures {
  readonly job: 'full' | 'unchanged';
  readonly seconds: number;
  readonly read: number;
  readonly created: number;
  readonly quarantined: number;
  /** The most that each worker process has held at once, in MB. */
  readonly workersMb: readonly number[];
  readonly temporalMb: number;
}

async function measure(options: Options): Promise<readonly Measured[]> {
  const { rows, workers } = options;
  const dir = mkdtempSync(join(options.dir, 'tributary-scale-'));
  chmodSync(dir, 0o755); // PostgreSQL may run as another user, which must be able to enter
  try {
    say(`generating ${rows} customers in ${dir} …`);
    generateProject(dir, { customers: { rows, seed: 1 } });
    const up = await startUp(dir, { workers });
    const crm = await openCrm(up);
    const session = await openSession({ project: dir, json: true }, { workers: 0 });
    try {
      await prepareCrm(crm, { set: { rows, seed: 1 }, empty: true });
      const full = await measureRun(up, session, 'full');
      const { rows: counted } = await crm.query<{ count: number }>('select count(*) from public.account');
      if (counted[0]?.count !== rows - full.quarantined)
        throw new Error(`the CRM has ${String(counted[0]?.count)} records, not ${rows - full.quarantined}`);
      return [full, await measureRun(up, session, 'unchanged')];
    } finally {
      await crm.end();
      await session.close();
      await up.stop();
    }
  } finally {
    if (!options.keep) rmSync(dir, { recursive: true, force: true });
  }
}

async function measureRun(up: Up, session: Session, job: Measured['job']): Promise<Measured> {
  const input = { sync: 'customers', trigger: 'bench', reread: true };
  const id = await startRun(session, { workflow: 'syncRun', input });
  const began = Date.now();
  const { outcome, read, created, quarantined } = (await session.client.workflow.getHandle(id).result()) as RunSummary; // what every workflow of ours returns
  const seconds = round((Date.now() - began) / 1000, 1);
  say(`  ${job}: ${outcome} in ${seconds} s, ${read} read, ${created} created, ${quarantined} quarantined`);
  const temporal = childrenOf(up.pid).find(({ command }) => command.includes('start-dev'));
  return {
    job,
    seconds,
    read,
    created,
    quarantined,
    workersMb: up.workerPids().map((pid) => Math.round(peakMemoryMb(pid))),
    temporalMb: Math.round(peakMemoryMb(temporal?.pid ?? 0)),
    ...(await chainOf(session.client, id)),
  };
}

function render(rows: number, measured: readonly Measured[]): string {
  const header = [
    'records',
    'run',
    'seconds',
    'histories',
    'events, most',
    'events, all',
    'KB, most',
    'largest payload',
  ];
  return table(
    [...header, 'workers, MB', 'Temporal, MB'],
    measured.map((one) => [
      rows,
      one.job,
      one.seconds,
      one.histories,
      one.mostEvents,
      one.allEvents,
      Math.round(one.mostBytes / 1024),
      `${one.largestPayloadBytes} B`,
      one.workersMb.join(' + '),
      one.temporalMb,
    ]),
  );
}

const program = new Command('bench:scale')
  .description('One run over many records: history, memory of each process, seconds.')
  .option('--rows <n>', 'customers', positive, 10_000)
  .option('--workers <n>', 'worker processes', countOption, 2)
  .option('--dir <folder>', 'where the project is made: 1.2 KB a record are needed', tmpdir())
  .option('--json', 'figures as JSON on stdout', false)
  .option('--keep', 'leave the project where it is', false);
Reflect.deleteProperty(process.env, 'TRIBUTARY_DATA_DIR'); // the project keeps its data in its own folder
const options = program.parse().opts<Options>();
const measured = await measure(options);
if (options.json) printJson({ rows: options.rows, workers: options.workers, runs: measured });
else print(render(options.rows, measured));
process.exit(0);
