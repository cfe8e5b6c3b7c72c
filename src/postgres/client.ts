// PostgreSQL for the store and for the postgres connectors: pools with time limits, transactions, COPY.

import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { watchPool } from './watch.ts';

export type Client = pg.PoolClient;
export type Pool = pg.Pool;
/** Anything that runs a statement: a pool for single ones, a client inside a transaction. */
export type Queryable = Pick<pg.Pool, 'query'>;

/** Every connection speaks UTC and ISO, so that `::text` of a value does not depend on the server's settings. */
const SESSION = '-c timezone=UTC -c datestyle=ISO -c extra_float_digits=1';

export interface PoolOptions {
  readonly max: number;
  /** The search path. */
  readonly schema?: string;
  /** Every transaction refuses to write, unless it says otherwise. */
  readonly readOnly?: boolean;
  /** A statement without an answer by then is given up, and its connection closed. Default: none is. */
  readonly queryTimeoutMs?: number;
  /** As the server's lists of sessions show it. Default: `tributary`. */
  readonly name?: string;
}

const BESIDE = 'beside:';

/** An address as it is, or `beside:NAME` as the database of this name on the server of another address. */
export function addressOf(url: string, storeUrl: string): string {
  if (!url.startsWith(BESIDE)) return url;
  const address = new URL(storeUrl);
  address.pathname = `/${encodeURIComponent(url.slice(BESIDE.length))}`;
  return address.href;
}
/** So that the server, too, gives up a client that is gone, with the locks it holds: within half a minute. */
const GONE =
  '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c client_connection_check_interval=10s';

/**
 * A pool whose connections never hang for ever: 5 s to connect, 5 min a statement, 2 min idle in a transaction, and about
 * 15 s when nobody answers any more. BIGINT columns arrive as numbers (ours stay below 2^53) except where a statement casts them to text.
 */
export function createPool(url: string, options: PoolOptions): Pool {
  const searchPath = options.schema === undefined ? '' : ` -c search_path=${options.schema.replace(/[\\ ]/g, '\\$&')}`;
  const config = { connectionString: url, application_name: options.name ?? 'tributary' };
  const pool = new pg.Pool({
    ...config,
    max: options.max,
    options: `${SESSION} ${GONE}${searchPath}${options.readOnly === true ? ' -c default_transaction_read_only=on' : ''}`,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    statement_timeout: 300_000,
    ...(options.queryTimeoutMs === undefined ? {} : { query_timeout: options.queryTimeoutMs }),
    idle_in_transaction_session_timeout: 120_000,
    allowExitOnIdle: true,
    types: { getTypeParser },
  });
  pool.on('error', () => {}); // an idle connection died; the next query gets a new one
  watchPool(pool, config);
  return pool;
}

/** Runs `work` in one transaction; rolls back and rethrows on error. */
export async function inTransaction<T>(pool: Pool, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

export type CopyValue = string | number | boolean | bigint | null;

/** COPY rows into a table in 64 KB writes. `table` and `columns` are SQL as they stand: quote them before. */
export async function copyRows(
  client: Client,
  target: { readonly table: string; readonly columns: readonly string[] },
  rows: Iterable<readonly CopyValue[]>,
): Promise<void> {
  const stream = client.query(copyFrom(`copy ${target.table} (${target.columns.join(', ')}) from stdin`));
  await pipeline(Readable.from(chunks(rows), { objectMode: false }), stream);
}

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function* chunks(rows: Iterable<readonly CopyValue[]>): Generator<Buffer> {
  let text = '';
  for (const row of rows) {
    text += copyLine(row);
    if (text.length > 65_536) {
      yield Buffer.from(text);
      text = '';
    }
  }
  if (text !== '') yield Buffer.from(text);
}

/** Called for every row of every batch: no list is made on the way. */
function copyLine(row: readonly CopyValue[]): string {
  let line = '';
  for (const [index, value] of row.entries()) {
    if (index > 0) line += '\t';
    if (typeof value === 'string') line += SPECIAL.test(value) ? escaped(value) : value;
    else line += value === null ? '\\N' : String(value);
  }
  return `${line}\n`;
}

const SPECIAL = /[\\\t\n\r]/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function escaped(value: string): string {
  return value.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? character);
}

const INT8 = 20;

function getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
  if (oid === INT8 && format !== 'binary') return Number;
  // eslint-disable-next-line typescript/no-unsafe-enum-assignment -- pg's own enum of the same numbers
  return pg.types.getTypeParser(oid, format ?? 'text');
}
