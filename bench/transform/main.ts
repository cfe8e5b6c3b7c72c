// `npm run bench:transform`: what the example's mapping and rules cost, in microseconds of CPU a record.
//
//   for each repetition:  each lane once, over the same records in memory; one more before the clock runs
//
// One process, no I/O. CPU time, not wall time, so that what else the machine does counts less.

import { Command } from 'commander';
import { print, printJson, say } from '../../src/cli/output.ts';
import { fieldCounts, type Lane, lanesOf } from './lanes.ts';
import { type LaneRun, renderJson, renderTable } from './report.ts';
import { positive } from '../figures.ts';

interface Options {
  readonly rows: number;
  readonly runs: number;
  readonly json: boolean;
}

async function bench({ rows, runs }: Options): Promise<readonly LaneRun[]> {
  say(`decoding ${rows} customers …`);
  const lanes = await lanesOf(rows);
  for (const lane of lanes) measure(lane);
  const measured: LaneRun[] = [];
  for (let run = 1; run <= runs; run++) {
    say(`run ${run} of ${runs}`);
    for (const lane of lanes) measured.push({ lane: lane.name, micros: measure(lane) });
  }
  return measured;
}

function measure({ name, items, run }: Lane): number {
  const before = process.cpuUsage();
  const right = run();
  const { user, system } = process.cpuUsage(before);
  // Some of the example's customers are wrong on purpose.
  if (right < items / 2) throw new Error(`${name}: only ${right} of ${items} came out right`);
  return (user + system) / items;
}

const program = new Command('bench:transform')
  .description('Measures what transform and validate cost a record, under the example’s mapping and rules.')
  .option('--rows <n>', 'customers', positive, 50_000)
  .option('--runs <n>', 'repetitions', positive, 5)
  .option('--json', 'figures as JSON on stdout', false);
const options = program.parse().opts<Options>();
const measured = await bench(options);
if (options.json) printJson(renderJson(measured));
else print(renderTable(measured, await fieldCounts()));
