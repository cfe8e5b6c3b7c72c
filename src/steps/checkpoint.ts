// Checkpoint: the run is delivered. Fingerprints, absences, counts and the lease move together, in one transaction.

import { imbalanceOf, type RunCounts, type RunOutcome } from '../domain/run.ts';
import { ERRORS, SyncError } from '../domain/errors.ts';
import { ACCEPTED, forEachEntry, INDEX_BYTES, type Part } from '../fingerprint/entries.ts';
import type { Client } from '../postgres/client.ts';
import { listBatches, loadKeyBlobs, SEAL_ROUND, type ValidatedCounts } from '../store/batches.ts';
import { beginAbsences, saveAbsences } from '../store/exceptions.ts';
import { clearFingerprints, saveFingerprints } from '../store/fingerprints.ts';
import { touchQuarantined } from '../store/quarantine.ts';
import { releaseReservations } from '../store/reservations.ts';
import { findRun, type RunRow, type StoredError, updateRun } from '../store/runs.ts';
import { holdsLease, releaseLease } from '../store/syncs.ts';
import { collectCounts } from './counts.ts';
import type { Deps, RunRef, StepContext } from './deps.ts';
import { type RunContext, runContext } from './run-context.ts';

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
}

const PART_ENTRIES = 400_000;

export async function checkpointRun(deps: Deps, ref: CheckpointRef, context: StepContext): Promise<CheckpointResult> {
  const run = await runContext(deps, ref);
  const now = await findRun(deps.store.pool, { no: ref.runNo }); // the context is as old as the attempt
  if (now !== undefined && now.outcome !== null) return finished(now);
  const counts = await collectCounts(deps.store.pool, ref.runNo);
  const imbalance = run.run.kind === 'undo' ? null : imbalanceOf(counts);
  const notices = [...(await definitionNotice(deps, run)), ...(await warningNotice(deps, ref))];
  const wrote = counts.created + counts.updated + counts.deleted > 0;
  const outcome = imbalance !== null ? 'failed' : wrote ? 'delivered' : ref.rejected ? 'rejected' : 'unchanged';
  await deps.store.transaction(async (client) => {
    if (!(await holdsLease(client, ref)))
      throw new SyncError('store.fenced', { message: `run ${ref.runId} no longer holds its sync` });
    if (run.run.kind === 'snapshot') {
      await saveIndex(client, { ref, run, read: counts.read }, context);
      if (ref.complete) await saveLedger(client, ref);
      if (outcome !== 'rejected') await markDeliveredRun(client, ref, wrote);
    }
    await releaseReservations(client, ref.runNo);
    await releaseLease(client, ref.syncNo, ref.runNo);
    const error = imbalance === null ? null : errorOf('run.unbalanced', imbalance);
    await updateRun(client, ref.runNo, { phase: 'ended', outcome, counts, notices, error });
  });
  if (imbalance !== null) throw new SyncError('run.unbalanced', { message: imbalance });
  return { counts, outcome, notices };
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
  return { counts: counts as RunCounts, outcome: outcome ?? 'failed', notices }; // written below
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

/** Rules of level warn: how many records, and the first few. */
async function warningNotice(deps: Deps, ref: RunRef): Promise<readonly StoredError[]> {
  const batches = await listBatches(deps.store.pool, ref.runNo, 0);
  const validated = batches.map((batch) => batch.stats['validated'] as ValidatedCounts | undefined); // written by saveBody
  const warned = validated.reduce((sum, counts) => sum + (counts?.warned ?? 0), 0);
  const shown = validated.flatMap((counts) => counts?.warnings ?? []).slice(0, 3);
  return warned === 0 ? [] : [errorOf('record.warning', `${warned} records, first ${shown.join(', ')}`)];
}

/** Writes the new index a part at a time: every record of the read whose key occurs once. */
async function saveIndex(
  client: Client,
  { ref, run, read }: { readonly ref: RunRef; readonly run: RunContext; readonly read: number },
  context: StepContext,
): Promise<void> {
  await clearFingerprints(client, ref.syncNo, ref.runNo);
  const batches = (await listBatches(client, ref.runNo, 0)).filter((batch) => batch.stats['from'] !== undefined);
  const parts = Math.max(1, Math.ceil(read / PART_ENTRIES));
  for (let number = 0; number < parts; number++) {
    const { entries, stillBad } = await indexPart(
      client,
      { ref, batches: batches.map((batch) => batch.n) },
      { number, of: parts },
    );
    await touchQuarantined(client, ref, stillBad);
    await saveFingerprints(client, { syncNo: ref.syncNo, reader: run.run.reader ?? '', part: number }, entries);
    context.progress({ part: number + 1, parts });
  }
}

async function indexPart(
  client: Client,
  { ref, batches }: { readonly ref: RunRef; readonly batches: readonly number[] },
  part: Part,
): Promise<{ readonly entries: Buffer; readonly stillBad: readonly bigint[] }> {
  const blobs: Buffer[] = [];
  const [all, repeated] = [new Set<bigint>(), new Set<bigint>()];
  const stillBad: bigint[] = [];
  for (const n of batches) {
    const { seen, keys } = await loadKeyBlobs(client, { runNo: ref.runNo, round: 0, n });
    for (const blob of [seen, keys]) {
      blobs.push(blob);
      forEachEntry(blob, part, ({ keyHash, flag }) => {
        if (all.has(keyHash)) repeated.add(keyHash);
        else all.add(keyHash);
        if (blob === seen && flag !== ACCEPTED) stillBad.push(keyHash);
      });
    }
  }
  const bytes = Buffer.allocUnsafe((all.size - repeated.size) * INDEX_BYTES);
  let end = 0;
  for (const blob of blobs) {
    forEachEntry(blob, part, ({ fingerprint, keyHash, flag }) => {
      if (repeated.has(keyHash)) return;
      bytes.writeBigUInt64LE(fingerprint, end);
      bytes.writeBigUInt64LE(keyHash | flag, end + 8);
      end += INDEX_BYTES;
    });
  }
  return { entries: bytes, stillBad };
}

async function saveLedger(client: Client, ref: RunRef): Promise<void> {
  await beginAbsences(client, ref.syncNo);
  for (const batch of await listBatches(client, ref.runNo, SEAL_ROUND)) {
    const { keys } = batch.stats;
    if (Array.isArray(keys)) await saveAbsences(client, ref, keys.map(String));
  }
}
