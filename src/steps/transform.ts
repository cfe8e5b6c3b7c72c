// Transform: new records become canonical records. f(x) = T(x)

import type { SourceRecord } from '../domain/values.ts';
import { identityOf } from '../store/quarantine.ts';
import type { FetchedRecord, TransformedBatch, TransformedRecord } from './batch-cache.ts';
import type { BatchRef, Deps, StepContext } from './deps.ts';
import { cacheKey, fetchedRecords } from './fetch.ts';
import { type RunContext, runContext } from './run-context.ts';

export interface TransformResult {
  readonly records: number;
  /** Records that could not even be decoded. */
  readonly malformed: number;
}

export async function transformBatch(deps: Deps, ref: BatchRef, context: StepContext): Promise<TransformResult> {
  const transformed = await transformedRecords(deps, ref, context);
  deps.cache.set(cacheKey(ref), { transformed });
  const { records } = transformed;
  return { records: records.length, malformed: records.filter((record) => 'violation' in record).length };
}

/** From memory, or made again. */
export async function transformedRecords(deps: Deps, ref: BatchRef, context: StepContext): Promise<TransformedBatch> {
  const cached = deps.cache.get(cacheKey(ref)).transformed;
  if (cached !== undefined) return cached;
  const run = await runContext(deps, ref);
  const fetched = await fetchedRecords(deps, ref, context);
  const records = fetched.records.map((record) => transformRecord(run, record));
  return { records, lanes: { ...fetched.decoder.lanes } };
}

function transformRecord(run: RunContext, from: FetchedRecord): TransformedRecord {
  const decoded = from.decode();
  if (!decoded.ok) {
    const edited = editedRecord(run, from, null);
    if (edited !== undefined) return { from, source: null, canonical: run.transform(edited) };
    return { from, violation: { rule: decoded.rule, message: decoded.message } };
  }
  const { record: source } = decoded;
  const canonical = run.transform(source);
  const edited = editedRecord(run, from, canonical.key);
  return { from, source, canonical: edited === undefined ? canonical : run.transform(edited) };
}

/** What a person put in the place of exactly this raw record. */
function editedRecord(run: RunContext, { fingerprint }: FetchedRecord, key: string | null): SourceRecord | undefined {
  return run.edits.find(() => identityOf(key, fingerprint), fingerprint)?.record;
}
