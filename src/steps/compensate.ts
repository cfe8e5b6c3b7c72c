// Compensate: the inverse of one delivered batch, as a change set of the undo's own. A field is restored only where the
// CRM still holds what we wrote; everything else is listed as kept.

import type { ChangeRef, ChangeSet, Entry, EntryOutcome } from '../domain/claims.ts';
import { groupBy } from '../domain/collections.ts';
import type { Fields } from '../domain/values.ts';
import { NO_COUNTS } from '../domain/run.ts';
import { type RoundBatches, spansOf } from '../domain/spans.ts';
import type { Destination } from '../destinations/destination.ts';
import { countChanges, encodeChangeSet } from '../merge/change-set.ts';
import { endSoftly, invertEntry } from '../merge/invert.ts';
import {
  type ChangeStats,
  insertBody,
  listBatches,
  loadChangeSet,
  loadChangeStats,
  saveChangeSet,
} from '../store/batches.ts';
import { recordsByCrmId, type RecordRow } from '../store/claims.ts';
import { nameChangers } from './changed-since.ts';
import type { BatchRef, Deps, RunRef, StepContext } from './deps.ts';
import { type RunContext, runContext } from './run-context.ts';

export interface BatchPlace {
  readonly round: number;
  readonly n: number;
}

/** The batches to take back, the newest round first. */
export async function batchesToUndo(deps: Deps, ref: RunRef): Promise<readonly RoundBatches[]> {
  const { run } = await runContext(deps, ref);
  const batches = await listBatches(deps.store.pool, run.ofRun ?? 0);
  const rounds = groupBy(
    batches.filter((batch) => batch.delivered && batch.round >= 0),
    ({ round }) => round,
  );
  return [...rounds].toReversed().map(([round, of]) => ({ round, batches: spansOf(of.map(({ n }) => n)) }));
}

export type CompensateRef = BatchRef & { readonly of: BatchPlace };

/** Plans the inverse of one batch as batch `n` of round 0 of the undo. */
export async function compensateBatch(deps: Deps, ref: CompensateRef, context: StepContext): Promise<ChangeStats> {
  const { pool } = deps.store;
  const planned = await loadChangeStats(pool, ref);
  if (planned !== null) return planned;
  const run = await runContext(deps, ref);
  const connection = run.definition.connections[run.object.destination];
  if (connection === undefined) throw new Error(`definition lacks the connection ${run.object.destination}`);
  const undoing: Undoing = { deps, ref, run, context, destination: await deps.destination(connection) };
  const original = await loadChangeSet(pool, { runNo: run.run.ofRun ?? 0, ...ref.of });
  const entries = original === null ? [] : await planInverse(undoing, original.changeSet.entries, original.outcomes);
  const changeSet: ChangeSet = { object: run.object.name, entries };
  await insertBody(pool, ref, { body: { claims: [] }, keys: Buffer.alloc(0), stats: { kind: 'undo', of: ref.of } });
  const { creates, updates, deletes, nulls } = countChanges(entries);
  return saveChangeSet(pool, ref, {
    encoded: encodeChangeSet(changeSet),
    stats: { creates, updates, deletes, nulls, counts: NO_COUNTS },
  });
}

interface Undoing {
  readonly deps: Deps;
  readonly ref: CompensateRef;
  readonly run: RunContext;
  readonly context: StepContext;
  readonly destination: Destination;
}

/** A record as it will be when the batches planned before this one are delivered. */
interface Standing {
  readonly record: RecordRow | null;
  readonly crm: Fields | null;
}

async function planInverse(
  undoing: Undoing,
  entries: readonly Entry[],
  outcomes: readonly EntryOutcome[],
): Promise<readonly Entry[]> {
  const { context, ref } = undoing;
  const wrote = outcomes.filter((outcome) => outcome.action !== 'none' && outcome.crmId !== null);
  const { standing, going } = await standingOf(
    undoing,
    wrote.map((outcome) => outcome.crmId ?? ''),
  );
  context.progress({ batch: ref.n, records: standing.size });
  const inverted = invertAll(undoing, { entries, outcomes: wrote, standing });
  const spared = await spareReferenced(undoing, inverted, { standing, going });
  context.progress({ batch: ref.n, planned: spared.length });
  const named = await nameAll(undoing, spared, standing);
  return named.map((entry, ordinal) => ({ ...entry, ordinal }));
}

interface Foreseen {
  readonly standing: ReadonlyMap<string, Standing>;
  /** CRM ids that batches planned before this one delete. */
  readonly going: readonly string[];
}

async function standingOf(undoing: Undoing, crmIds: readonly string[]): Promise<Foreseen> {
  const { deps, run, destination } = undoing;
  const [records, crm] = await Promise.all([
    recordsByCrmId(deps.store.pool, run.object.name, crmIds),
    destination.read(run.object, crmIds),
  ]);
  const standing = new Map<string, Standing>();
  for (const id of crmIds) standing.set(id, { record: records.get(id) ?? null, crm: crm.get(id) ?? null });
  return { standing, going: await foresee(undoing, standing) };
}

