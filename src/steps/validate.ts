// Validate: canonical records become accepted claims, or go to the quarantine with their reasons. g(x) = C(x)
// The batch's body is stored here, once; the quarantine is refreshed in the same transaction.

import type { Claim, Rejected } from '../domain/claims.ts';
import type { Violation } from '../domain/values.ts';
import { ACCEPTED, EntryWriter, FILTERED, QUARANTINED, UNREADABLE } from '../fingerprint/entries.ts';
import { anonymousKeyHash } from '../fingerprint/groups.ts';
import { Profiler } from '../profile/profile.ts';
import { saveBody, type ValidatedCounts } from '../store/batches.ts';
import { identityOf, type QuarantinedRecord, resolveFiltered, saveQuarantined } from '../store/quarantine.ts';
import type { FetchedRecord, TransformedRecord } from './batch-cache.ts';
import type { BatchRef, Deps, StepContext } from './deps.ts';
import { cacheKey } from './fetch.ts';
import { type RunContext, runContext } from './run-context.ts';
import { transformedRecords } from './transform.ts';

const SHOWN_WARNINGS = 3;

export async function validateBatch(deps: Deps, ref: BatchRef, context: StepContext): Promise<ValidatedCounts> {
  const run = await runContext(deps, ref);
  const { records, lanes } = await transformedRecords(deps, ref, context);
  const sorted = new SortedBatch(deps, run);
  const profiler = new Profiler();
  for (const record of records) {
    sorted.add(record);
    if ('source' in record && record.source !== null) profiler.add(record.source);
  }
  const { claims, rejected, filtered, keys, unreadable, rejectBatch, warned, warnings } = sorted;
  const sizes = { accepted: claims.length, quarantined: rejected.length, filtered: filtered.length };
  const counts = { ...sizes, unreadable, rejectBatch, warned, warnings, lanes };
  const stored = await deps.store.transaction(async (client) => {
    if (!run.run.dryRun) {
      await saveQuarantined(client, ref, rejected);
      await resolveFiltered(client, ref.syncNo, filtered);
    }
    return saveBody(client, ref, { body: { claims }, keys: keys.finish(), counts, profile: profiler.result() });
  }, 'body.validated');
  deps.cache.drop(cacheKey(ref));
  return stored;
}

/** Accepted claims first in the order of the batch's keys; the keys of the other records follow them. */
class SortedBatch {
  readonly claims: Claim[] = [];
  readonly rejected: QuarantinedRecord[] = [];
  /** Their identities in the quarantine, where they may have been before. */
  readonly filtered: string[] = [];
  unreadable = 0;
  rejectBatch = false;
  warned = 0;
  readonly warnings: string[] = [];
  readonly #accepted = new EntryWriter();
  readonly #others = new EntryWriter();
  readonly #deps: Deps;
  readonly #run: RunContext;
  readonly #now = Date.now();

  constructor(deps: Deps, run: RunContext) {
    this.#deps = deps;
    this.#run = run;
  }

  get keys(): { finish: () => Buffer } {
    return { finish: () => Buffer.concat([this.#accepted.finish(), this.#others.finish()]) };
  }

  add(record: TransformedRecord): void {
    if ('violation' in record) {
      this.#reject(record, { key: null, version: null, violations: [record.violation] });
      return;
    }
    const { canonical, from } = record;
    if (canonical.filtered === true) return this.#leaveOut(from, canonical.key);
    const verdict = this.#run.validate(canonical, this.#run.run.startedAt.toISOString());
    const { key, version, operation } = canonical;
    if (verdict.kind === 'rejected' || key === null) {
      if (verdict.kind === 'rejected' && verdict.batch) this.rejectBatch = true;
      const violations =
        verdict.kind === 'rejected' ? verdict.violations : [{ rule: 'key', message: 'the key is empty' }];
      this.#reject(record, { key, version, violations });
      return;
    }
    this.#warn(key, verdict.warnings);
    const keyHash = this.#deps.hasher.keyHash(key);
    this.#accepted.add({ fingerprint: from.fingerprint, keyHash, flag: ACCEPTED, position: from.position });
    const { position, received } = from;
    this.claims.push({
      key,
      version: { source: version, read: received?.read ?? this.#run.run.no, position },
      operation,
      fields: verdict.fields,
      observedAt: received?.at ?? this.#now,
      ...(verdict.unsaid === undefined ? {} : { unsaid: verdict.unsaid }),
    });
  }

  #leaveOut({ fingerprint, position }: FetchedRecord, key: string | null): void {
    const keyHash = key === null ? anonymousKeyHash(fingerprint) : this.#deps.hasher.keyHash(key);
    this.#others.add({ fingerprint, keyHash, flag: FILTERED, position });
    this.filtered.push(identityOf(key, fingerprint));
  }

  #warn(key: string, warnings: readonly Violation[]): void {
    if (warnings.length === 0) return;
    this.warned++;
    const words = warnings.map(({ field, message }) => (field === undefined ? message : `${field}: ${message}`));
    if (this.warnings.length < SHOWN_WARNINGS) this.warnings.push(`${key} (${words.join('; ')})`);
  }

  #reject(
    record: TransformedRecord,
    failed: Pick<Rejected, 'key' | 'version'> & { readonly violations: readonly Violation[] },
  ): void {
    const { from } = record;
    const { key } = failed;
    const image = imageOf(record);
    const keyHash = key === null ? anonymousKeyHash(from.fingerprint) : this.#deps.hasher.keyHash(key);
    const flag = key === null ? UNREADABLE : QUARANTINED;
    if (key === null) this.unreadable++;
    this.#others.add({ fingerprint: from.fingerprint, keyHash, flag, position: from.position });
    const { position, fingerprint, received } = from;
    this.rejected.push({ ...failed, ...image, position, read: received?.read, fingerprint, keyHash });
  }
}

/** The record as the quarantine keeps it: as it was read. */
export function imageOf(record: TransformedRecord): Pick<Rejected, 'encoding' | 'record'> {
  if ('source' in record && record.source !== null)
    return { encoding: 'record', record: JSON.stringify(record.source) };
  return { encoding: 'raw', record: Buffer.from(record.from.bytes).toString('base64') };
}
