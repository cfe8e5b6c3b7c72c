// Deliver: apply exactly one stored change set. h(x) = S(x)
//
//   store transaction ── lease checked, records locked in id order, revisions compared
//     └─ CRM transaction ── marker? rows locked, expectations compared, written, marker with outcomes
//   store transaction ── claims, crosswalk, bases, marker of the batch; commit
//
// A crash between the two commits is healed by the marker: the next attempt writes nothing to the CRM and rebuilds the
// store's side from the outcomes kept there.

import type { Claim, Entry, EntryOutcome, FieldWrite } from '../domain/claims.ts';
import { claimedValues } from '../domain/claimed-writes.ts';
import type { Fields, Value } from '../domain/values.ts';
import type { ObjectDefinition } from '../domain/definition.ts';
import { type OutcomeCounts, NO_OUTCOMES, type RunCounts } from '../domain/run.ts';
import { SyncError } from '../domain/errors.ts';
import { durably } from '../domain/failpoints.ts';
import type { Delivered, Destination, PlannedWrite } from '../destinations/destination.ts';
import { compareClaims } from '../merge/claim-order.ts';
import { foldClaim } from '../merge/fold.ts';
import { loadChangeSet, loadClaims, lockDelivery, markDelivered, type StoredChangeSet } from '../store/batches.ts';
import { HELD_AT_GATE } from '../merge/standing.ts';
import type { Client } from '../postgres/client.ts';
import { claimsByKey, lockRecords, type RecordRow, triesByKey } from '../store/claims.ts';
import { saveReviews } from '../store/exceptions.ts';
import { hasFolded } from '../store/syncs.ts';
import { mayWrite } from './may-write.ts';
import type { BatchRef, Deps, StepContext } from './deps.ts';
import { moveMerged } from './follow-merged.ts';
import { INFERRED } from './ends.ts';
import { keepGateHolds } from './gate-holds.ts';
import { isFirstContact, meetRecords } from './meet-records.ts';
import { type RunContext, runContext } from './run-context.ts';
import { reconsider } from './reconsider.ts';
import { storeOutcomes } from './store-outcomes.ts';

/** `hold`: the gate said no, claims are stored as held. `no_deletes`: everything but what ends records. */
export type DeliverMode = 'apply' | 'hold' | 'no_deletes';

export type DeliverRef = BatchRef & { readonly mode: DeliverMode };

/** A claim that waits for longer goes on waiting, and a person is asked. */
const WAIT_MS = 30 * 24 * 3_600_000;

/** After this many refusals for change a claim is parked. */
const MAX_TRIES = 3;

export async function deliverBatch(deps: Deps, ref: DeliverRef, context: StepContext): Promise<Partial<RunCounts>> {
  const run = await runContext(deps, ref);
  const batch = await durably('change_set.loaded', () => loadChangeSet(deps.store.pool, ref));
  if (batch === null) return {};
  if (batch.delivered) return countOutcomes({ run, ref }, await ownClaims(deps, ref), batch.outcomes);
  const { changeSet, hash, claimed } = batch;
  if (batch.storedHash !== hash)
    throw new SyncError('internal.bug', { message: `change set ${ref.round}/${ref.n} does not match its hash` });
  context.progress({ batch: ref.n, entries: changeSet.entries.length });
  const connection = run.definition.connections[run.object.destination];
  if (connection === undefined) throw new Error(`definition lacks the connection ${run.object.destination}`);
  const destination = await deps.destination(connection);
  const own = claimed?.claims ?? (await ownClaims(deps, ref));
  const claims = await wholeClaims(deps, { ref, run }, own);
  const values = new Map(changeSet.entries.map((entry) => [entry.ordinal, valuesOf(entry, claimed)]));
  return deps.store.transaction(async (client) => {
    if (!(await mayWrite(client, run.run.kind, ref)))
      throw new SyncError('store.fenced', { message: `run ${ref.runId} no longer holds its sync` });
    // An attempt that was taken for lost may still be at it, or have come to its end meanwhile.
    const delivered = await lockDelivery(client, ref);
    if (delivered !== null) return countOutcomes({ run, ref }, own, delivered);
    const now = await claimsNow(client, { ref, run }, { own, whole: claims });
    const met = await meetRecords(client, run.object.name, changeSet.entries);
    const { entries } = met;
    const records = new Map([...(await lockRecords(client, recordIdsOf(entries))), ...met.records]);
    const tries = await triesByKey(
      client,
      ref.syncNo,
      entries.map((entry) => entry.key),
    );
    context.progress({ batch: ref.n, step: 'write' });
    const applied = await apply(
      { deps, ref, run, destination },
      { entries, values, hash, records, outdated: now.outdated },
    );
    context.progress({ batch: ref.n, step: 'settle' });
    const parked = applied.map((outcome) => parkAfter(outcome, tries.get(own[outcome.ordinal]?.key ?? '') ?? 0));
    const outcomes = await reconsider(client, { ref, claims: now.claims }, parked);
    const settled = { entries, values, claims: now.claims, outcomes, hasher: deps.hasher };
    await storeOutcomes(client, { run, ref, records, tries }, settled);
    if (run.run.kind !== 'undo') await keepGateHolds(client, ref, settled);
    await moveMerged(client, settled);
    const stats = countOutcomes({ run, ref }, own, outcomes);
    await saveReviews(client, ref, reviewsOf(run.object, settled));
    await markDelivered(client, ref, { outcomes, stats });
    return stats;
  }, 'store.delivered');
}

