// Batches: the units that a run stages, merges and delivers. First writer wins: a retry finds what is stored.

import { createHash } from 'node:crypto';
import type { ArrivalLag } from '../domain/arrival.ts';
import type { BatchBody, ChangeSet, Claim, EntryOutcome } from '../domain/claims.ts';
import type { Claimed } from '../domain/claimed-writes.ts';
import { claimedOrdinals, type PackedChangeSet, unpackChangeSet } from '../domain/packed-change-set.ts';
import { packOutcomes, type PackedOutcomes, unpackOutcomes } from '../domain/packed-outcomes.ts';
import { SyncError } from '../domain/errors.ts';
import { durably } from '../domain/failpoints.ts';
import type { RunCounts } from '../domain/run.ts';
import type { Client, Queryable } from '../postgres/client.ts';
import type { Profile } from '../profile/profile.ts';
import type { SetDigest } from '../fingerprint/digest.ts';
import { QUARANTINED, setFlag } from '../fingerprint/entries.ts';
import { loadRepeatedValues } from './repeated-values.ts';
import { type Attempt, attemptIsOver, lockAttempt } from './attempts.ts';
import { compressText, decodeBody, encodeBody, expandText } from './body.ts';

/** The round under which seal keeps its own findings: the counts, and the keys absent for the first time. */
export const SEAL_ROUND = -1;

export interface BatchId {
  readonly runNo: number;
  readonly round: number;
  readonly n: number;
}

/** Result of fetching one range. */
export interface FetchedRange {
  /** The range of the read that it belongs to. */
  readonly range: number;
  readonly from: unknown;
  readonly next: unknown;
  /** The range ends here; it is proven whole. */
  readonly end: boolean;
  readonly proven: boolean;
  /** Records that transform and validate still have to see. */
  readonly kept: number;
  readonly read: number;
  readonly unchanged: number;
  readonly quarantined: number;
  readonly unreadable: number;
  readonly filtered: number;
  /** Of the raw records that were known. */
  readonly known: SetDigest;
  /** Raw records: other than `read` where they hold several records each. */
  readonly raw: number;
  readonly bytes: number;
  /** How late new records were, where the source says when they changed. */
  readonly arrival?: ArrivalLag;
}

const WHERE = 'run_no = $1 and round = $2 and n = $3';

function keyOf(id: BatchId): [number, number, number] {
  return [id.runNo, id.round, id.n];
}

/** New records as they were read: their positions, and their bytes as text. */
export interface RawRecords {
  readonly positions: readonly number[];
  readonly texts: readonly string[];
}

/** Stores the range unless one is stored. @returns the stored one, and whether it is this one */
export async function saveRange(
  db: Queryable,
  id: Attempt,
  range: FetchedRange & { readonly seen: Buffer; readonly bad: Buffer; readonly records: RawRecords | null },
): Promise<{ readonly range: FetchedRange; readonly own: boolean }> {
  const { seen, bad, records, ...stats } = range;
  const raw = records === null ? null : await encodeBody(records);
  const json = [stats.from, stats.next, stats].map((value) => JSON.stringify(value));
  const { rowCount } = await durably('range.fetched', () =>
    db.query(
      `insert into batch (run_no, round, n, source_from, source_next, stats, seen, bad, raw)
       select no, $2::integer, $3::integer, $4::jsonb, $5::jsonb, $6::jsonb, $7::bytea, $8::bytea, $9::bytea
       from run where no = $1 and attempt = $10 for share
       on conflict do nothing`,
      [...keyOf(id), ...json, seen, bad, raw, id.attempt],
    ),
  );
  if (rowCount === 1) return { range: stats, own: true };
  const stored = await findRange(db, id);
  if (stored === undefined) throw attemptIsOver(id);
  return { range: stored, own: false };
}

/** The range, if it has been stored. */
export async function findRange(db: Queryable, id: BatchId): Promise<FetchedRange | undefined> {
  const { rows } = await db.query<{ stats: FetchedRange }>(`select stats from batch where ${WHERE}`, keyOf(id));
  return rows[0]?.stats;
}

/** What `saveRange` kept of the records; null where nothing was. */
export async function loadRaw(db: Queryable, id: BatchId): Promise<RawRecords | null> {
  const { rows } = await db.query<{ raw: Buffer | null }>(`select raw from batch where ${WHERE}`, keyOf(id));
  return rows[0]?.raw ? decodeBody<RawRecords>(rows[0].raw) : null;
}

