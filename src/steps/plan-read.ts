// Planning: what the run reads, and under which reader.

import { createHash } from 'node:crypto';
import type { SyncDefinition } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import type { ReadPlan } from '../sources/source.ts';
import { findRun, loadDefinition, updateRun } from '../store/runs.ts';
import { missingColumns } from '../transform/columns.ts';
import type { Deps, RunRef, StepContext } from './deps.ts';

export interface Plan {
  /** How many ranges there are to read, numbered from 0. */
  readonly ranges: number;
  readonly totalBytes: number | null;
  readonly notes: readonly string[];
}

/** Fixes what the run reads, and under which reader. */
export async function planRead(deps: Deps, ref: RunRef, context: StepContext): Promise<Plan> {
  const { pool } = deps.store;
  const run = await findRun(pool, { no: ref.runNo });
  if (run === undefined) throw new Error(`run ${ref.runNo} is not in the store`);
  if (run.kind === 'replay') return { ranges: 1, totalBytes: null, notes: run.plan?.notes ?? [] };
  const definition = await loadDefinition(pool, run.definitionHash);
  const { stream } = definition.sync;
  const connection = definition.connections[stream.connection];
  if (connection === undefined) throw new Error(`definition lacks the connection ${stream.connection}`);
  const source = await deps.source(connection);
  const planned = await source.plan(stream, {
    signal: context.signal,
    progress: (bytes) => context.progress({ bytes }),
  });
  checkHeaders(planned, definition.sync);
  const { ranges, plan, notes, totalBytes, surroundings } = planned;
  const reader = createHash('sha256').update(`${definition.readerHash}\n${surroundings}`).digest('hex').slice(0, 32);
  await updateRun(pool, ref.runNo, { plan: { ranges, plan, notes, totalBytes }, reader });
  return { ranges, totalBytes, notes };
}

function checkHeaders({ headers }: ReadPlan, sync: SyncDefinition): void {
  for (const { of, columns } of headers) {
    const missing = missingColumns(sync, columns);
    if (missing.length === 0) continue;
    const message = `${of} has no column ${missing.join(', ')}; it has ${columns.join(', ')}`;
    throw new SyncError('source.header', { message: message.slice(0, 1000) });
  }
}
