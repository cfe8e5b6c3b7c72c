// Facts about the store as a whole.

import type { Queryable } from '../postgres/client.ts';

/** When the store was pruned last, and what was removed then. */
export interface LastPruned {
  /** ISO, by the database's clock. */
  readonly at: string;
  readonly removed: Readonly<Record<string, number>>;
}

export async function lastPruned(db: Queryable): Promise<LastPruned | null> {
  const { rows } = await db.query<{ value: string }>(`select value from meta where key = 'pruned'`);
  const value = rows[0]?.value;
  return value === undefined ? null : (JSON.parse(value) as LastPruned); // written below
}

export async function notePruned(db: Queryable, removed: object): Promise<void> {
  await db.query(
    `insert into meta select 'pruned', json_build_object('at', now(), 'removed', $1::json)::text
     on conflict (key) do update set value = excluded.value`,
    [JSON.stringify(removed)],
  );
}