export async function loadRange(db: Queryable, id: BatchId): Promise<FetchedRange> {
  const range = await findRange(db, id);
  if (range === undefined) throw new Error(`batch ${keyOf(id).join('/')} was never fetched`);
  return range;
}

export interface ValidatedCounts {
  readonly accepted: number;
  readonly quarantined: number;
  readonly unreadable: number;
  readonly filtered: number;
  /** A rule of level reject_batch failed: the run must not go on to the CRM. */
  readonly rejectBatch: boolean;
  /** Accepted records with warnings, and the first few in words. */
  readonly warned: number;
  readonly warnings: readonly string[];
  /** How many records each lane of the format decoded. */
  readonly lanes: { readonly fast: number; readonly reference: number };
}

/** Stores the accepted claims of a fetched range unless they are stored. @returns the stored counts */
export async function saveBody(
  db: Client,
  id: Attempt,
  content: {
    readonly body: BatchBody;
    readonly keys: Buffer;
    readonly counts: ValidatedCounts;
    readonly profile: Profile;
  },
): Promise<ValidatedCounts> {
  await lockAttempt(db, id);
  const { body, keys, counts, profile } = content;
  await db.query(
    `update batch set body = $4, keys = $5, stats = stats || jsonb_build_object('validated', $6::jsonb), profile = $7
     where ${WHERE} and body is null`,
    [...keyOf(id), await encodeBody(body), keys, JSON.stringify(counts), JSON.stringify(profile)],
  );
  const { rows } = await db.query<{ validated: ValidatedCounts }>(
    `select stats -> 'validated' as validated from batch where ${WHERE}`,
    keyOf(id),
  );
  return rows[0]?.validated ?? counts;
}