async function ownClaims(deps: Deps, ref: BatchRef): Promise<readonly Claim[]> {
  return (await loadClaims(deps.store.pool, ref)).body.claims;
}

/** The claims as they are stored: folded onto what their source said before, where that has a say still. */
async function wholeClaims(
  deps: Deps,
  { ref, run }: { readonly ref: BatchRef; readonly run: RunContext },
  own: readonly Claim[],
): Promise<readonly Claim[]> {
  const { stream, events } = run.definition.sync;
  // Beside events they are folded when nobody else can deliver: `claimsNow`.
  if (events !== undefined) return own;
  const foldable = own.some(({ unsaid, versions }) => unsaid !== undefined || versions !== undefined);
  if (stream.records === 'full' && !foldable && !(await hasFolded(deps.store.pool, ref.syncNo))) return own;
  const stored = await claimsByKey(
    deps.store.pool,
    ref.syncNo,
    own.map(({ key }) => key),
  );
  return own.map((claim) => foldClaim(stream, claim, stored.get(claim.key)));
}

interface ClaimsNow {
  readonly claims: readonly Claim[];
  /** Ordinals of claims than which a newer one has been stored since they were merged. */
  readonly outdated: ReadonlySet<number>;
}

/**
 * The claims to be stored, where events may bring newer ones of the same keys while other runs of the sync deliver: these
 * wait for each other, and what is stored by now is folded in, so that no claim ever takes the place of a newer one.
 */
async function claimsNow(
  client: Client,
  { ref, run }: { readonly ref: BatchRef; readonly run: RunContext },
  { own, whole }: { readonly own: readonly Claim[]; readonly whole: readonly Claim[] },
): Promise<ClaimsNow> {
  const { stream, events } = run.definition.sync;
  if (events === undefined) return { claims: whole, outdated: new Set() };
  const lock = run.run.kind === 'event' ? 'pg_advisory_xact_lock' : 'pg_advisory_xact_lock_shared';
  await client.query(`select ${lock}(hashtextextended($1, 0))`, [`tributary claims ${ref.syncNo}`]);
  const keys = own.map(({ key }) => key);
  const stored = await claimsByKey(client, ref.syncNo, keys);
  const outdated = own.flatMap((claim, ordinal) => {
    const known = stored.get(claim.key);
    return stream.records === 'full' && known !== undefined && compareClaims(known, claim) > 0 ? [ordinal] : [];
  });
  return {
    claims: own.map((claim) => foldClaim(stream, claim, stored.get(claim.key))),
    outdated: new Set(outdated),
  };
}

function recordIdsOf(entries: readonly Entry[]): readonly number[] {
  return [...new Set(entries.flatMap(({ recordId, left }) => [recordId ?? [], left ?? []].flat()))];
}

interface Delivering {
  readonly deps: Deps;
  readonly ref: DeliverRef;
  readonly run: RunContext;
  readonly destination: Destination;
}

