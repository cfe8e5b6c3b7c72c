// Checkpoint: the run is delivered. Fingerprints, absences, counts and the lease move together, in one transaction.

import { addLags } from '../domain/arrival.ts';
import { dropRaw } from '../store/attempts.ts';
import { imbalanceOf, movesCursor, type RunCounts, type RunOutcome } from '../domain/run.ts';
import { ERRORS, SyncError } from '../domain/errors.ts';
import { buildIndexPart, type KeyBlobs } from '../fingerprint/build-index.ts';
import { sameDigest, sumDigests } from '../fingerprint/digest.ts';
import { entriesOf } from '../fingerprint/entries.ts';
import type { Client } from '../postgres/client.ts';
import {
  type BatchSummary,
  listBatches,
  loadBadKeys,
  loadKeyBlobs,
  rangeOf,
  SEAL_ROUND,
  type ValidatedCounts,
} from '../store/batches.ts';
import { beginAbsences, clearAbsences, saveAbsences } from '../store/exceptions.ts';
import { clearFingerprints, hasRevocations, indexDigest, saveFingerprints } from '../store/fingerprints.ts';
import { resolveGone, touchQuarantined } from '../store/quarantine.ts';
import { loadUnexpected } from '../store/profiles.ts';
import { totalsOf } from '../store/recent-runs.ts';
import { releaseReservations } from '../store/reservations.ts';
import { findRun, type RunRow, type StoredError, updateRun } from '../store/runs.ts';
import { releaseLease } from '../store/syncs.ts';
import { mayWrite } from './may-write.ts';
import type { LedgerNote } from './absences.ts';
import { collectCounts } from './counts.ts';
import type { Deps, RunRef, StepContext } from './deps.ts';
import { isOverdue } from './remind.ts';
import { type RunContext, runContext } from './run-context.ts';
import type { LostRecords } from './repeated-keys.ts';

export interface CheckpointRef extends RunRef {
  /** The snapshot was proven whole: the ledger of absences is replaced. */
  readonly complete: boolean;
  /** The gate said no, at least to the last round. */
  readonly rejected: boolean;
}

export interface CheckpointResult {
  readonly counts: RunCounts;
  readonly outcome: RunOutcome;
  readonly notices: readonly StoredError[];
  /** Quarantined records have waited too long, and somebody is to be told. */
  readonly overdue: boolean;
}

const PART_ENTRIES = 400_000;

export async function checkpointRun(deps: Deps, ref: CheckpointRef, context: StepContext): Promise<CheckpointResult> {
  const run = await runContext(deps, ref);
  const now = await findRun(deps.store.pool, { no: ref.runNo }); // the context is as old as the attempt
  if (now !== undefined && now.outcome !== null) return finished(now);
  await publish(deps, run, context);
  const counts = await collectCounts(deps.store.pool, ref.runNo);
  const imbalance = run.run.kind === 'undo' ? null : imbalanceOf(counts);
  const wrote = counts.created + counts.updated + counts.deleted > 0;
  const notices = [
    ...(await definitionNotice(deps, run)),
    ...(await warningNotice(deps, ref)),
    ...(await duplicateNotice(deps, ref)),
    ...(await emptyNotice(deps, run, counts)),
    ...(await unexpectedNotice(deps, ref, wrote)),
  ];
  const outcome = imbalance !== null ? 'failed' : wrote ? 'delivered' : ref.rejected ? 'rejected' : 'unchanged';
  await deps.store.transaction(async (client) => {
    if (!(await mayWrite(client, run.run.kind, ref)))
      throw new SyncError('store.fenced', { message: `run ${ref.runId} no longer holds its sync` });
    if (movesCursor(run.run.kind)) {
      if (run.run.plan?.idle !== true) await saveIndex(client, { ref, run, read: counts.read }, context);
      await saveLedger(client, ref);
      if (ref.complete) await resolveGone(client, ref);
      if (outcome !== 'rejected') await markDeliveredRun(client, ref, wrote);
    }
    await noteArrival(client, run);
    await releaseReservations(client, ref.runNo);
    await releaseLease(client, ref.syncNo, ref.runNo);
    const totals = run.run.kind === 'event' ? { totals: await totalsOf(client, ref.runNo) } : {};
    const error = imbalance === null ? null : errorOf('run.unbalanced', imbalance);
    await updateRun(client, ref.runNo, { phase: 'ended', outcome, counts, notices, error, ...totals });
  }, 'run.checkpointed');
  if (imbalance !== null) throw new SyncError('run.unbalanced', { message: imbalance });
  return { counts, outcome, notices, overdue: await isOverdue(deps, ref) };
}

