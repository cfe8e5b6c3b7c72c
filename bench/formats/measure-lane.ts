// One lane of a format, as a process of its own: nothing that the others leave behind, of garbage or of what V8 has learned
// of them, is charged to it. Prints its figures as JSON. Before the clock runs, a lane that decodes shows that its records
// are the generated ones.

import type { Format } from '../../src/domain/definition.ts';
import { printJson } from '../../src/cli/output.ts';
import { CUSTOMER_COLUMNS } from '../generate.ts';
import { cellsAt, documentOf } from './documents.ts';
import { digestOf, type Lane, lanesOf } from './lanes.ts';

export interface LaneFigures {
  /** CPU, in microseconds a record. */
  readonly micros: number;
  /** Of the fast lane: how much of the records it took. */
  readonly share?: number;
}

const SEED = 1;
/** Long enough for the compiler to have done its work, as it has in a worker that reads files all day. */
const WARM_UP_MICROS = 2_000_000;

const [, , ofFormat = '', called = '', records = ''] = process.argv;
printJson(await measure(ofFormat as Format, called, Number(records))); // its caller is `main.ts`

async function measure(format: Format, name: string, rows: number): Promise<LaneFigures> {
  const document = Buffer.concat([...documentOf(format, { rows, seed: SEED })]);
  const lane = (await lanesOf(format, document)).find((one) => one.name === name);
  if (lane === undefined) throw new Error(`${format} has no lane ${name}`);
  if (lane.records !== null && digestOf(lane.records()) !== digestOf(generated(rows))) {
    throw new Error(`${format}: ${name} has other records than were generated`);
  }
  const micros = warm(lane, rows) / rows;
  if (lane.lanes === undefined) return { micros };
  const { fast, reference } = lane.lanes;
  return { micros, share: fast / (fast + reference) };
}

/** CPU of the last run, in microseconds. */
function warm(lane: Lane, rows: number): number {
  const begin = process.cpuUsage();
  for (;;) {
    const before = process.cpuUsage();
    const count = lane.run();
    const { user, system } = process.cpuUsage(before);
    if (count !== rows) throw new Error(`${lane.name} met ${count} records of ${rows}`);
    const spent = process.cpuUsage(begin);
    if (spent.user + spent.system >= WARM_UP_MICROS) return user + system;
  }
}

function* generated(rows: number): Generator<object> {
  for (let index = 0; index < rows; index++) {
    const cells = cellsAt(index, { rows, seed: SEED });
    yield Object.fromEntries(CUSTOMER_COLUMNS.map((column, at) => [column, cells[at]]));
  }
}