async function apply(
  { deps, ref, run, destination }: Delivering,
  {
    entries,
    values,
    hash,
    records,
    outdated,
  }: {
    readonly entries: readonly Entry[];
    readonly values: ReadonlyMap<number, Fields>;
    readonly hash: string;
    readonly records: ReadonlyMap<number, RecordRow>;
    readonly outdated: ReadonlySet<number>;
  },
): Promise<readonly EntryOutcome[]> {
  const barred = new Map(
    entries.flatMap((entry) =>
      outdated.has(entry.ordinal) ? [[entry.ordinal, contested(entry)] as const] : barOf(entry, ref.mode, records),
    ),
  );
  const open = entries.filter((entry) => entry.action !== 'none' && !barred.has(entry.ordinal));
  const writes = open.map((entry) => toWrite(entry, values.get(entry.ordinal) ?? {}));
  const settle = (delivered: readonly Delivered[]): readonly EntryOutcome[] => {
    const results = new Map(delivered.map((one) => [one.ordinal, one]));
    return entries.map((entry) => barred.get(entry.ordinal) ?? outcomeOf(entry, results.get(entry.ordinal)));
  };
  // Where an earlier attempt may have written, its marker is looked for, though by now nothing could be written.
  if (ref.mode === 'hold' || entries.every((entry) => entry.action === 'none')) return settle([]);
  const marker = { project: deps.project, run: run.run.marker ?? ref.runId, round: ref.round, batch: ref.n, hash };
  return destination.deliver(run.object, { marker, writes }, settle);
}

/** Entries that must not be written: held by the gate, or planned on a record that has moved on since. */
function barOf(
  entry: Entry,
  mode: DeliverMode,
  records: ReadonlyMap<number, RecordRow>,
): readonly (readonly [number, EntryOutcome])[] {
  const ends = entry.action === 'deactivate' || entry.action === 'delete';
  if (entry.action !== 'none' && (mode === 'hold' || (mode === 'no_deletes' && ends))) {
    return [[entry.ordinal, standing(entry, 'held', HELD_AT_GATE)]];
  }
  const record = entry.recordId === null ? undefined : records.get(entry.recordId);
  const moved = isFirstContact(entry) || (entry.revision !== null && record?.revision !== entry.revision);
  return moved ? [[entry.ordinal, contested(entry)]] : [];
}

function standing(entry: Entry, outcome: EntryOutcome['outcome'], reason?: string): EntryOutcome {
  return {
    ordinal: entry.ordinal,
    outcome,
    action: 'none',
    crmId: entry.crmId,
    ...(reason === undefined ? {} : { reason }),
  };
}

function contested(entry: Entry): EntryOutcome {
  return { ...standing(entry, 'waiting', 'the record changed since it was merged'), contested: true };
}

/** What the entry writes, by field. Where it is just what its claim says, nothing is made anew. */
function valuesOf(entry: Entry, claimed: StoredChangeSet['claimed']): Fields {
  const claim = claimed?.ordinals.has(entry.ordinal) === true ? claimed.claims[entry.ordinal] : undefined;
  return claim === undefined ? mapFields(entry.writes, ({ after }) => after) : claimedValues(claim.fields);
}

function toWrite(entry: Entry, values: Fields): PlannedWrite {
  const { ordinal, crmId } = entry;
  const action = entry.action === 'deactivate' ? 'update' : entry.action;
  if (action === 'none') throw new Error('nothing to write');
  const set = action === 'delete' ? NO_FIELDS : values;
  const expect = action === 'create' ? NO_FIELDS : mapFields(entry.writes, ({ before }) => before);
  const more = entry.apart === undefined ? {} : { apart: entry.apart };
  const archive = action !== 'create' && Object.values(entry.writes)[0]?.why.rule === 'archive';
  return { ordinal, action, crmId, ...more, ...(archive ? { archive } : {}), set, expect };
}

const NO_FIELDS: Fields = {};

function mapFields(writes: Entry['writes'], valueOf: (write: FieldWrite) => Value): Fields {
  const fields: Record<string, Value> = {};
  for (const [field, write] of Object.entries(writes)) fields[field] = valueOf(write);
  return fields;
}