/**
 * Batches of one round never share a record; those of different rounds may. What later rounds of the undone run did, and
 * this undo has planned to take back, is as good as done.
 */
async function foresee({ deps, ref }: Undoing, standing: Map<string, Standing>): Promise<readonly string[]> {
  const { pool } = deps.store;
  const going: string[] = [];
  for (const { n, stats } of await listBatches(pool, ref.runNo, 0)) {
    if (n >= ref.n || !isLaterRound(stats['of'], ref.of)) continue;
    const planned = await loadChangeSet(pool, { runNo: ref.runNo, round: 0, n });
    for (const entry of planned?.changeSet.entries ?? []) {
      if (entry.action === 'delete' && entry.crmId !== null) going.push(entry.crmId);
      const now = entry.crmId === null ? undefined : standing.get(entry.crmId);
      if (now === undefined || entry.crmId === null || entry.action === 'none') continue;
      standing.set(entry.crmId, standingAfter(now, entry, { run: ref.runNo, round: 0, batch: n }));
    }
  }
  return going;
}

function isLaterRound(of: unknown, than: BatchPlace): boolean {
  return typeof of === 'object' && of !== null && 'round' in of && Number(of.round) > than.round;
}

function standingAfter({ record, crm }: Standing, entry: Entry, change: ChangeRef): Standing {
  const restored = Object.fromEntries(Object.entries(entry.writes).map(([field, write]) => [field, write.after]));
  const gone = entry.action === 'delete' || crm === null;
  return { record: record === null ? null : { ...record, change }, crm: gone ? null : { ...crm, ...restored } };
}

function invertAll(
  { run }: Undoing,
  {
    entries,
    outcomes,
    standing,
  }: {
    readonly entries: readonly Entry[];
    readonly outcomes: readonly EntryOutcome[];
    readonly standing: ReadonlyMap<string, Standing>;
  },
): readonly Entry[] {
  const byOrdinal = new Map(outcomes.map((outcome) => [outcome.ordinal, outcome]));
  return entries.flatMap((entry) => {
    const outcome = byOrdinal.get(entry.ordinal);
    const now = standing.get(outcome?.crmId ?? '');
    if (outcome === undefined || now === undefined) return [];
    const { redo, object } = run;
    const { deactivated } = object;
    const inverse = invertEntry({ entry, outcome, ...now, ordinal: entry.ordinal, redo, deactivated });
    // The revision moves with every batch of this undo; the values themselves are what must still stand.
    return inverse === null ? [] : [{ ...inverse, revision: null }];
  });
}

/** A create that others refer to by now is deactivated where the object can, else left and listed. */
async function spareReferenced(
  { run, destination }: Undoing,
  entries: readonly Entry[],
  { standing, going }: Foreseen,
): Promise<readonly Entry[]> {
  const referenced = new Set<string>();
  // What stays refers to others, which have to stay then too.
  for (let more = true; more;) {
    const ends = entries.flatMap(({ action, crmId }) =>
      action === 'delete' && crmId !== null && !referenced.has(crmId) ? [crmId] : [],
    );
    const found = ends.length === 0 ? [] : await destination.referenced(run.object, ends, [...going, ...ends]);
    const before = referenced.size;
    for (const id of found) referenced.add(id);
    more = referenced.size > before;
  }
  return entries.map((entry) => {
    if (entry.action !== 'delete' || !referenced.has(entry.crmId ?? '')) return entry;
    const { record, crm } = standing.get(entry.crmId ?? '') ?? { record: null, crm: null };
    const frame: Entry = { ...entry, action: 'none', writes: {} };
    const end = { frame, crm: crm ?? {}, base: record?.base ?? {}, deactivated: run.object.deactivated };
    return endSoftly(end, { kept: {}, reason: 'other records refer to it' });
  });
}

/** Says of what is kept who changed it. */
async function nameAll(
  { deps, run, ref }: Undoing,
  entries: readonly Entry[],
  standing: ReadonlyMap<string, Standing>,
): Promise<readonly Entry[]> {
  const changed = entries.flatMap(({ crmId, kept }) =>
    crmId === null || kept === undefined || Object.keys(kept).length === 0
      ? []
      : [{ crmId, kept, change: standing.get(crmId)?.record?.change ?? null }],
  );
  const since = { run: run.run.ofRun ?? 0, round: ref.of.round, batch: ref.of.n };
  const named = await nameChangers(deps.store.pool, since, changed);
  return entries.map((entry) => {
    const kept = entry.crmId === null || entry.kept === undefined ? undefined : named.get(entry.crmId);
    return kept === undefined ? entry : { ...entry, kept };
  });
}
