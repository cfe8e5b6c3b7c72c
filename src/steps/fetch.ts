// Fetch: bytes become raw records; those that the last delivered read knew stop here.

import type { SourcePosition, SourceReader } from '../sources/source.ts';
import { type FetchedRange, loadRange, saveRange } from '../store/batches.ts';
import { updateRun } from '../store/runs.ts';
import type { FetchedRecord } from './batch-cache.ts';
import type { BatchRef, Deps, RunRef, StepContext } from './deps.ts';
import { openQuarantineReader } from './quarantine-reader.ts';
import { missingColumns } from '../transform/columns.ts';
import { SyncError } from '../domain/errors.ts';
import { RangeTally } from './range-tally.ts';
import { type RunContext, runContext } from './run-context.ts';
import { createHash } from 'node:crypto';
import { findRun, loadDefinition, type StoredPlan } from '../store/runs.ts';

/** A batch is full at 10,000 records or 4 MB of records that are not known yet. */
const MAX_RECORDS = 10_000;
const MAX_BYTES = 4 * 1024 * 1024;

export interface Plan {
  readonly start: SourcePosition;
  readonly totalBytes: number | null;
  readonly notes: readonly string[];
}

/** Fixes what the run reads, and under which reader. */
export async function planRead(deps: Deps, ref: RunRef, context: StepContext): Promise<Plan> {
  const { pool } = deps.store;
  const run = await findRun(pool, { no: ref.runNo });
  if (run === undefined) throw new Error(`run ${ref.runNo} is not in the store`);
  if (run.kind === 'replay') return { start: 0, totalBytes: null, notes: run.plan?.notes ?? [] };
  const definition = await loadDefinition(pool, run.definitionHash);
  const { stream } = definition.sync;
  const connection = definition.connections[stream.connection];
  if (connection === undefined) throw new Error(`definition lacks the connection ${stream.connection}`);
  const source = await deps.source(connection);
  const { start, plan, notes, totalBytes, surroundings, headers } = await source.plan(stream, {
    signal: context.signal,
    progress: (bytes) => context.progress({ bytes }),
  });
  for (const { of, columns } of headers) {
    const missing = missingColumns(definition.sync, columns);
    if (missing.length === 0) continue;
    const message = `${of} has no column ${missing.join(', ')}; it has ${columns.join(', ')}`;
    throw new SyncError('source.header', { message: message.slice(0, 1000) });
  }
  const stored: StoredPlan = { plan, notes, totalBytes };
  const reader = createHash('sha256').update(`${definition.readerHash}\n${surroundings}`).digest('hex').slice(0, 32);
  await updateRun(pool, ref.runNo, { plan: stored, reader });
  return { start, totalBytes, notes };
}

export interface FetchResult extends FetchedRange {
  /** Where the records are in memory. */
  readonly queue: string;
}

/** Reads on from a position until the batch is full or the read ends; stores what was seen. */
export async function fetchBatch(
  deps: Deps,
  ref: BatchRef & { readonly position: SourcePosition },
  context: StepContext,
): Promise<FetchResult> {
  const { range, seen, kept } = await readRange(deps, ref, context);
  if (kept.length > 0) deps.cache.set(cacheKey(ref), { fetched: kept });
  return { ...(await saveRange(deps.store.pool, ref, { ...range, seen })), queue: deps.ownQueue };
}

/** The records of a fetched range that were new: from memory, or read again. */
export async function fetchedRecords(
  deps: Deps,
  ref: BatchRef,
  context: StepContext,
): Promise<readonly FetchedRecord[]> {
  const cached = deps.cache.get(cacheKey(ref)).fetched;
  if (cached !== undefined) return cached;
  const range = await loadRange(deps.store.pool, ref);
  return (await readRange(deps, { ...ref, position: range.from }, context)).kept;
}

export function cacheKey(ref: BatchRef): string {
  return `${ref.runNo}/${ref.attempt}/${ref.round}/${ref.n}`;
}

interface ReadResult {
  readonly range: FetchedRange;
  readonly seen: Buffer;
  readonly kept: readonly FetchedRecord[];
}

async function readRange(
  deps: Deps,
  ref: BatchRef & { readonly position: SourcePosition },
  context: StepContext,
): Promise<ReadResult> {
  const run = await runContext(deps, ref);
  const reader = await openReader(deps, { run, ref }, context);
  const tally = new RangeTally(deps, run, reader);
  let next = ref.position;
  let bytesRead = 0;
  let full = false;
  for await (const items of reader.items()) {
    for (const item of items) {
      tally.add(item);
      next = item.after;
      bytesRead = item.bytesRead;
      full = tally.kept.length >= MAX_RECORDS || tally.keptBytes >= MAX_BYTES;
      if (full) break;
    }
    context.progress({ batch: ref.n, bytes: bytesRead, records: tally.counts.read });
    if (full) break;
  }
  const { counts, seen, kept } = tally;
  const proven = !full && reader.completeness() === 'proven';
  const range = { from: ref.position, next, end: !full, proven, ...counts, kept: kept.length, bytes: bytesRead };
  return { range, seen: seen.finish(), kept };
}

async function openReader(
  deps: Deps,
  { run, ref }: { readonly run: RunContext; readonly ref: RunRef & { readonly position: SourcePosition } },
  context: StepContext,
): Promise<SourceReader> {
  const { stream } = run.definition.sync;
  if (run.run.kind === 'replay') return openQuarantineReader(deps, { run: run.run, position: ref.position });
  const connection = run.definition.connections[stream.connection];
  if (connection === undefined) throw new Error(`definition lacks the connection ${stream.connection}`);
  return (await deps.source(connection)).read(stream, run.run.plan?.plan, ref.position, context.signal);
}