/** Before the run has ended: a run whose file could not be renewed is not done. */
async function publish(deps: Deps, { definition, object }: RunContext, context: StepContext): Promise<void> {
  const connection = definition.connections[object.destination];
  if (connection === undefined) throw new Error(`definition lacks the connection ${object.destination}`);
  const destination = await deps.destination(connection);
  await destination.publish(object, () => context.progress({ step: 'publish' }));
}

/** What was read is delivered: its raw form has no use any more, and how late it was is added up. */
async function noteArrival(client: Client, { run }: RunContext): Promise<void> {
  if (run.plan?.passing !== true) return;
  const batches = await listBatches(client, run.no, 0);
  const arrival = addLags(batches.map((batch) => rangeOf(batch).arrival ?? {}));
  await updateRun(client, run.no, { plan: { ...run.plan, arrival } });
  await dropRaw(client, run.no);
}

/** After a no at the gate the next run that would write is still the first, whatever came between. */
async function markDeliveredRun(client: Client, ref: RunRef, wrote: boolean): Promise<void> {
  await client.query(
    `update sync set delivered_run = $2 where no = $1 and ($3 or delivered_run is not null
       or not exists (select 1 from crosswalk where sync_no = $1 and state = 'held'))`,
    [ref.syncNo, ref.runNo, wrote],
  );
}

/** The checkpoint was committed, and its answer lost. */
function finished({ counts, outcome, notices }: RunRow): CheckpointResult {
  return { counts: counts as RunCounts, outcome: outcome ?? 'failed', notices, overdue: false }; // written below
}

function errorOf(code: keyof typeof ERRORS, message: string): StoredError {
  return { code, message, hint: ERRORS[code].hint };
}

/** The run goes on under the definition it began with; that another one waits is worth saying. */
async function definitionNotice(deps: Deps, { run }: RunContext): Promise<readonly StoredError[]> {
  try {
    const current = await deps.currentDefinition(run.sync);
    return current.hash === run.definitionHash
      ? []
      : [errorOf('config.changed', 'the definition changed during the run')];
  } catch {
    return [errorOf('config.changed', 'the definition changed during the run and is not valid now')];
  }
}

/** What of the read was not as it used to be, and nobody was asked about. */
async function unexpectedNotice(deps: Deps, ref: CheckpointRef, wrote: boolean): Promise<readonly StoredError[]> {
  const { waits, notes } = await loadUnexpected(deps.store.pool, ref.runNo);
  const said = wrote || ref.rejected ? notes : [...waits, ...notes];
  return said.length === 0 ? [] : [errorOf('run.unexpected', said.join('; ').slice(0, 1000))];
}

/** Rules of level warn: how many records, and the first few. */
async function warningNotice(deps: Deps, ref: RunRef): Promise<readonly StoredError[]> {
  const batches = await listBatches(deps.store.pool, ref.runNo, 0);
  const validated = batches.map((batch) => batch.stats['validated'] as ValidatedCounts | undefined); // written by saveBody
  const warned = validated.reduce((sum, counts) => sum + (counts?.warned ?? 0), 0);
  const shown = validated.flatMap((counts) => counts?.warnings ?? []).slice(0, 3);
  return warned === 0 ? [] : [errorOf('record.warning', `${warned} records, first ${shown.join(', ')}`)];
}

