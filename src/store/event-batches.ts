// What is asked of a single batch of an event run, where other runs ask it of all their batches together.

import type { EntryOutcome } from '../domain/claims.ts';
import { type PackedOutcomes, unpackOutcomes } from '../domain/packed-outcomes.ts';
import type { RunCounts } from '../domain/run.ts';
import type { Queryable } from '../postgres/client.ts';
import type { BatchId, ValidatedCounts } from './batches.ts';
import { decodeBody } from './body.ts';

const WHERE = 'run_no = $1 and round = $2 and n = $3';

export interface BatchGateFacts {
  readonly hash: string;
  readonly validated: number;
  readonly rejected: number;
  readonly rejectBatch: boolean;
}

/** What the gate asks. */
export async function loadGateFacts(db: Queryable, { runNo, round, n }: BatchId): Promise<BatchGateFacts> {
  const { rows } = await db.query<{ hash: string | null; validated: ValidatedCounts | null }>(
    `select change_hash as hash, stats -> 'validated' as validated from batch where ${WHERE}`,
    [runNo, round, n],
  );
  const { hash = '', validated } = rows[0] ?? {};
  const { accepted = 0, quarantined = 0, rejectBatch = false } = validated ?? {};
  return { hash: hash ?? '', validated: accepted + quarantined, rejected: quarantined, rejectBatch };
}

/** What became of its entries; none before it is delivered. */
export async function loadOutcomes(db: Queryable, { runNo, round, n }: BatchId): Promise<readonly EntryOutcome[]> {
  const sql = `select outcomes from batch where ${WHERE}`;
  const { rows } = await db.query<{ outcomes: Buffer | null }>(sql, [runNo, round, n]);
  const outcomes = rows[0]?.outcomes ?? null;
  return outcomes === null ? [] : unpackOutcomes(await decodeBody<PackedOutcomes | EntryOutcome[]>(outcomes));
}

/** What its seal changed about the run's counts. */
export async function saveSealed(
  db: Queryable,
  { runNo, round, n }: BatchId,
  counts: Partial<RunCounts>,
): Promise<void> {
  const sql = `update batch set stats = stats || jsonb_build_object('sealed', $4::jsonb) where ${WHERE}`;
  await db.query(sql, [runNo, round, n, JSON.stringify(counts)]);
}

/** The run's last round. */
export async function lastRound(db: Queryable, runNo: number): Promise<number> {
  const sql = 'select greatest(max(round), 0) as last from batch where run_no = $1';
  return (await db.query<{ last: number | null }>(sql, [runNo])).rows[0]?.last ?? 0;
}
