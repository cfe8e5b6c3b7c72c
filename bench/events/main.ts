// `npm run bench:events`: how long a change takes from the source system's request to the CRM.
//
//   client ─ POST, one record ─► receiver ─► inbox ─► intake ─► CRM ─ NOTIFY at commit ─► client
//
// Every event changes another customer, so that lost and doubled ones are told by counting writes. Clock: from the send to
// the CRM's word that the row is visible. Beside it, the same client inserts rows into a table of the CRM by itself.

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { Client as PgClient } from 'pg';
import { countOption } from '../../src/cli/options.ts';
import { print, printJson, say, table } from '../../src/cli/output.ts';
import { startRun } from '../../src/cli/runs.ts';
import { openSession, type Session } from '../../src/cli/session.ts';
import { ensureDatabase } from '../../src/runtime/postgres.ts';
import type { Pool } from '../../src/postgres/client.ts';
import { positive } from '../figures.ts';
import { openCrm, startUp, type Up } from '../up.ts';
import { customer, prepareCrm, tellVisible, VISIBLE, writeProject } from './project.ts';
import { openSender, type Send } from './send.ts';

interface Options {
  readonly rate: number;
  readonly seconds: number;
  readonly workers: number;
  readonly json: boolean;
}

interface Latency {
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly p99_ms: number;
}

interface Figures extends Latency {
  readonly sent: number;
  readonly lost: number;
  readonly doubled: number;
  /** The request alone: until the answer. */
  readonly accepted: Latency;
  /** A row that the same client inserts by itself, until it is visible. */
  readonly direct: Latency;
  readonly batches: number;
}

/** The first seconds are not measured: everything is cold. */
const WARM_UP_SECONDS = 5;
const PATIENCE_MS = 60_000;

async function bench(options: Options): Promise<Figures> {
  const dir = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  chmodSync(dir, 0o755); // PostgreSQL may run as another user, which must be able to enter
  const warm = options.rate * WARM_UP_SECONDS;
  const total = warm + options.rate * options.seconds;
  writeProject(dir, total);
  const up = await startUp(dir, options);
  const crm = await openCrm(up);
  const session = await openSession({ project: dir, json: true }, { workers: 0 });
  const seen = await watch(up);
  const send = await openSender(up);
  try {
    await prepareCrm(crm);
    await load(session);
    await tellVisible(crm);
    say(`${total} customers are in the CRM`);
    const direct = await measure({ options, seen, from: 0, count: options.rate * 5 }, (n) => insert(crm, n));
    seen.clear();
    await measure({ options, seen, from: 0, count: warm }, send);
    const measured = await measure({ options, seen, from: warm, count: total - warm }, send);
    const { lost, doubled } = await countWrites(crm);
    const { rows } = await session.store.pool.query<{ batches: number }>(
      `select count(*) as batches from batch b join run r on r.no = b.run_no where r.kind = 'event'`,
    );
    return {
      sent: total - warm,
      ...percentiles(measured.visible),
      lost,
      doubled,
      accepted: percentiles(measured.accepted),
      direct: percentiles(direct.visible),
      batches: rows[0]?.batches ?? 0,
    };
  } finally {
    await seen.close();
    await crm.end();
    await session.close();
    await up.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function load(session: Session): Promise<void> {
  const run = await startRun(session, { workflow: 'syncRun', input: { sync: 'customers', trigger: 'bench' } });
  await session.client.workflow.getHandle(run).result();
}

interface Seen {
  /** When a customer became visible, by number. */
  readonly at: Map<number, number>;
  clear(): void;
  close(): Promise<void>;
}

async function watch(up: Up): Promise<Seen> {
  const client = new PgClient({ connectionString: await ensureDatabase(up.databaseUrl, 'crm') });
  await client.connect();
  const at = new Map<number, number>();
  client.on('notification', ({ payload = '' }) => {
    const now = performance.now();
    for (const n of payload.split(',')) if (!at.has(Number(n))) at.set(Number(n), now);
  });
  await client.query(`listen ${VISIBLE}`);
  return { at, clear: () => at.clear(), close: () => client.end() };
}

interface Measuring {
  readonly options: Options;
  readonly seen: Seen;
  readonly from: number;
  readonly count: number;
}

/** Sends at the rate, whether or not answers have come: a slow system must not slow its own measurement. */
async function measure(
  { options, seen, from, count }: Measuring,
  send: Send,
): Promise<{ readonly visible: readonly number[]; readonly accepted: readonly number[] }> {
  const sentAt = new Map<number, number>();
  const accepted: number[] = [];
  const sending: Promise<void>[] = [];
  const began = performance.now();
  for (let n = 0; n < count; n++) {
    const due = began + (n * 1_000) / options.rate;
    const early = due - performance.now();
    if (early > 1) await sleep(early);
    const at = performance.now();
    sentAt.set(from + n, at);
    sending.push(
      (async () => {
        await send(from + n);
        accepted.push(performance.now() - at);
      })(),
    );
  }
  await Promise.all(sending);
  const until = performance.now() + PATIENCE_MS;
  while ([...sentAt.keys()].some((n) => !seen.at.has(n)) && performance.now() < until) await sleep(100);
  const visible = [...sentAt].flatMap(([n, at]) => {
    const shown = seen.at.get(n);
    return shown === undefined ? [] : [shown - at];
  });
  return { visible, accepted };
}

async function insert(crm: Pool, n: number): Promise<void> {
  const { id, name, email, phone, city, credit_limit: limit } = customer(n, 1);
  await crm.query('insert into crm.direct values ($1, $2, $3, $4, $5, $6)', [id, name, email, phone, city, limit]);
}

async function countWrites(crm: Pool): Promise<{ readonly lost: number; readonly doubled: number }> {
  const { rows } = await crm.query<{ lost: number; doubled: number }>(
    `select count(*) filter (where name not like '% 2') as lost, count(*) filter (where writes > 2) as doubled
     from crm.account`,
  );
  return rows[0] ?? { lost: 0, doubled: 0 };
}

function percentiles(values: readonly number[]): Latency {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN) * 10) / 10;
  return { p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99) };
}

const program = new Command('bench:events')
  .description('Measures the time from an event of a source system to the CRM.')
  .option('--rate <n>', 'events a second', positive, 200)
  .option('--seconds <n>', 'how long', positive, 60)
  .option('--workers <n>', 'worker processes', countOption, 2)
  .option('--json', 'figures as JSON on stdout', false);
Reflect.deleteProperty(process.env, 'TRIBUTARY_DATA_DIR'); // the project keeps its data in its own folder
const options = program.parse().opts<Options>();
const figures = await bench(options);
if (options.json) printJson(figures);
else {
  const { accepted, direct, sent, lost, doubled, batches } = figures;
  const line = (what: string, { p50_ms: p50, p95_ms: p95, p99_ms: p99 }: Latency): readonly string[] => [
    what,
    ...[p50, p95, p99].map((ms) => `${ms} ms`),
  ];
  print(`${sent} events, ${options.rate} a second, in ${batches} batches; ${lost} lost, ${doubled} doubled`);
  print(
    table(
      ['', 'p50', 'p95', 'p99'],
      [line('event to CRM', figures), line('event to answer', accepted), line('direct insert', direct)],
    ),
  );
}
process.exit(figures.lost + figures.doubled === 0 ? 0 : 1);
