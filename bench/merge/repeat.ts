// One repetition: the floor, a full load of new records, a delta; each checked by the digest of all rows.

import { numbersIn } from '../../src/domain/spans.ts';
import { performance } from 'node:perf_hooks';
import { say } from '../../src/cli/output.ts';
import type { Pool } from '../../src/postgres/client.ts';
import { evaluateGate } from '../../src/steps/gate.ts';
import type { BatchRef, Deps } from '../../src/steps/deps.ts';
import { stageRound } from '../../src/steps/rounds.ts';
import { digestOf, prepareCrm } from '../crm.ts';
import type { CustomerSet } from '../customer.ts';
import { cleanRows, runFloor } from '../floor.ts';
import { generateCustomers } from '../generate.ts';
import { ownCpu, treeCpu } from '../processes.ts';
import type { Crew } from './crew.ts';
import { endRun, stageClaims, type Staged } from './stage.ts';

export interface Place {
  readonly deps: Deps;
  readonly crew: Crew;
  readonly crm: Pool;
  readonly floor: Pool;
  /** Where the sync expects its export. */
  readonly exportFile: string;
  /** Of the PostgreSQL server. */
  readonly postgresPid: number;
}

export const JOBS = ['floor', 'full', 'delta'] as const;
export type Job = (typeof JOBS)[number];

export interface Measured {
  readonly records: number;
  readonly seconds: number;
  readonly cpuOurs: number;
  readonly cpuPostgres: number;
  /** Of `seconds`, what passed before the gate was through. */
  readonly mergeSeconds: number;
}

export type Repetition = Readonly<Record<Job, Measured>>;

const SEED = 1;
const DELTA = 0.01;
/** What a run leaves behind but itself. */
const FORGET = `truncate tributary.crosswalk, tributary.record, tributary.batch, tributary.fingerprint,
  tributary.fingerprint_revocation, tributary.reservation, tributary.absence, tributary.quarantine, tributary.hold, tributary.pin`;

export async function repeat(place: Place, rows: number): Promise<Repetition> {
  const set = { rows, seed: SEED, badShare: 0 };
  const changed = { ...set, changedShare: DELTA };
  await prepareCrm(place.floor, { set, empty: true });
  const pieces = cleanRows(set);
  const floor = await measure(place, rows, async () => {
    await runFloor(place.floor, pieces);
    return 0;
  });
  await forget(place, set);
  const full = await load(place, set, (await digestOf(place.floor)).md5);
  await runFloor(place.floor, cleanRows(changed));
  const delta = await load(place, changed, (await digestOf(place.floor)).md5);
  return { floor, full, delta };
}

/** The CRM is empty, and the store knows nothing of it. */
async function forget({ deps, crm }: Place, set: CustomerSet): Promise<void> {
  await prepareCrm(crm, { set, empty: true });
  await deps.store.pool.query(FORGET);
  await deps.store.pool.query('update sync set delivered_run = null, lease_run = null');
}

async function load(place: Place, set: CustomerSet, md5: string): Promise<Measured> {
  generateCustomers({ ...set, out: place.exportFile });
  const staged = await stageClaims(place.deps);
  await place.crew.open(staged.ref);
  await place.crm.query('checkpoint');
  const measured = await measure(place, staged.claims, () => mergeAndDeliver(place, staged));
  await endRun(place.deps, staged.ref);
  const digest = await digestOf(place.crm);
  if (digest.md5 !== md5) throw new Error(`the CRM (${digest.rows} rows) is not what the floor loaded`);
  return measured;
}

/** @returns when the gate was through */
async function mergeAndDeliver({ deps, crew }: Place, { ref, batches }: Staged): Promise<number> {
  let merged = 0;
  let due: readonly BatchRef[] = batches;
  for (let round = 0; due.length > 0;) {
    await crew.each('merge', due);
    const gate = await evaluateGate(deps, { ...ref, round });
    if (gate.tripped.length > 0) throw new Error(gate.tripped.join('; '));
    merged = performance.now();
    await crew.each('deliver', due);
    round += 1;
    const next = await stageRound(deps, { ...ref, round });
    due = [...numbersIn(next.batches)].map((n) => ({ ...ref, round, n }));
  }
  return merged;
}

async function measure(place: Place, records: number, work: () => Promise<number>): Promise<Measured> {
  const cpuOurs = (): number => [process.pid, ...place.crew.pids].reduce((sum, pid) => sum + ownCpu(pid), 0);
  const before = { ours: cpuOurs(), postgres: treeCpu(place.postgresPid), at: performance.now() };
  const merged = await work();
  const seconds = (performance.now() - before.at) / 1000;
  const mergeSeconds = merged === 0 ? 0 : (merged - before.at) / 1000;
  const cpu = { ours: cpuOurs() - before.ours, postgres: treeCpu(place.postgresPid) - before.postgres };
  const micros = (value: number): string => ((value * 1e6) / records).toFixed(0);
  say(
    `  ${records} records in ${seconds.toFixed(2)} s (merge ${mergeSeconds.toFixed(2)} s), ` +
      `CPU µs a record: ours ${micros(cpu.ours)}, PostgreSQL ${micros(cpu.postgres)}`,
  );
  return { records, seconds, mergeSeconds, cpuOurs: cpu.ours, cpuPostgres: cpu.postgres };
}
