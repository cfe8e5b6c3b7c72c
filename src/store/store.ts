// The store: Tributary's own PostgreSQL database. Opens it, migrates it, and keeps its errors apart from others'.

import { readFileSync, readdirSync } from 'node:fs';
import { SyncError } from '../domain/errors.ts';
import { atFailpoint, type Failpoint } from '../domain/failpoints.ts';
import { type Client, createPool, inTransaction, type Pool } from '../postgres/client.ts';
import { type PostgresTrouble, troubleOf } from '../postgres/errors.ts';

const SCHEMA = 'tributary';
const MIGRATIONS = new URL('./migrations/', import.meta.url);
const MIGRATION_LOCK = 7_411_982;

export interface Store {
  readonly pool: Pool;
  /** One transaction; connection trouble becomes `store.unreachable`. `point` names what its commit makes durable. */
  transaction<T>(work: (client: Client) => Promise<T>, point?: Failpoint): Promise<T>;
  close(): Promise<void>;
}

/** @param options `queryTimeoutMs`: a statement without an answer by then is given up, and its connection closed */
export function openStore(
  url: string,
  { connections, queryTimeoutMs }: { readonly connections: number; readonly queryTimeoutMs?: number },
): Store {
  const limit = queryTimeoutMs === undefined ? {} : { queryTimeoutMs };
  const pool = createPool(url, { max: connections, schema: SCHEMA, ...limit });
  return {
    pool,
    transaction: (work, point) =>
      inNamed(pool, work, point).catch((error: unknown) => Promise.reject(storeError(error))),
    close: () => pool.end(),
  };
}

async function inNamed<T>(pool: Pool, work: (client: Client) => Promise<T>, point?: Failpoint): Promise<T> {
  if (point === undefined) return inTransaction(pool, work);
  const result = await inTransaction(pool, async (client) => {
    const done = await work(client);
    await atFailpoint(point, 'before');
    return done;
  });
  await atFailpoint(point, 'after');
  return result;
}

const PASSES: ReadonlySet<PostgresTrouble> = new Set(['unreachable', 'passing', 'throttled', 'full']);

/** Passing trouble and lost connections become `store.unreachable`, which is retried; everything else stays. */
export function storeError(error: unknown): unknown {
  const trouble = troubleOf(error);
  if (error instanceof SyncError || !PASSES.has(trouble)) return error;
  if (trouble === 'full')
    return new SyncError('store.full', { message: 'Tributary’s own database has no space left', cause: error });
  return new SyncError('store.unreachable', {
    message: 'lost the connection to Tributary’s own database',
    cause: error,
  });
}

/**
 * Brings the store to the current schema, forward only, and ties it to the project.
 * Errors: `store.newer`, `store.foreign`.
 */
export async function migrate(store: Store, project: string): Promise<void> {
  await store.transaction(async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await client.query(`create schema if not exists ${SCHEMA}`);
    await client.query(
      'create table if not exists migration (name text primary key, at timestamptz not null default now())',
    );
    const { rows } = await client.query<{ name: string }>('select name from migration');
    await applyMissing(client, new Set(rows.map((row) => row.name)));
    await client.query(`insert into meta values ('project', $1) on conflict do nothing`, [project]);
    const owner = await client.query<{ value: string }>(`select value from meta where key = 'project'`);
    const name = owner.rows[0]?.value;
    if (name !== project) {
      throw new SyncError('store.foreign', {
        message: `the database belongs to the project ${name}, not to ${project}`,
      });
    }
  });
}

async function applyMissing(client: Client, applied: ReadonlySet<string>): Promise<void> {
  const files = readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .toSorted();
  const unknown = [...applied].find((name) => !files.includes(name));
  if (unknown !== undefined) throw new SyncError('store.newer', { message: `the store has the migration ${unknown}` });
  for (const file of files.filter((name) => !applied.has(name))) {
    await client.query(readFileSync(new URL(file, MIGRATIONS), 'utf8'));
    await client.query('insert into migration (name) values ($1)', [file]);
  }
}
