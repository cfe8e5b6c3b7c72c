// A store that was restored to an earlier point has lost runs that Temporal still knows, and gives their numbers to new
// ones. Nothing may be done for such a run in another one's name.

import { SyncError } from '../domain/errors.ts';
import type { Queryable } from '../postgres/client.ts';

/** Stores are restored while no worker is up. */
const known = new WeakMap<Queryable, Set<string>>();
const MOST_KNOWN = 1_000;

/** Looks at inputs that refer to a run, themselves or in `ref`. Errors: `run.lost`. */
export async function requireKnownRun(db: Queryable, input: unknown): Promise<void> {
  const { runNo, runId, ref } = Object(input) as Readonly<Record<string, unknown>>; // looked at below
  if (ref !== undefined) return requireKnownRun(db, ref);
  if (typeof runNo !== 'number' || typeof runId !== 'string') return;
  const runs = known.get(db) ?? new Set<string>();
  if (runs.has(`${runNo} ${runId}`)) return;
  const { rows } = await db.query<{ id: string }>('select id from run where no = $1', [runNo]);
  if (rows[0]?.id !== runId) throw new SyncError('run.lost', { message: `the store has no run ${runId}` });
  if (runs.size >= MOST_KNOWN) runs.clear();
  known.set(db, runs.add(`${runNo} ${runId}`));
}
