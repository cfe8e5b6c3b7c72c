// Transform: new records become canonical records. f(x) = T(x)

import type { SourceRecord } from '../domain/values.ts';
import type { Decoded } from '../formats/format.ts';
import { identityOf } from '../store/quarantine.ts';
import type { FetchedRecord, TransformedBatch, TransformedRecord } from './batch-cache.ts';
import type { BatchRef, Deps, StepContext } from './deps.ts';
import { cacheKey, fetchedRecords } from './fetch.ts';
import { type RunContext, runContext } from './run-context.ts';
import { type Answers, makeAll } from '../transform/user-functions.ts';

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
  const decoded = fetched.records.map((from) => ({ from, decoded: from.decode() }));
  const call = deps.functions(run.definition, context);
  const records = await makeAll(decoded, (record, answers) => transformRecord(run, record, answers), call);
  return { records, lanes: { ...fetched.decoder.lanes } };
}

interface DecodedRecord {
  readonly from: FetchedRecord;
  readonly decoded: Decoded;
}

function transformRecord(run: RunContext, { from, decoded }: DecodedRecord, answers: Answers): TransformedRecord {
  if (!decoded.ok) {
    const edited = editedRecord(run, from, null);
    if (edited !== undefined) return { from, source: null, canonical: run.transform(edited, answers) };
    return { from, violation: { rule: decoded.rule, message: decoded.message } };
  }
  const { record: source } = decoded;
  const canonical = run.transform(source, answers);
  const edited = editedRecord(run, from, canonical.key);
  return { from, source, canonical: edited === undefined ? canonical : run.transform(edited, answers) };
}

/** What a person put in the place of exactly this raw record. */
function editedRecord(run: RunContext, { fingerprint }: FetchedRecord, key: string | null): SourceRecord | undefined {
  return run.edits.find(() => identityOf(key, fingerprint), fingerprint)?.record;
}
