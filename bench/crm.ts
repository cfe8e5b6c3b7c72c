// The CRM of the generated project: half of the customers are there already, with other values in three fields.

import { type Client, copyRows, inTransaction, type Pool } from '../src/postgres/client.ts';
import { ACCOUNT_COLUMNS, accountSql, expectedRow, rowCount } from './generate.ts';
import type { CustomerSet } from './customer.ts';

/** Makes the table anew and fills half of it, unless it is to be empty. */
export async function prepareCrm(
  pool: Pool,
  {
    set,
    writeCount = false,
    empty = false,
  }: { readonly set: CustomerSet; readonly writeCount?: boolean; readonly empty?: boolean },
): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query('drop table if exists public.account');
    await client.query(accountSql(false));
    const columns = [...ACCOUNT_COLUMNS];
    if (!empty) await copyRows(client, { table: 'public.account', columns }, existingRows(set));
    if (writeCount) await addWriteCount(client);
  });
  await pool.query('vacuum analyze public.account');
  await pool.query('checkpoint');
}

/** Every second customer, as another export had it. */
function* existingRows(set: CustomerSet): Generator<readonly string[]> {
  for (let index = 0; index < rowCount(set); index += 2) {
    const row = expectedRow(index, { ...set, changedShare: 1 });
    if (row !== null) yield row;
  }
}

/** Over all rows, without what differs from one load to the next: ids, and how often a row was written. */
export async function digestOf(pool: Pool): Promise<{ readonly rows: number; readonly md5: string }> {
  const columns = ACCOUNT_COLUMNS.map((column) => `${column}::text`).join(', ');
  const { rows } = await pool.query<{ rows: number; md5: string }>(
    `select count(*) as rows, md5(string_agg(md5(row(${columns})::text), '' order by external_id)) as md5
     from public.account`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('an aggregate gives a row');
  return row;
}

/** The trigger of the generated project, on a table that holds rows already: they count from zero. */
async function addWriteCount(client: Client): Promise<void> {
  const sql = accountSql(true);
  await client.query('alter table public.account add column write_count integer not null default 0');
  await client.query('drop function if exists public.count_write');
  await client.query(sql.slice(sql.indexOf('create function')));
}
