// `npm run bench:formats`: what reading costs, format by format, beside the parsers that others use.
//
// With `--size 5GB`: files of that size, and the memory that reading them takes (`large.ts`).
//
//   for each repetition:  for each format:  framing ─► fingerprint ─► fast lane ─► reference lane ─► whole read ─► rivals
//
// Everything runs in one process over the same bytes in memory. Before the clock runs, every lane that decodes has shown
// that its records are the generated ones.

import { setFlagsFromString } from 'node:v8';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Format } from '../../src/domain/definition.ts';
import { print, printJson, say } from '../../src/cli/output.ts';
import { CUSTOMER_COLUMNS } from '../generate.ts';
import { cellsAt, documentOf, FORMATS } from './documents.ts';
import { digestOf, type Lane, lanesOf } from './lanes.ts';
import { measureLarge, renderLarge } from './large.ts';
import type { LargeRead } from './read-large.ts';
import { type LaneRun, renderJson, renderTable } from './report.ts';
import { positive } from '../figures.ts';

interface Options {
  readonly rows: number;
  readonly runs: number;
  readonly format?: Format;
  readonly size?: number;
  readonly json: boolean;
}

const SEED = 1;

setFlagsFromString('--expose-gc');
// A full collection before every lane would make V8 forget the compiled code of the others.
setFlagsFromString('--no-flush-bytecode');
/** Garbage of one lane must not be charged to the next. */
const collectGarbage = runInNewContext('gc') as () => void; // what V8 puts there under --expose-gc

async function bench({ rows, runs, format }: Options): Promise<readonly LaneRun[]> {
  const chosen = format === undefined ? FORMATS : [format];
  const set = { rows, seed: SEED };
  const lanes: { readonly format: Format; readonly lanes: readonly Lane[] }[] = [];
  const expected = digestOf(generated(rows));
  for (const each of chosen) {
    const document = Buffer.concat([...documentOf(each, set)]);
    say(`${each}: ${(document.length / 1e6).toFixed(0)} MB, ${(document.length / rows).toFixed(0)} bytes a record`);
    const found = await lanesOf(each, document);
    for (const lane of found) requireEqual(`${each}: ${lane.name}`, lane, expected);
    lanes.push({ format: each, lanes: found });
  }
  const measured: LaneRun[] = [];
  for (let run = 1; run <= runs; run++) {
    say(`run ${run} of ${runs}`);
    for (const each of lanes) {
      for (const lane of each.lanes) {
        const result = { format: each.format, lane: lane.name, micros: measure(lane, rows) };
        const { fast = 0, reference = 0 } = lane.lanes ?? {};
        measured.push(lane.lanes === undefined ? result : { ...result, share: fast / (fast + reference) });
      }
    }
  }
  return measured;
}

function* generated(rows: number): Generator<object> {
  for (let index = 0; index < rows; index++) {
    const cells = cellsAt(index, { rows, seed: SEED });
    yield Object.fromEntries(CUSTOMER_COLUMNS.map((column, at) => [column, cells[at]]));
  }
}

function requireEqual(name: string, lane: Lane, expected: string): void {
  if (lane.records === null || digestOf(lane.records()) === expected) return;
  throw new Error(`${name} has other records than were generated`);
}

function measure(lane: Lane, rows: number): number {
  collectGarbage();
  const before = process.cpuUsage();
  const count = lane.run();
  const { user, system } = process.cpuUsage(before);
  if (count !== rows) throw new Error(`${lane.name} met ${count} records of ${rows}`);
  return (user + system) / rows;
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
