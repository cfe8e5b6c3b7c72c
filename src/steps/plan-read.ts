// Planning: what the run reads, and under which reader; and whether there is anything to read at all.

import { createHash } from 'node:crypto';
import type { RunDefinition } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import { durably } from '../domain/failpoints.ts';
import { movesCursor } from '../domain/run.ts';
import type { LastRead, PlanContext, ReadPlan } from '../sources/source.ts';
import { hasAbsences } from '../store/exceptions.ts';
import { hasRevocations } from '../store/fingerprints.ts';
import { findRun, lastRead, loadDefinition, type ReadRun, type StoredPlan, updateRun } from '../store/runs.ts';
import { missingColumns } from '../transform/columns.ts';
import type { Deps, RunRef, StepContext } from './deps.ts';

/** A file that was just written holds nobody up; one that is written to for longer is worth saying at once. */
const PATIENCE_MS = 3_000;
const LATER_PATIENCE_MS = 30_000;

export interface Plan {
  /** How many ranges there are to read, numbered from 0. */
  readonly ranges: number;
  readonly totalBytes: number | null;
  readonly notes: readonly string[];
  /** Nothing was planned, since somebody still writes: ask again. */
  readonly waiting?: string;
}

/** Fixes what the run reads, and under which reader. */
export async function planRead(
  deps: Deps,
  ref: RunRef & {
    /** How often it was asked and had to wait. */
    readonly turn?: number;
    /** Nothing counts as read before. */
    readonly reread?: boolean;
  },
  context: StepContext,
): Promise<Plan> {
  const { pool } = deps.store;
  const run = await findRun(pool, { no: ref.runNo });
  if (run === undefined) throw new Error(`run ${ref.runNo} is not in the store`);
  if (run.kind === 'replay') return { ranges: 1, totalBytes: null, notes: run.plan?.notes ?? [] };
  const definition = await loadDefinition(pool, run.definitionHash);
  const { turn = 0, reread = false } = ref;
  const last = await lastRead(pool, ref);
  const earlier = last === undefined ? null : await compare(deps, last, definition);
  // Where each file is read once, none has been then.
  const known = earlier !== null && reread ? { ...earlier, sameReader: false } : earlier;
  let planned: ReadPlan;
  try {
    planned = await planSource(
      deps,
      {
        definition,
        last: known,
        patienceMs: turn === 0 ? PATIENCE_MS : LATER_PATIENCE_MS,
        backfill: run.plan?.backfill ?? null,
      },
      context,
    );
  } catch (error) {
    if (!(error instanceof SyncError) || error.code !== 'source.writing') throw error;
    return { ranges: 0, totalBytes: null, notes: [], waiting: error.message };
  }
  const { plan, totalBytes, surroundings, repeats, asOf = Date.now() } = planned;
  const asked = run.plan?.backfill === undefined ? {} : { backfill: run.plan.backfill };
  if ('backfill' in asked && planned.part !== 'backfill')
    throw new SyncError('source.backfill', {
      message: `${definition.sync.stream.stream} is files: they have no times`,
    });
  const isNew = last === undefined || earlier === null || repeats === 'no';
  const reader = planned.ranges === 0 ? (last?.reader ?? '') : readerOf(definition, surroundings);
  const idle =
    !isNew &&
    !reread &&
    (await isSettled(deps, { planned, last, sameDefinition: earlier.sameDefinition, reader, ref }));
  const ranges = idle ? 0 : planned.ranges;
  const notes = idle ? [`same files as run ${last.id}: nothing to read`, ...planned.notes] : planned.notes;
  const counted = !isNew && repeats === 'files' && last.counted;
  const stored = { ranges, plan, notes, totalBytes, idle, counted, asOf, ...passingOf(planned), ...asked };
  // A new attempt may find that it has to read everything.
  const kind = movesCursor(run.kind) ? { kind: planned.part ?? ('snapshot' as const) } : {};
  await durably('read.planned', () => updateRun(pool, ref.runNo, { plan: stored, reader, ...kind }));
  return { ranges, totalBytes, notes };
}

function passingOf({ passing, watermark }: ReadPlan): Pick<StoredPlan, 'passing' | 'watermark'> {
  return { ...(passing === undefined ? {} : { passing }), ...(watermark === undefined ? {} : { watermark }) };
}

async function compare({ store }: Deps, last: ReadRun, definition: RunDefinition): Promise<LastRead> {
  const { readerHash, hash } = await loadDefinition(store.pool, last.definitionHash);
  const { plan } = last;
  return { plan, sameReader: readerHash === definition.readerHash, sameDefinition: hash === definition.hash };
}

function planSource(
  deps: Deps,
  {
    definition,
    ...how
  }: { readonly definition: RunDefinition } & Pick<PlanContext, 'last' | 'patienceMs' | 'backfill'>,
  context: StepContext,
): Promise<ReadPlan> {
  const { stream } = definition.sync;
  const connection = definition.connections[stream.connection];
  if (connection === undefined) throw new Error(`definition lacks the connection ${stream.connection}`);
  const { signal } = context;
  const progress = (bytes: number): void => context.progress({ bytes });
  const missing = (columns: readonly string[]): readonly string[] => missingColumns(definition.sync, columns);
  return deps.source(connection).then((source) => source.plan(stream, { signal, progress, missing, ...how }));
}

function readerOf({ readerHash }: RunDefinition, surroundings: string): string {
  return createHash('sha256').update(`${readerHash}\n${surroundings}`).digest('hex').slice(0, 32);
}

/**
 * Whether reading the same once more would find nothing: the definition is the same, no claim was changed by another way
 * since, and no absence waits for a second snapshot, which a newer export with the same content is.
 */
async function isSettled(
  { store: { pool } }: Deps,
  of: {
    readonly planned: ReadPlan;
    readonly last: ReadRun;
    readonly sameDefinition: boolean;
    readonly reader: string;
    readonly ref: RunRef;
  },
): Promise<boolean> {
  const { planned, last, sameDefinition, reader, ref } = of;
  if (planned.ranges === 0) return true;
  if (!sameDefinition || last.reader !== reader || (await hasRevocations(pool, ref.syncNo))) return false;
  return planned.repeats === 'files' || !(await hasAbsences(pool, ref.syncNo));
}
