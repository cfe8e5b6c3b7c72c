// Compensate: the inverse of one delivered batch, as a change set of the undo's own. A field is restored only where the
// CRM still holds what we wrote; everything else is listed as kept.

import type { ChangeSet, Entry, EntryOutcome } from '../domain/claims.ts';
import type { Fields, Value } from '../domain/values.ts';
import { NO_COUNTS } from '../domain/run.ts';
import { countChanges, encodeChangeSet } from '../merge/change-set.ts';
import { invertEntry } from '../merge/invert.ts';
import {
  type ChangeStats,
  insertBody,
  listBatches,
  loadChangeSet,
  loadChangeStats,
  saveChangeSet,
} from '../store/batches.ts';
import { recordsByCrmId, type RecordRow } from '../store/claims.ts';
import type { BatchRef, Deps, RunRef } from './deps.ts';
import { type RunContext, runContext } from './run-context.ts';

export interface BatchPlace {
  readonly round: number;
  readonly n: number;
}

/** The batches to take back, newest first. */
export async function batchesToUndo(deps: Deps, ref: RunRef): Promise<readonly BatchPlace[]> {
  const { run } = await runContext(deps, ref);
  const batches = await listBatches(deps.store.pool, run.ofRun ?? 0);
  return batches
    .filter((batch) => batch.delivered && batch.round >= 0)
    .map(({ round, n }) => ({ round, n }))
    .toReversed();
}

/** Plans the inverse of one batch as batch `n` of round 0 of the undo. */
export async function compensateBatch(deps: Deps, ref: BatchRef & { readonly of: BatchPlace }): Promise<ChangeStats> {
  const { pool } = deps.store;
  const planned = await loadChangeStats(pool, ref);
  if (planned !== null) return planned;
  const run = await runContext(deps, ref);
  const original = await loadChangeSet(pool, { runNo: run.run.ofRun ?? 0, ...ref.of });
  const entries =
    original === null
      ? []
      : await invertAll(deps, { ref, run }, { entries: original.changeSet.entries, outcomes: original.outcomes });
  const changeSet: ChangeSet = { object: run.object.name, entries };
  await insertBody(pool, ref, { body: { claims: [] }, keys: Buffer.alloc(0), stats: { kind: 'undo', of: ref.of } });
  const { creates, updates, deletes, nulls } = countChanges(entries);
  return saveChangeSet(pool, ref, {
    encoded: encodeChangeSet(changeSet),
    stats: { creates, updates, deletes, nulls, counts: NO_COUNTS },
  });
}

async function invertAll(
  deps: Deps,
  { ref, run }: { readonly ref: BatchRef; readonly run: RunContext },
  original: { readonly entries: readonly Entry[]; readonly outcomes: readonly EntryOutcome[] },
): Promise<readonly Entry[]> {
  const outcomes = new Map(original.outcomes.map((outcome) => [outcome.ordinal, outcome]));
  const crmIds = [...outcomes.values()].flatMap((outcome) =>
    outcome.action === 'none' || outcome.crmId === null ? [] : [outcome.crmId],
  );
  const connection = run.definition.connections[run.object.destination];
  if (connection === undefined) throw new Error(`definition lacks the connection ${run.object.destination}`);
  const destination = await deps.destination(connection);
  const [records, crm] = await Promise.all([
    recordsByCrmId(deps.store.pool, run.object.name, crmIds),
    destination.read(run.object, crmIds),
  ]);
  const overlay = await plannedAlready(deps, ref);
  const inverted = original.entries.flatMap((entry) => {
    const outcome = outcomes.get(entry.ordinal);
    const crmId = outcome?.crmId ?? '';
    const record = records.get(crmId) ?? null;
    const now = overlaid(crm.get(crmId) ?? null, overlay.get(crmId));
    if (outcome === undefined) return [];
    const inverse = invertEntry({
      entry,
      outcome,
      record: record === null ? null : known(record),
      crm: now,
      ordinal: entry.ordinal,
      redo: run.redo,
    });
    // The revision moves with every batch of this undo; the values themselves are what must still stand.
    return inverse === null ? [] : [{ ...inverse, revision: null }];
  });
  const referenced = await destination.referenced(
    run.object,
    inverted.flatMap((entry) => (entry.action === 'delete' && entry.crmId !== null ? [entry.crmId] : [])),
  );
  return inverted.map((entry, ordinal) => ({
    ...(referenced.has(entry.crmId ?? '') && entry.action === 'delete' ? kept(entry, run) : entry),
    ordinal,
  }));
}

function known({ id, state, revision, base, change }: RecordRow): Omit<RecordRow, 'crmId'> {
  return { id, state, revision, base, change };
}

/** A create that others refer to by now is deactivated where the object can, else left and listed. */
function kept(entry: Entry, { object }: RunContext): Entry {
  const reason = 'other records refer to it';
  if (Object.keys(object.deactivated).length === 0)
    return { ...entry, action: 'none', outcome: 'conflict', reason, writes: {}, kept: {} };
  const writes = Object.entries(object.deactivated).map(([field, after]): [string, Entry['writes'][string]] => [
    field,
    { before: entry.writes[field]?.before ?? null, after, why: { sync: null, key: null, rule: 'undo' } },
  ]);
  return { ...entry, action: 'deactivate', reason, writes: Object.fromEntries(writes), kept: {} };
}

type Overlay = Readonly<Record<string, Value>> | 'deleted';

/** What later batches of the undone run, already planned here, will have put back when this one is applied. */
async function plannedAlready(
  deps: Deps,
  ref: BatchRef & { readonly of?: BatchPlace },
): Promise<ReadonlyMap<string, Overlay>> {
  const overlay = new Map<string, Overlay>();
  const earlier = (await listBatches(deps.store.pool, ref.runNo, 0)).filter(
    (batch) => batch.n < ref.n && laterRound(batch.stats['of'], ref.of),
  );
  for (const { n } of earlier) {
    const planned = await loadChangeSet(deps.store.pool, { runNo: ref.runNo, round: 0, n });
    for (const entry of planned?.changeSet.entries ?? []) {
      if (entry.crmId === null || entry.action === 'none') continue;
      const restored = Object.fromEntries(Object.entries(entry.writes).map(([field, write]) => [field, write.after]));
      overlay.set(entry.crmId, entry.action === 'delete' ? 'deleted' : restored);
    }
  }
  return overlay;
}

/** Batches of one round never share a record; those of different rounds may. */
function laterRound(of: unknown, than: BatchPlace | undefined): boolean {
  return typeof of === 'object' && of !== null && 'round' in of && than !== undefined && Number(of.round) > than.round;
}

function overlaid(crm: Fields | null, overlay: Overlay | undefined): Fields | null {
  if (overlay === 'deleted') return null;
  return overlay === undefined || crm === null ? crm : { ...crm, ...overlay };
}
