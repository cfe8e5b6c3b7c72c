// A large table in parts of its blocks, so that a statement over all of it becomes short ones, with progress between them.

import type { Queryable } from '../postgres/client.ts';

/** 256 MB: about a second's work. */
const BLOCKS = 32_768;
const MOST_BLOCKS = 2 ** 32 - 2;

/** `ctid >= from and ctid < to` finds the rows of a part; the last one holds also what comes meanwhile. */
export interface TablePart {
  readonly from: string;
  readonly to: string;
}

/** @param table a table of ours: part of the statement */
export async function tableParts(db: Queryable, table: 'crosswalk' | 'reservation'): Promise<readonly TablePart[]> {
  const { rows } = await db.query<{ blocks: number }>(
    `select pg_relation_size('${table}') / current_setting('block_size')::bigint as blocks`,
  );
  const count = Math.max(1, Math.ceil((rows[0]?.blocks ?? 0) / BLOCKS));
  return Array.from({ length: count }, (_none, part) => ({
    from: `(${part * BLOCKS},0)`,
    to: `(${part === count - 1 ? MOST_BLOCKS : (part + 1) * BLOCKS},0)`,
  }));
}
