// Values that must be unique and are not. Decided at seal, when all claims of the read are there: so it does not matter
// which batch a record is in, or which comes first. Begins from nothing each time.

import type { Claim } from '../domain/claims.ts';
import type { FieldType } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import type { Violation } from '../domain/values.ts';
import { type BatchSummary, loadClaims, type ValidatedCounts } from '../store/batches.ts';
import { type QuarantinedRecord, saveQuarantined } from '../store/quarantine.ts';
import { type RepeatedValues, saveRepeatedValues } from '../store/repeated-values.ts';
import type { BatchRef } from './deps.ts';
import { cacheKey } from './fetch.ts';
import type { RunContext } from './run-context.ts';
import { transformedRecords } from './transform.ts';
import { findRepeated, type Sealing, type UniqueCheck, validatedOf } from './unique-values.ts';
import { imageOf } from './validate.ts';

export interface UniqueCounts {
  readonly refused: number;
  readonly rejectBatch: boolean;
}

const SHOWN_WARNINGS = 3;
const MESSAGE = 'is the same in another record of the read';

/** At most 32, one bit each: rules first, of which there are fewer. */
export function uniqueChecks({ definition, object }: RunContext): readonly UniqueCheck[] {
  const { sync } = definition;
  const typeOf = (field: string): FieldType => object.fields[field]?.type ?? 'text';
  const rules = sync.check.flatMap(({ kind, field, level, message }): UniqueCheck[] =>
    kind === 'unique' && field !== null ? [{ field, type: typeOf(field), level, message: message ?? MESSAGE }] : [],
  );
  // Where several keys may describe one record, the same value twice is no wonder.
  const own = Object.entries(object.fields).flatMap(([field, { unique, type }]): UniqueCheck[] =>
    unique === true && !sync.stream.many && Object.hasOwn(sync.map, field)
      ? [{ field, type, level: 'review', message: MESSAGE }]
      : [],
  );
  return [...rules, ...own].slice(0, 32);
}

/** Quarantines, warns of, or marks for review what has a value that must be unique. Begins from nothing each time. */
export async function settleUnique(sealing: Sealing): Promise<UniqueCounts> {
  const checks = uniqueChecks(sealing.run);
  if (checks.length === 0) return { refused: 0, rejectBatch: false };
  const found = await findRepeated(sealing, checks);
  let refused = 0;
  let rejectBatch = false;
  for (const batch of sealing.staged) {
    const bits = found.get(batch.n);
    if (bits === undefined) continue;
    const settled = await settleBatch(sealing, { batch, bits, checks });
    refused += settled.refused;
    rejectBatch ||= settled.rejectBatch;
    sealing.context.progress({ unique: batch.n });
  }
  return { refused, rejectBatch };
}

interface Found {
  readonly batch: BatchSummary;
  readonly bits: Uint32Array;
  readonly checks: readonly UniqueCheck[];
}

async function settleBatch(sealing: Sealing, { batch, bits, checks }: Found): Promise<UniqueCounts> {
  const { deps, ref, run } = sealing;
  const id = { ...ref, round: 0, n: batch.n };
  const { body } = await loadClaims(deps.store.pool, id);
  const { refusals, rejectBatch, warned, warnings, values } = judge(body.claims, { bits, checks });
  const before = validatedOf(batch);
  const counts: ValidatedCounts = {
    ...before,
    accepted: before.accepted - refusals.size,
    quarantined: before.quarantined + refusals.size,
    rejectBatch: before.rejectBatch || rejectBatch,
    warned: before.warned + warned,
    warnings: [...before.warnings, ...warnings].slice(0, SHOWN_WARNINGS),
  };
  const records = refusals.size === 0 ? [] : await quarantined(sealing, id, refusals);
  await deps.store.transaction(async (client) => {
    if (!run.run.dryRun) await saveQuarantined(client, ref, records);
    await saveRepeatedValues(client, id, { values, counts });
  });
  return { refused: refusals.size, rejectBatch };
}

interface Judged {
  readonly refusals: ReadonlyMap<Claim, readonly Violation[]>;
  readonly rejectBatch: boolean;
  readonly warned: number;
  readonly warnings: readonly string[];
  readonly values: RepeatedValues;
}

function judge(claims: readonly Claim[], { bits, checks }: Pick<Found, 'bits' | 'checks'>): Judged {
  const refusals = new Map<Claim, readonly Violation[]>();
  const refused: number[] = [];
  const contested: Record<string, string> = {};
  const warnings: string[] = [];
  let rejectBatch = false;
  for (const [ordinal, claim] of claims.entries()) {
    const failed = checks.filter((_check, index) => ((bits[ordinal] ?? 0) >>> index) & 1);
    const rejecting = failed.filter(({ level }) => level === 'reject' || level === 'reject_batch');
    if (rejecting.length > 0) {
      refused.push(ordinal);
      const violations = rejecting.map((check) => violationOf(check, claim));
      refusals.set(claim, violations);
      rejectBatch ||= rejecting.some(({ level }) => level === 'reject_batch');
      continue;
    }
    const [left] = failed.filter(({ level }) => level === 'review');
    if (left !== undefined) contested[ordinal] = left.field;
    const words = failed.flatMap(({ level, field, message }) => (level === 'warn' ? `${field}: ${message}` : []));
    if (words.length > 0) warnings.push(`${claim.key} (${words.join('; ')})`);
  }
  return { refusals, rejectBatch, warned: warnings.length, warnings, values: { refused, contested } };
}

function violationOf({ field, message }: UniqueCheck, { fields }: Claim): Violation {
  return { field, rule: 'unique', message, value: String(fields[field]).slice(0, 200) };
}

/** The records of refused claims as they were read: from the source again, where this process no longer has them. */
async function quarantined(
  { deps, context }: Sealing,
  id: BatchRef,
  refusals: Judged['refusals'],
): Promise<readonly QuarantinedRecord[]> {
  const wanted = new Map([...refusals.keys()].map((claim) => [placeOf(claim.key, claim.version.position), claim]));
  const { records } = await transformedRecords(deps, id, context);
  deps.cache.drop(cacheKey(id));
  const found = records.flatMap((record): QuarantinedRecord[] => {
    if (!('canonical' in record) || record.canonical.key === null) return [];
    const { key, version } = record.canonical;
    const { position, fingerprint } = record.from;
    const claim = wanted.get(placeOf(key, position));
    if (claim === undefined) return [];
    const violations = refusals.get(claim) ?? [];
    return [{ key, version, violations, ...imageOf(record), position, fingerprint, keyHash: deps.hasher.keyHash(key) }];
  });
  if (found.length === refusals.size) return found;
  const message = `batch ${id.round}/${id.n} has ${found.length} of the ${refusals.size} records that seal refused`;
  throw new SyncError('internal.bug', { message });
}

function placeOf(key: string, position: number): string {
  return `${position} ${key}`;
}
