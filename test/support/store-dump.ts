// A store of an earlier release, as `npm run record-histories` has kept it, in a database of its own.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { Readable } from 'node:stream';
import type { StoreDump } from '../../bench/histories/store-dump.ts';

export function readDump(release: string): StoreDump {
  const file = fileURLToPath(new URL(`../replay/stores/${release}.json.gz`, import.meta.url));
  return JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')); // written by the recorder
}

/** Applies the dump's migrations, which never change, and puts its rows in. */
export async function loadDump(client: Client, { migrations, tables }: StoreDump): Promise<void> {
  await client.query('create schema tributary; set search_path = tributary');
  await client.query('create table migration (name text primary key, at timestamptz not null default now())');
  for (const name of migrations) {
    const file = fileURLToPath(new URL(`../../src/store/migrations/${name}`, import.meta.url));
    await client.query(readFileSync(file, 'utf8'));
    await client.query('insert into migration (name) values ($1)', [name]);
  }
  await client.query('set session_replication_role = replica'); // tables come in no order that foreign keys know
  for (const [table, { columns, rows }] of Object.entries(tables)) {
    const names = columns.map((column) => `"${column}"`).join(', ');
    await pipeline(Readable.from([rows]), client.query(copyFrom(`copy "${table}" (${names}) from stdin`)));
  }
  await client.query('set session_replication_role = default');
}
