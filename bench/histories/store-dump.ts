// A store as a file: which migrations it has, and its rows as PostgreSQL's COPY text, table by table.

import { buffer } from 'node:stream/consumers';
import { to as copyTo } from 'pg-copy-streams';
import type { Pool } from '../../src/postgres/client.ts';

export interface StoreDump {
  readonly migrations: readonly string[];
  /** By table: its columns, and its rows. */
  readonly tables: Readonly<Record<string, { readonly columns: readonly string[]; readonly rows: string }>>;
}

export async function dumpStore(pool: Pool): Promise<StoreDump> {
  const migrations = await pool.query<{ name: string }>('select name from migration order by name');
  const { rows } = await pool.query<{ table: string; columns: string[] }>(
    `select c.table_name as table, array_agg(c.column_name::text order by c.ordinal_position) as columns
     from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'tributary' and t.table_type = 'BASE TABLE' and c.table_name <> 'migration'
     group by 1 order by 1`,
  );
  const tables: Record<string, { readonly columns: readonly string[]; readonly rows: string }> = {};
  const client = await pool.connect();
  try {
    for (const { table, columns } of rows) {
      const names = columns.map((name) => `"${name}"`).join(', ');
      const text = await buffer(client.query(copyTo(`copy ${table} (${names}) to stdout`)));
      if (text.length > 0) tables[table] = { columns, rows: text.toString('utf8') };
    }
  } finally {
    client.release();
  }
  return { migrations: migrations.rows.map(({ name }) => name), tables };
}
