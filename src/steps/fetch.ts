// Fetch: bytes become raw records; those that the last delivered read knew stop here.

import { eventAt } from '../domain/places.ts';
import { digestEntries } from '../fingerprint/digest.ts';
import { badKeys, ENTRY_BYTES } from '../fingerprint/entries.ts';
import type { ReadItem, SourcePosition } from '../sources/source.ts';
import { type FetchedRange, findRange, loadRange, loadRaw, type RawRecords, saveRange } from '../store/batches.ts';
import { eventsOf, type TakenEvent } from '../store/inbox-take.ts';
import type { FetchedBatch } from './batch-cache.ts';
import type { BatchRef, Deps, StepContext } from './deps.ts';
import { openHinted } from './hinted.ts';
import { OpenRead } from './open-reads.ts';
import { openQuarantineReader } from './quarantine-reader.ts';
import { RangeTally } from './range-tally.ts';
import { type RunContext, runContext } from './run-context.ts';

/** A batch is full at 10,000 records or 4 MB of records that are not known yet. */
const MAX_RECORDS = 10_000;
const MAX_BYTES = 4 * 1024 * 1024;

export interface FetchRef extends BatchRef {
  /** The range of the read that the batch belongs to. */
  readonly range: number;
  /** Null: the start of the range. */
  readonly position: SourcePosition;
}

export interface FetchResult extends FetchedRange {
  /** Where the records are in memory. */
  readonly queue: string;
  /** The range is better read on there: the reader is kept. */
  readonly stay: boolean;
}

/** Reads on from a position until the batch is full or the range ends; stores what was seen. */
export async function fetchBatch(deps: Deps, ref: FetchRef, context: StepContext): Promise<FetchResult> {
  const { pool } = deps.store;
  const { run } = await runContext(deps, ref);
  // Another reading of what passes would not be the same: the first stored one counts.
  const stored = run.plan?.passing === true ? await findRange(pool, ref) : undefined;
  if (stored !== undefined) return { ...stored, queue: deps.ownQueue, stay: false };
  const { range, seen, batch, records, stay } = await readBatch(deps, ref, context);
  const saved = await saveRange(pool, ref, { ...range, seen, bad: badKeys(seen), records });
  if (batch.records.length > 0 && (saved.own || records === null)) deps.cache.set(cacheKey(ref), { fetched: batch });
  return { ...saved.range, queue: deps.ownQueue, stay };
}

/** The records of a fetched batch that were new: from memory, from what was stored of them, or read again. */
export async function fetchedRecords(deps: Deps, ref: BatchRef, context: StepContext): Promise<FetchedBatch> {
  const cached = deps.cache.get(cacheKey(ref)).fetched;
  if (cached !== undefined) return cached;
  const { range, from } = await loadRange(deps.store.pool, ref);
  const raw = await loadRaw(deps.store.pool, ref);
  if (raw !== null) return batchOf(deps, { ...ref, range, position: from }, raw);
  return (await readBatch(deps, { ...ref, range, position: from }, context)).batch;
}

/** The same batch from stored records: whether they are new is decided as it was when they were read. */
async function batchOf(deps: Deps, ref: FetchRef, { positions, texts }: RawRecords): Promise<FetchedBatch> {
  const run = await runContext(deps, ref);
  const { reader } = await openRead(deps, run, ref);
  const decoder = reader.decoder();
  const tally = new RangeTally(deps, { run, known: await run.fingerprints() }, decoder);
  const received = run.run.kind === 'event' ? receivedOf(await eventsOf(deps.store.pool, ref)) : new Map();
  for (const [index, text] of texts.entries()) {
    const position = positions[index] ?? 0;
    const of = received.get(eventAt(position));
    const came = of === undefined ? {} : { received: of };
    tally.add({ position, bytes: Buffer.from(text, 'utf8'), after: null, bytesRead: 0, ...came });
  }
  return { records: tally.kept, decoder };
}

function receivedOf(events: readonly TakenEvent[]): ReadonlyMap<number | null, NonNullable<ReadItem['received']>> {
  return new Map(events.map(({ id, read, receivedAt }) => [id, { read, at: receivedAt.getTime() }]));
}

