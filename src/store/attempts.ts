// Attempts of a run: what an older one stages is refused, and what a newer one does not need is dropped.

import { SyncError } from '../domain/errors.ts';
import type { Client, Queryable } from '../postgres/client.ts';

/** A batch as an attempt of its run sees it. */
export interface Attempt {
  readonly runNo: number;
  readonly attempt: number;
  readonly round: number;
  readonly n: number;
}

export function attemptIsOver({ runNo, attempt }: Attempt): SyncError {
  return new SyncError('store.fenced', { message: `attempt ${attempt} of run ${runNo} is over` });
}

/** Keeps a newer attempt from beginning until commit. Errors: `store.fenced`. */
export async function lockAttempt(db: Client, of: Attempt): Promise<void> {
  const sql = 'select 1 from run where no = $1 and attempt = $2 for share';
  if ((await db.query(sql, [of.runNo, of.attempt])).rowCount === 0) throw attemptIsOver(of);
}

/** Drops the rounds that were begun after the last one of which anything is delivered. */
export async function discardLaterRounds(db: Queryable, runNo: number): Promise<void> {
  await db.query(
    `delete from batch where run_no = $1
       and round > (select max(round) from batch where run_no = $1 and delivered_at is not null)`,
    [runNo],
  );
}

/** Drops everything that a run staged and did not deliver: a new attempt starts from nothing. */
export async function discardBatches(db: Queryable, runNo: number): Promise<void> {
  await db.query('delete from batch where run_no = $1 and delivered_at is null', [runNo]);
  await db.query('delete from reservation where run_no = $1', [runNo]);
}

/** What was kept of records that could not be read again. */
export async function dropRaw(db: Queryable, runNo: number): Promise<void> {
  await db.query('update batch set raw = null where run_no = $1 and raw is not null', [runNo]);
}
