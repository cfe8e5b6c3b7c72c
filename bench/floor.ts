// The floor: what loading the same customers costs the database alone. Rows that are clean already are copied into a typed
// staging table and upserted by one statement; nothing is read, checked, compared or kept.

import { once } from 'node:events';
import { from as copyFrom } from 'pg-copy-streams';
import { inTransaction, type Pool } from '../src/postgres/client.ts';
import type { CustomerSet } from './customer.ts';
import { ACCOUNT_COLUMNS, expectedRow, rowCount } from './generate.ts';

const WRITE_CHARS = 64 * 1024;
const COLUMNS = ACCOUNT_COLUMNS.join(', ');
const CHANGED = ACCOUNT_COLUMNS.filter((column) => column !== 'external_id');

/** The clean rows as COPY text, in pieces of 64 KB. */
export function cleanRows(set: CustomerSet): readonly Buffer[] {
  const pieces: Buffer[] = [];
  let text = '';
  for (let index = 0; index < rowCount(set); index++) {
    const row = expectedRow(index, set);
    if (row !== null) text += `${row.join('\t')}\n`;
    if (text.length < WRITE_CHARS) continue;
    pieces.push(Buffer.from(text));
    text = '';
  }
  if (text !== '') pieces.push(Buffer.from(text));
  return pieces;
}

/** Loads the rows into `public.account`. @returns seconds from the first byte to the commit */
export async function runFloor(pool: Pool, pieces: readonly Buffer[]): Promise<number> {
  const began = performance.now();
  await inTransaction(pool, async (client) => {
    await client.query(`create temporary table staged on commit drop as select ${COLUMNS} from public.account limit 0`);
    const copy = client.query(copyFrom(`copy staged (${COLUMNS}) from stdin`));
    const done = once(copy, 'finish');
    for (const piece of pieces) if (!copy.write(piece)) await once(copy, 'drain');
    copy.end();
    await done;
    const assignments = CHANGED.map((column) => `${column} = excluded.${column}`).join(', ');
    await client.query(
      `insert into public.account as a (${COLUMNS}) select ${COLUMNS} from staged
       on conflict (external_id) do update set ${assignments}
       where (${CHANGED.map((column) => `a.${column}`).join(', ')})
         is distinct from (${CHANGED.map((column) => `excluded.${column}`).join(', ')})`,
    );
  });
  return (performance.now() - began) / 1000;
}