export function cacheKey(ref: BatchRef): string {
  return `${ref.runNo}/${ref.attempt}/${ref.round}/${ref.n}`;
}

interface ReadResult {
  readonly range: FetchedRange;
  readonly seen: Buffer;
  readonly batch: FetchedBatch;
  /** To be stored; null where the source can be read again. */
  readonly records: RawRecords | null;
  readonly stay: boolean;
}

async function readBatch(deps: Deps, ref: FetchRef, context: StepContext): Promise<ReadResult> {
  const run = await runContext(deps, ref);
  const read = deps.reads.take(placeOf(ref, ref.position)) ?? (await openRead(deps, run, ref));
  read.obey(context.signal);
  try {
    return await fill(deps, { run, read, ref }, context);
  } catch (error) {
    await read.close().catch(() => {}); // the first error counts
    throw error;
  }
}

async function fill(
  deps: Deps,
  { run, read, ref }: { readonly run: RunContext; readonly read: OpenRead; readonly ref: FetchRef },
  context: StepContext,
): Promise<ReadResult> {
  const { reader } = read;
  const decoder = reader.decoder();
  const tally = new RangeTally(deps, { run, known: await run.fingerprints() }, decoder);
  const began = read.bytesTaken;
  let next = ref.position;
  // The events of a batch were taken together, and are few.
  const bounded = run.run.kind !== 'event';
  let full = false;
  for (let items = await read.next(); items !== null; items = full ? null : await read.next()) {
    let taken = 0;
    for (const item of items) {
      tally.add(item);
      taken++;
      full = bounded && (tally.kept.length >= MAX_RECORDS || tally.keptBytes >= MAX_BYTES);
      if (full) break;
    }
    const last = items[taken - 1];
    if (last !== undefined) {
      next = last.after;
      read.bytesTaken = last.bytesRead;
    }
    if (full) read.putBack(items.slice(taken));
    context.progress({ batch: ref.n, range: ref.range, bytes: read.bytesTaken - began, records: tally.counts.read });
  }
  if (!full) read.bytesTaken = reader.bytesRead;
  const stay = full && reader.costlyToResume;
  if (stay) deps.reads.park(placeOf(ref, next), read);
  else await read.close();
  const { counts, seen, kept } = tally;
  const proven = !full && reader.completeness() === 'proven';
  const of = { range: ref.range, from: ref.position, next, end: !full, proven };
  const entries = seen.finish();
  const known = digestEntries(entries, ENTRY_BYTES);
  const arrival = Object.keys(tally.arrival).length === 0 ? {} : { arrival: tally.arrival };
  const range = { ...of, ...counts, kept: kept.length, known, bytes: read.bytesTaken - began, ...arrival };
  const records = run.run.plan?.passing === true ? rawOf(tally.items) : null;
  return { range, seen: entries, batch: { records: kept, decoder }, records, stay };
}

function rawOf(items: readonly ReadItem[]): RawRecords {
  const decoder = new TextDecoder();
  return { positions: items.map(({ position }) => position), texts: items.map(({ bytes }) => decoder.decode(bytes)) };
}

async function openRead(deps: Deps, { run, definition }: RunContext, at: FetchRef): Promise<OpenRead> {
  if (run.kind === 'replay') return new OpenRead(() => openQuarantineReader(deps, { run, position: at.position }));
  const { stream, events } = definition.sync;
  if (run.kind === 'event') {
    if (events === undefined) throw new Error(`definition ${definition.hash} takes no events`);
    const taken = await eventsOf(deps.store.pool, at);
    const reader = deps.readEvents(stream, events, taken);
    return new OpenRead(events.holds === 'hint' ? await openHinted(deps, { definition }, reader) : () => reader);
  }
  const connection = definition.connections[stream.connection];
  if (connection === undefined) throw new Error(`definition lacks the connection ${stream.connection}`);
  const source = await deps.source(connection);
  return new OpenRead((signal) => source.read(stream, run.plan?.plan, at, signal));
}

/** Where a reader stands, of all those of this process. */
function placeOf(ref: FetchRef, position: SourcePosition): string {
  return `${ref.runNo}/${ref.attempt}/${ref.range}/${JSON.stringify(position)}`;
}
