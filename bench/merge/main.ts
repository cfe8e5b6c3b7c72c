// `npm run bench:merge`: what merging and delivering cost, claims already staged, beside what the database alone needs.
//
//   for each repetition:  floor ─► stage ─► [merge* ─► gate ─► deliver* ─► next round] ─► stage 1 % ─► [the same]
//
// The clock runs over what stands in brackets, on embedded PostgreSQL and in processes that are warm. Temporal has no part
// in it: this program hands out the batches. After each job the CRM's digest is compared with that of the floor's table.

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { print, printJson, say } from '../../src/cli/output.ts';
import { createPool } from '../../src/postgres/client.ts';
import { compose } from '../../src/runtime/composition.ts';
import { ensureDatabase, type PostgresService, startPostgres } from '../../src/runtime/postgres.ts';
import { migrate } from '../../src/store/store.ts';
import { generateProject } from '../generate.ts';
import { Crew } from './crew.ts';
import { repeat, type Repetition } from './repeat.ts';
import { renderJson, renderTable } from './report.ts';

interface Options {
  readonly rows: number;
  readonly runs: number;
  readonly workers: number;
  readonly json: boolean;
}

const isWorkflowOpen = async (): Promise<boolean> => false;

async function bench(options: Options): Promise<readonly Repetition[]> {
  const dir = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  chmodSync(dir, 0o755); // PostgreSQL may run as another user, which must be able to enter
  const postgres = await startPostgres({ dataDir: join(dir, '.tributary'), log: () => {}, env: {} });
  try {
    return await repeatIn(dir, postgres, options);
  } finally {
    await postgres.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function repeatIn(
  dir: string,
  { url: databaseUrl, pid: postgresPid = 0 }: PostgresService,
  { rows, runs, workers }: Options,
): Promise<readonly Repetition[]> {
  const { exportFile } = generateProject(dir);
  const [crm, floor] = [
    createPool(await ensureDatabase(databaseUrl, 'crm'), { max: 2 }),
    createPool(await ensureDatabase(databaseUrl, 'floor'), { max: 2 }),
  ];
  process.env['CRM_URL'] = 'beside:crm';
  const { deps, close } = await compose({ projectDir: dir, databaseUrl, ownQueue: 'bench', isWorkflowOpen });
  await migrate(deps.store, deps.project);
  const crew = await Crew.start({ projectDir: dir, databaseUrl }, workers);
  try {
    const repetitions: Repetition[] = [];
    for (let run = 1; run <= runs; run++) {
      say(`run ${run} of ${runs}`);
      repetitions.push(await repeat({ deps, crew, crm, floor, exportFile, postgresPid }, rows));
    }
    return repetitions;
  } finally {
    await crew.stop();
    await Promise.all([crm.end(), floor.end(), close()]);
  }
}

function positive(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError('expected a whole number from 1 on');
  return count;
}

const program = new Command('bench:merge')
  .description('Measures merging and delivering staged claims beside the floor of the same PostgreSQL server.')
  .option('--rows <n>', 'customers', positive, 200_000)
  .option('--runs <n>', 'repetitions', positive, 3)
  .option('--workers <n>', 'processes that merge and deliver', positive, 2)
  .option('--json', 'figures as JSON on stdout', false);
const options = program.parse().opts<Options>();
const repetitions = await bench(options);
if (options.json) printJson(renderJson(repetitions));
else print(renderTable(repetitions));
process.exit(0);