function outcomeOf(entry: Entry, delivered: Delivered | undefined): EntryOutcome {
  if (entry.action === 'none') return standing(entry, entry.outcome, entry.reason);
  if (delivered?.result === 'refused') return standing(entry, 'parked', delivered.reason);
  if (delivered?.result !== 'applied') return contested(entry);
  const { crmId, defaults } = delivered;
  // A record under review may still have fields that nobody disputes: they are written, the claim stays in review.
  const outcome = entry.outcome;
  return {
    ordinal: entry.ordinal,
    outcome,
    action: entry.action,
    crmId,
    ...(entry.reason === undefined ? {} : { reason: entry.reason }),
    ...(defaults === undefined ? {} : { defaults }),
  };
}

/** Refused three times is enough: then the claim is parked until the next run. */
function parkAfter(outcome: EntryOutcome, tries: number): EntryOutcome {
  return outcome.contested === true && tries + 1 >= MAX_TRIES ? { ...outcome, outcome: 'parked' } : outcome;
}

function reviewsOf(
  { fields, waitMs = WAIT_MS }: ObjectDefinition,
  { entries, outcomes, claims }: Settled,
): Parameters<typeof saveReviews>[2] {
  const waitedEnough = Date.now() - waitMs;
  const byOrdinal = new Map(outcomes.map((outcome) => [outcome.ordinal, outcome]));
  const inReview = entries.filter(({ ordinal, missing = '' }) => {
    const outcome = byOrdinal.get(ordinal)?.outcome;
    const asked = fields[missing]?.reference?.missing === 'review' || isOlder(claims[ordinal], waitedEnough);
    return outcome === 'review' || (outcome === 'waiting' && missing !== '' && asked);
  });
  const open = inReview.map((entry) => ({
    key: entry.key,
    reason: entry.reason ?? 'the CRM and the sources disagree',
    evidence: { crm_id: entry.crmId, candidates: entry.candidates ?? [], conflicts: entry.conflicts },
  }));
  const reviewed = new Set(inReview.map((entry) => entry.key));
  return { open, settled: entries.map((entry) => entry.key).filter((key) => !reviewed.has(key)) };
}

interface Settled {
  readonly entries: readonly Entry[];
  readonly claims: readonly Claim[];
  readonly outcomes: readonly EntryOutcome[];
}

function isOlder(claim: Claim | undefined, than: number): boolean {
  return claim !== undefined && claim.observedAt < than;
}

/**
 * Claims read by this run count among its outcomes; earlier ones, and inferred deletes, apart. In later rounds the run's own
 * claims move on from `waiting`: to an outcome, or to the duplicates where a newer one has come meanwhile.
 */
function countOutcomes(
  { run, ref }: { readonly run: RunContext; readonly ref: BatchRef },
  claims: readonly Claim[],
  results: readonly EntryOutcome[],
): Partial<RunCounts> {
  const outcomes: Record<keyof OutcomeCounts, number> = { ...NO_OUTCOMES };
  const due: Record<keyof OutcomeCounts, number> = { ...NO_OUTCOMES };
  const counts = { created: 0, updated: 0, deleted: 0 };
  let moved = 0;
  for (const result of results) {
    const ownRead = isOwnRead({ run, ref }, claims[result.ordinal]);
    if (run.run.kind === 'undo' || !ownRead) due[result.outcome]++;
    else outcomes[result.outcome]++;
    if (ownRead) moved++;
    if (result.action === 'create') counts.created++;
    if (result.action === 'update') counts.updated++;
    if (result.action === 'deactivate' || result.action === 'delete') counts.deleted++;
  }
  if (ref.round === 0) return { ...counts, outcomes, due };
  const own = claims.filter((claim) => isOwnRead({ run, ref }, claim)).length;
  outcomes.waiting -= own;
  return { ...counts, outcomes, due, accepted: moved - own, duplicates: own - moved };
}

/** The read of an event is that of the time it came; later rounds of its run are of stored claims. */
function isOwnRead(
  { run: { run }, ref }: { readonly run: RunContext; readonly ref: BatchRef },
  claim: Claim | undefined,
): boolean {
  if (run.kind === 'event') return ref.round === 0;
  return claim?.version.read === run.no && claim.version.position < INFERRED;
}