/** Makes a batch of claims that come from the store: due ones, or deletes. Replaces nothing. */
export async function insertBody(
  db: Queryable,
  id: BatchId,
  content: { readonly body: BatchBody; readonly keys: Buffer; readonly stats: Readonly<Record<string, unknown>> },
): Promise<void> {
  const body = await encodeBody(content.body);
  await durably('body.staged', () =>
    db.query(
      `insert into batch (run_no, round, n, body, keys, stats) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
      [...keyOf(id), body, content.keys, JSON.stringify(content.stats)],
    ),
  );
}

export interface BatchClaims {
  readonly body: BatchBody;
  /** Of the body as it is stored. */
  readonly digest: string;
  /** Ordinals that seal left out: duplicates, and claims that it refused. */
  readonly leftOut: ReadonlySet<number>;
  /** By ordinal: the field that keeps the claim from being merged before a person has looked at it. */
  readonly contested: ReadonlyMap<number, string>;
  readonly keys: Buffer;
}

/** The claims of a batch with their ordinals, and what seal found out about them. */
export async function loadClaims(db: Queryable, id: BatchId): Promise<BatchClaims> {
  const { rows } = await db.query<{
    body: Buffer | null;
    left_out: Buffer | null;
    repeated: Buffer | null;
    keys: Buffer | null;
    folded: Buffer | null;
  }>(`select body, left_out, repeated, keys, folded from batch where ${WHERE}`, keyOf(id));
  const row = rows[0];
  const { refused, contested } = await loadRepeatedValues(row?.repeated);
  return {
    body: { claims: await claimsIn(row) },
    digest: digestOfClaims(row),
    leftOut: new Set([...(row?.left_out ? await decodeBody<number[]>(row.left_out) : []), ...refused]),
    contested: new Map(Object.entries(contested).map(([ordinal, field]) => [Number(ordinal), field])),
    keys: row?.keys ?? Buffer.alloc(0),
  };
}

type FoldedClaims = Readonly<Record<number, Claim>>;

interface StoredClaims {
  readonly body: Buffer | null;
  readonly folded: Buffer | null;
}

/** The body's claims, with the folded ones in their places. */
async function claimsIn(row: StoredClaims | undefined): Promise<readonly Claim[]> {
  const { claims } = row?.body ? await decodeBody<BatchBody>(row.body) : { claims: [] };
  if (!row?.folded) return claims;
  const folded = await decodeBody<FoldedClaims>(row.folded);
  return claims.map((claim, ordinal) => folded[ordinal] ?? claim);
}

function digestOfClaims(row: StoredClaims | undefined): string {
  return `${row?.body ? digestOf(row.body) : ''}${row?.folded ? digestOf(row.folded) : ''}`;
}

/** Claims that stand in for those of the body: folded from several records of the read. */
export async function saveFolded(db: Queryable, id: BatchId, claims: ReadonlyMap<number, Claim>): Promise<void> {
  const folded: FoldedClaims = Object.fromEntries(claims);
  await db.query(`update batch set folded = $4 where ${WHERE}`, [...keyOf(id), await encodeBody(folded)]);
}

export async function saveLeftOut(db: Queryable, id: BatchId, ordinals: readonly number[]): Promise<void> {
  await db.query(`update batch set left_out = $4 where ${WHERE}`, [...keyOf(id), await encodeBody(ordinals)]);
}

/** Counts of a change set, for the gate. */
export interface ChangeStats {
  readonly creates: number;
  readonly updates: number;
  readonly deletes: number;
  /** By field: how many records would lose a value. */
  readonly nulls: Readonly<Record<string, number>>;
  /** Entries that would write, and that an earlier round's approval covers. Absent: none. */
  readonly approved?: number;
  /** What merge found; added to the run's counts when the batch is delivered or dropped. */
  readonly counts: Partial<RunCounts>;
}

/** Stores the encoded change set unless one is stored. @returns the stored one's counts */
export async function saveChangeSet(
  db: Queryable,
  id: BatchId,
  content: { readonly encoded: { readonly text: string; readonly hash: string }; readonly stats: ChangeStats },
): Promise<ChangeStats> {
  const { text, hash } = content.encoded;
  const packed = await compressText(text);
  await durably('change_set.merged', () =>
    db.query(
      `update batch set change_set = $4, change_hash = $5, change_stats = $6 where ${WHERE} and change_set is null`,
      [...keyOf(id), packed, hash, JSON.stringify(content.stats)],
    ),
  );
  const { rows } = await db.query<{ change_stats: ChangeStats }>(
    `select change_stats from batch where ${WHERE}`,
    keyOf(id),
  );
  return rows[0]?.change_stats ?? content.stats;
}

/** Null while the batch has not been merged. */
export async function loadChangeStats(db: Queryable, id: BatchId): Promise<ChangeStats | null> {
  const { rows } = await db.query<{ change_stats: ChangeStats | null }>(
    `select change_stats from batch where ${WHERE}`,
    keyOf(id),
  );
  return rows[0]?.change_stats ?? null;
}

export interface StoredChangeSet {
  readonly changeSet: ChangeSet;
  /** Of the change set as it was planned. */
  readonly hash: string;
  /** Of what is stored: the same, unless somebody tampered with it. */
  readonly storedHash: string;
  /** The batch's claims, where the change set refers to them; of these ordinals it writes just what they say. */
  readonly claimed: (Pick<Claimed, 'claims'> & { readonly ordinals: ReadonlySet<number> }) | null;
  readonly delivered: boolean;
  readonly outcomes: readonly EntryOutcome[];
}

interface ChangeSetRow {
  change_set: Buffer | null;
  change_hash: string;
  body: Buffer | null;
  folded: Buffer | null;
  delivered: boolean;
  outcomes: Buffer | null;
}

export async function loadChangeSet(db: Queryable, id: BatchId): Promise<StoredChangeSet | null> {
  const { rows } = await db.query<ChangeSetRow>(
    `select change_set, change_hash, body, folded, delivered_at is not null as delivered, outcomes from batch where ${WHERE}`,
    keyOf(id),
  );
  const [row] = rows;
  if (row === undefined || row.change_set === null) return null;
  const text = await expandText(row.change_set);
  const packed = JSON.parse(text.toString('utf8')) as PackedChangeSet; // stored by saveChangeSet
  const claims = packed.claims === undefined ? undefined : await claimsIn(row);
  if (packed.claims !== undefined && packed.claims !== digestOfClaims(row))
    throw new SyncError('internal.bug', { message: `batch ${keyOf(id).join('/')} has other claims than were merged` });
  return {
    changeSet: unpackChangeSet(packed, claims),
    hash: row.change_hash,
    storedHash: digestOf(text),
    claimed: claims === undefined ? null : { claims, ordinals: claimedOrdinals(packed) },
    delivered: row.delivered,
    outcomes: row.outcomes === null ? [] : await decodeOutcomes(row.outcomes),
  };
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function decodeOutcomes(bytes: Buffer): Promise<readonly EntryOutcome[]> {
  return unpackOutcomes(await decodeBody<PackedOutcomes | EntryOutcome[]>(bytes));
}

export interface BatchSummary {
  readonly round: number;
  readonly n: number;
  readonly stats: Readonly<Record<string, unknown>>;
  readonly changeHash: string | null;
  readonly changeStats: ChangeStats | null;
  readonly outcomeStats: Partial<RunCounts> | null;
  readonly delivered: boolean;
}

export async function listBatches(db: Queryable, runNo: number, round?: number): Promise<readonly BatchSummary[]> {
  const { rows } = await db.query<BatchSummary>(
    `select round, n, stats, change_hash as "changeHash", change_stats as "changeStats",
       outcome_stats as "outcomeStats", delivered_at is not null as delivered
     from batch where run_no = $1 and ($2::integer is null or round = $2) order by round, n`,
    [runNo, round ?? null],
  );
  return rows;
}

/** What fetch found, of a batch of round 0. */
export function rangeOf({ stats }: Pick<BatchSummary, 'stats'>): FetchedRange {
  return stats as unknown as FetchedRange; // written by saveRange
}

/** How many records of a run each lane of the format decoded. */
export async function sumLanes(db: Queryable, runNo: number): Promise<ValidatedCounts['lanes']> {
  const { rows } = await db.query<ValidatedCounts['lanes']>(
    `select coalesce(sum((stats #>> '{validated,lanes,fast}')::bigint), 0)::float8 as fast,
       coalesce(sum((stats #>> '{validated,lanes,reference}')::bigint), 0)::float8 as reference
     from batch where run_no = $1 and round = 0`,
    [runNo],
  );
  return rows[0] ?? { fast: 0, reference: 0 };
}

export async function loadKeyBlobs(
  db: Queryable,
  id: BatchId,
): Promise<{ readonly seen: Buffer; readonly keys: Buffer }> {
  const { rows } = await db.query<{ seen: Buffer | null; keys: Buffer | null; repeated: Buffer | null }>(
    `select seen, keys, repeated from batch where ${WHERE}`,
    keyOf(id),
  );
  const [row] = rows;
  const keys = row?.keys ?? Buffer.alloc(0);
  // The entries of accepted claims go first, in their order.
  for (const ordinal of (await loadRepeatedValues(row?.repeated)).refused) setFlag(keys, ordinal, QUARANTINED);
  return { seen: row?.seen ?? Buffer.alloc(0), keys };
}

/** Key hashes of records that are quarantined as before, batch by batch. */
export async function loadBadKeys(db: Queryable, runNo: number): Promise<readonly bigint[]> {
  const { rows } = await db.query<{ bad: Buffer }>(
    'select bad from batch where run_no = $1 and round = 0 and length(bad) > 0',
    [runNo],
  );
  return rows.flatMap(({ bad }) => [...new BigUint64Array(new Uint8Array(bad).buffer)]);
}

/** Waits for whoever delivers the batch at this moment. @returns its outcomes, or null when it is still to be delivered */
export async function lockDelivery(db: Queryable, id: BatchId): Promise<readonly EntryOutcome[] | null> {
  const { rows } = await db.query<{ outcomes: Buffer | null }>(
    `select case when delivered_at is not null then outcomes end as outcomes from batch where ${WHERE} for update`,
    keyOf(id),
  );
  const outcomes = rows[0]?.outcomes ?? null;
  return outcomes === null ? null : decodeOutcomes(outcomes);
}

/** Marks the batch delivered, together with whatever else the transaction writes. */
export async function markDelivered(
  db: Queryable,
  id: BatchId,
  result: { readonly outcomes: readonly EntryOutcome[]; readonly stats: Partial<RunCounts> },
): Promise<void> {
  await db.query(`update batch set outcomes = $4, outcome_stats = $5, delivered_at = now() where ${WHERE}`, [
    ...keyOf(id),
    await encodeBody(packOutcomes(result.outcomes)),
    JSON.stringify(result.stats),
  ]);
}
