// Transform: new records become canonical records. f(x) = T(x)

import type { FetchedRecord, TransformedRecord } from './batch-cache.ts';
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
  return { records: transformed.length, malformed: transformed.filter((record) => 'violation' in record).length };
}

/** From memory, or made again. */
export async function transformedRecords(
  deps: Deps,
  ref: BatchRef,
  context: StepContext,
): Promise<readonly TransformedRecord[]> {
  const cached = deps.cache.get(cacheKey(ref)).transformed;
  if (cached !== undefined) return cached;
  const run = await runContext(deps, ref);
  const fetched = await fetchedRecords(deps, ref, context);
  return fetched.map((record) => transformRecord(run, record));
}

function transformRecord(run: RunContext, from: FetchedRecord): TransformedRecord {
  const decoded = from.decode();
  if (!decoded.ok) return { from, violation: { rule: decoded.rule, message: decoded.message } };
  return { from, source: decoded.record, canonical: run.transform(decoded.record) };
}
