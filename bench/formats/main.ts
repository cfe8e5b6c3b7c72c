// `npm run bench:formats`: what reading costs, format by format, beside the parsers that others use.
//
// With `--size 5GB`: files of that size, and the memory that reading them takes (`large.ts`).
//
//   for each repetition:  for each format:  framing ─► fingerprint ─► fast lane ─► reference lane ─► whole read ─► rivals
//
// Each in a process of its own (`measure-lane.ts`), over the same bytes in memory.

import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Format } from '../../src/domain/definition.ts';
import { print, printJson, say } from '../../src/cli/output.ts';
import { positive } from '../figures.ts';
import { FORMATS } from './documents.ts';
import { LANES } from './lanes.ts';
import { measureLarge, renderLarge, runScript } from './large.ts';
import type { LaneFigures } from './measure-lane.ts';
import type { LargeRead } from './read-large.ts';
import { type LaneRun, renderJson, renderTable } from './report.ts';

interface Options {
  readonly rows: number;
  readonly runs: number;
  readonly format?: Format;
  readonly size?: number;
  readonly json: boolean;
}

async function bench({ rows, runs, format }: Options): Promise<readonly LaneRun[]> {
  const script = fileURLToPath(new URL('./measure-lane.js', import.meta.url));
  const measured: LaneRun[] = [];
  for (let run = 1; run <= runs; run++) {
    for (const each of format === undefined ? FORMATS : [format]) {
      say(`run ${run} of ${runs}: ${each}`);
      for (const lane of LANES[each]) {
        const figures = (await runScript(script, [each, lane, String(rows)])) as LaneFigures; // what the script prints
        measured.push({ format: each, lane, ...figures });
      }
    }
  }
  return measured;
}

async function benchLarge(bytes: number, format?: Format): Promise<readonly (readonly [Format, LargeRead])[]> {
  const script = fileURLToPath(new URL('./read-large.js', import.meta.url));
  const reads: [Format, LargeRead][] = [];
  for (const each of format === undefined ? FORMATS : [format]) {
    say(`${each}: writing and reading ${(bytes / 1e9).toFixed(2)} GB …`);
    reads.push([each, await measureLarge(each, { bytes, decodeEvery: 1, script })]);
  }
  return reads;
}

const UNITS: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9 };

function sizeOption(text: string): number {
  const [, number = '', unit = ''] = /^(\d+)(MB|GB)$/i.exec(text) ?? [];
  const bytes = Number(number) * (UNITS[unit.toUpperCase()] ?? 0);
  if (bytes === 0) throw new InvalidArgumentError('expected a size such as 500MB or 5GB');
  return bytes;
}

const program = new Command('bench:formats')
  .description(
    'Measures what reading costs: framing, fingerprints, both lanes of decoding, and other parsers beside them.',
  )
  .option('--rows <n>', 'customers of 14 columns', positive, 200_000)
  .option('--runs <n>', 'repetitions', positive, 3)
  .addOption(new Option('--format <format>', 'only this one').choices(FORMATS))
  .option('--size <size>', 'read one file of this size of each format instead, for its memory', sizeOption)
  .option('--json', 'figures as JSON on stdout', false);
const options = program.parse().opts<Options>();
if (options.size !== undefined) {
  const reads = await benchLarge(options.size, options.format);
  if (options.json) printJson(Object.fromEntries(reads));
  else print(renderLarge(reads));
} else {
  const measured = await bench(options);
  if (options.json) printJson(renderJson(measured));
  else print(renderTable(measured));
}