/** Several records with one key in a snapshot: which of them counts, the source should know. */
async function duplicateNotice(deps: Deps, ref: RunRef): Promise<readonly StoredError[]> {
  const found = await listBatches(deps.store.pool, ref.runNo, SEAL_ROUND);
  const { records, keys } = (found.find(({ n }) => n === 0)?.stats['lost'] ?? NONE_LOST) as LostRecords; // written by seal
  if (records === 0) return [];
  return [errorOf('record.duplicate', `${records} ${records === 1 ? 'record' : 'records'}, first ${keys.join(', ')}`)];
}

const NONE_LOST: LostRecords = { records: 0, keys: [] };

/** A path or a filter that finds nothing anywhere is more likely a mistake than a day without a single record. */
async function emptyNotice(
  deps: Deps,
  { run, definition }: RunContext,
  counts: RunCounts,
): Promise<readonly StoredError[]> {
  const { stream, where } = definition.sync;
  if (run.kind !== 'snapshot') return [];
  if (where !== null && counts.read > 0 && counts.filtered === counts.read)
    return [errorOf('source.where', `\`where\` is false for all of ${counts.read} records`)];
  if (stream.each === null || run.plan?.idle === true || counts.read > 0) return [];
  const batches = await listBatches(deps.store.pool, run.no, 0);
  return [errorOf('source.each', `none of ${rawRecords(batches)} raw records has anything at \`${stream.each}\``)];
}

/** Writes the new index a part at a time: every record of the read whose key occurs once. Nothing where it is the old one. */
async function saveIndex(
  client: Client,
  { ref, run, read }: { readonly ref: RunRef; readonly run: RunContext; readonly read: number },
  context: StepContext,
): Promise<void> {
  const reader = run.run.reader ?? '';
  const batches = (await listBatches(client, ref.runNo, 0)).filter((batch) => batch.stats['from'] !== undefined);
  if (await isIndexed(client, { syncNo: ref.syncNo, reader }, batches))
    return touchQuarantined(client, ref, await loadBadKeys(client, ref.runNo));
  await clearFingerprints(client, ref.syncNo, ref.runNo);
  const parts = Math.max(1, Math.ceil(Math.max(read, rawRecords(batches)) / PART_ENTRIES));
  for (let number = 0; number < parts; number++) {
    const blobs: KeyBlobs[] = [];
    const part = { number, of: parts };
    for (const { n } of batches) {
      const { seen, keys } = await loadKeyBlobs(client, { runNo: ref.runNo, round: 0, n });
      blobs.push({ seen: entriesOf(seen, part), keys: entriesOf(keys, part) });
    }
    const { entries, stillBad } = buildIndexPart(blobs, part);
    await touchQuarantined(client, ref, stillBad);
    await saveFingerprints(client, { syncNo: ref.syncNo, reader, part: number }, entries);
    context.progress({ part: number + 1, parts });
  }
}

/** Whether the read held just what the index knows, and the index still holds. */
async function isIndexed(
  client: Client,
  { syncNo, reader }: { readonly syncNo: number; readonly reader: string },
  batches: readonly BatchSummary[],
): Promise<boolean> {
  const ranges = batches.map(rangeOf);
  const read = ranges.some(({ kept }) => kept > 0) ? null : sumDigests(ranges.map(({ known }) => known));
  const index = read === null ? null : await indexDigest(client, syncNo, reader);
  return read !== null && index !== null && sameDigest(read, index) && !(await hasRevocations(client, syncNo));
}

function rawRecords(batches: readonly BatchSummary[]): number {
  return batches.reduce((sum, batch) => sum + rangeOf(batch).raw, 0);
}

/** A complete snapshot replaces the ledger; one whose parents are complete, what the ledger says of their records. */
async function saveLedger(client: Client, ref: CheckpointRef): Promise<void> {
  if (ref.complete) await beginAbsences(client, ref.syncNo);
  const notes = await listBatches(client, ref.runNo, SEAL_ROUND);
  const keysOf = (kind: LedgerNote): readonly (readonly string[])[] =>
    notes.flatMap(({ stats }) =>
      stats['kind'] === kind && Array.isArray(stats['keys']) ? [stats['keys'].map(String)] : [],
    );
  for (const keys of keysOf('answered')) await clearAbsences(client, ref.syncNo, keys);
  for (const keys of keysOf('absent')) await saveAbsences(client, ref, keys);
}
