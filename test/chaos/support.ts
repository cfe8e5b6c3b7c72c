// Projects for the tests that kill processes: a generated one that is up, its CRM, and what a run leaves there.

import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { digestOf, prepareCrm } from '../../bench/crm.ts';
import type { CustomerSet } from '../../bench/customer.ts';
import { generateProject } from '../../bench/generate.ts';
import { openCrm, projectEnv, startUp, type Up } from '../../bench/up.ts';
import { openSession, type Session } from '../../src/cli/session.ts';
import type { RunSummary } from '../../src/domain/run.ts';
import type { Pool } from '../../src/postgres/client.ts';

const CLI = fileURLToPath(new URL('../../bin/tributary.js', import.meta.url));

export interface ChaosProject {
  readonly up: Up;
  readonly session: Session;
  readonly crm: Pool;
  /** Lets go of the connections and stops what runs; the folder stays. */
  close(): Promise<void>;
}

/** A folder with the project and its export. The CRM's table counts the writes of every row. */
export function makeProject(set: CustomerSet): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-chaos-')));
  chmodSync(dir, 0o755); // PostgreSQL may run as another user, which must be able to enter
  generateProject(dir, { writeCount: true, customers: set });
  return dir;
}

export function removeProject(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
}

export async function open(dir: string): Promise<ChaosProject> {
  const up = await startUp(dir, { workers: 2 });
  const session = await openSession({ project: dir, json: true }, { workers: 0 });
  const crm = await openCrm(up);
  return {
    up,
    session,
    crm,
    close: async () => {
      await crm.end();
      await session.close();
      await up.stop();
    },
  };
}

export async function fillCrm(crm: Pool, set: CustomerSet): Promise<void> {
  await prepareCrm(crm, { set, writeCount: true });
}

/** Runs a command of the CLI to its end; gives its JSON. */
export function tributary(dir: string, ...args: readonly string[]): Promise<unknown> {
  const child = spawn(process.execPath, [CLI, '--project', dir, '--json', ...args], {
    env: projectEnv(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const printed = Buffer.concat(parts).toString('utf8');
      if (code === 0) resolve(JSON.parse(printed));
      else reject(new Error(`tributary ${args.join(' ')} ended with ${String(code)}: ${printed}`));
    });
  });
}

export async function startRun(dir: string): Promise<string> {
  const { run } = (await tributary(dir, 'run', 'customers', '--detach')) as { run: string }; // what --detach prints
  return run;
}

export async function resultOf({ client }: Session, run: string): Promise<Omit<RunSummary, 'run'>> {
  const { run: _id, ...counts } = (await client.workflow.getHandle(run).result()) as RunSummary; // as every workflow of ours returns
  return counts;
}

async function one<T extends object>(db: Pool, sql: string): Promise<T> {
  const [row] = (await db.query<T>(sql)).rows;
  if (row === undefined) throw new Error(`no row: ${sql}`);
  return row;
}

/** What a run leaves behind, but for times and names. */
export interface Left {
  readonly digest: { readonly rows: number; readonly md5: string };
  readonly mostWrites: number;
  readonly written: number;
  /** By state, and what they rest on. */
  readonly claims: unknown;
  readonly records: unknown;
  readonly quarantined: unknown;
  readonly fingerprints: unknown;
  readonly reservations: number;
  readonly leases: number;
  readonly temporaryTables: number;
}

export async function whatIsLeft({ crm, session }: ChaosProject): Promise<Left> {
  const { pool } = session.store;
  const writes = await one<{ most: number; written: number }>(
    crm,
    'select max(write_count) as most, count(*) filter (where write_count > 0) as written from public.account',
  );
  const count = async (db: Pool, from: string): Promise<number> =>
    (await one<{ count: number }>(db, `select count(*) from ${from}`)).count;
  return {
    digest: await digestOf(crm),
    mostWrites: writes.most,
    written: writes.written,
    claims: await one(
      pool,
      `select count(*), count(distinct record_id) as records, md5(string_agg(key || state || claim, '' order by key))
       from crosswalk`,
    ),
    records: await one(
      pool,
      `select count(*), sum(revision) as revisions, md5(string_agg(r.base, '' order by c.key))
       from record r join crosswalk c on c.record_id = r.id`,
    ),
    quarantined: await one(
      pool,
      `select count(*), md5(string_agg(identity || state, '' order by identity)) from quarantine`,
    ),
    fingerprints: await one(pool, 'select count(*) as parts, sum(length(entries)) as bytes from fingerprint'),
    reservations: await count(pool, 'reservation'),
    leases: await count(pool, 'sync where lease_run is not null'),
    temporaryTables:
      (await count(pool, `pg_class where relpersistence = 't'`)) +
      (await count(crm, `pg_class where relpersistence = 't'`)),
  };
}

export interface Working {
  readonly activity: string;
  /** The worker process that has it. */
  readonly pid: number;
}

/** The activities that some worker has in hand, as Temporal knows it: works also while no worker answers. */
export async function working(client: Client, run: string): Promise<readonly Working[]> {
  const { raw } = await client.workflow.getHandle(run).describe();
  return (raw.pendingActivities ?? []).flatMap((pending) =>
    Number(pending.state) === STARTED
      ? [{ activity: pending.activityType?.name ?? '', pid: Number.parseInt(pending.lastWorkerIdentity ?? '', 10) }]
      : [],
  );
}

/** PENDING_ACTIVITY_STATE_STARTED of Temporal's API. */
const STARTED = 2;

/** mulberry32: numbers in [0, 1), the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
