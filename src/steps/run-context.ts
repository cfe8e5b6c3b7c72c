// What the steps of one run share: its definition, compiled, and its fingerprint index. Cached by process; everything
// here is fixed for an attempt, so a cache can be dropped at any time.

import type { ObjectDefinition, RunDefinition } from '../domain/definition.ts';
import { movesCursor } from '../domain/run.ts';
import type { FingerprintTable } from '../fingerprint/index-table.ts';
import { loadFingerprints } from '../store/fingerprints.ts';
import { loadEdits, type QuarantineEdits } from '../store/quarantine-edits.ts';
import { findRun, loadDefinition, type RunRow } from '../store/runs.ts';
import { compileTransform } from '../transform/compile.ts';
import { compileExplode, type Explode } from '../transform/explode.ts';
import type { Transform } from '../transform/transform.ts';
import { compileValidate } from '../validate/compile.ts';
import type { Validate } from '../validate/validate.ts';
import type { Deps, RunRef } from './deps.ts';

export interface RunContext {
  readonly run: RunRow;
  readonly definition: RunDefinition;
  readonly object: ObjectDefinition;
  /** Null where a raw record is one record. */
  readonly explode: Explode | null;
  readonly transform: Transform;
  readonly validate: Validate;
  /** Of the last delivered read; loaded when it is asked for, and dropped when nobody does. */
  fingerprints(): Promise<FingerprintTable>;
  /** Corrections by people, in force when the attempt began. */
  readonly edits: QuarantineEdits;
  /** An undo of an undo. */
  readonly redo: boolean;
}

const KEPT_RUNS = 8;
const contexts = new Map<string, Promise<RunContext>>();

export function runContext(deps: Deps, ref: RunRef): Promise<RunContext> {
  const key = `${deps.project}/${ref.runNo}/${ref.attempt}`;
  const known = contexts.get(key);
  if (known !== undefined) return known;
  const loading = loadContext(deps, ref);
  contexts.set(key, loading);
  loading.catch(() => contexts.delete(key));
  for (const oldest of contexts.keys()) {
    if (contexts.size <= KEPT_RUNS) break;
    contexts.delete(oldest);
  }
  return loading;
}

async function loadContext(deps: Deps, ref: RunRef): Promise<RunContext> {
  const { pool } = deps.store;
  const run = await findRun(pool, { no: ref.runNo });
  if (run === undefined) throw new Error(`run ${ref.runNo} is not in the store`);
  const definition = ofRun(run, await loadDefinition(pool, run.definitionHash));
  const object = objectOf(definition);
  // A replay's records are known to be bad, a backfill's may be known: both are wanted all the same.
  const reader = movesCursor(run.kind) ? (run.reader ?? '') : '';
  const undone = run.ofRun === null ? undefined : await findRun(pool, { no: run.ofRun });
  return {
    run,
    redo: undone?.kind === 'undo',
    definition,
    object,
    explode: compileExplode(definition.sync.stream),
    transform: compileTransform(definition.sync, object),
    validate: compileValidate(definition.sync, object),
    fingerprints: keptWhileUsed(() => loadFingerprints(pool, ref.syncNo, reader)),
    edits: await loadEdits(pool, ref.syncNo),
  };
}

/** Events may say less about their key than the records of a read. */
function ofRun({ kind }: RunRow, definition: RunDefinition): RunDefinition {
  const { sync } = definition;
  if (kind !== 'event' || sync.events === undefined) return definition;
  const stream = { ...sync.stream, records: sync.events.records };
  return { ...definition, sync: { ...sync, stream } };
}

/** Fetch is through with its index long before the run ends, and the index is large. */
const IDLE_MS = 10_000;

/** Loads once, again after a failure, and again when nobody has asked for it for a while. */
function keptWhileUsed<T>(load: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined;
  let idle: NodeJS.Timeout | undefined;
  return () => {
    const loading = (kept ??= load());
    const drop = (): void => {
      if (kept === loading) kept = undefined;
    };
    loading.catch(drop);
    clearTimeout(idle);
    idle = setTimeout(drop, IDLE_MS).unref();
    return loading;
  };
}

export function objectOf(definition: RunDefinition): ObjectDefinition {
  const object = definition.objects[definition.sync.object];
  if (object === undefined) throw new Error(`definition ${definition.hash} lacks its object`);
  return object;
}
