// After the CRM has been written: claims, crosswalk, bases and record states of one batch, in the caller's transaction.

import type { Claim, Entry, EntryOutcome } from '../domain/claims.ts';
import type { Fields } from '../domain/values.ts';
import type { Hasher } from '../fingerprint/hash.ts';
import { baseAfter } from '../merge/after.ts';
import type { Client } from '../postgres/client.ts';
import type { RecordRow, RecordState } from '../store/claims.ts';
import { allocateRecordIds, type DeliveredClaim, type DeliveredRecord, storeDelivered } from '../store/delivered.ts';
import { revokeFingerprints } from '../store/fingerprints.ts';
import type { BatchRef } from './deps.ts';
import { keepUndone } from './keep-undone.ts';
import type { RunContext } from './run-context.ts';

interface Scope {
  readonly run: RunContext;
  readonly ref: BatchRef;
  readonly records: ReadonlyMap<number, RecordRow>;
  /** Earlier refusals of claims that were stored before, by key. */
  readonly tries: ReadonlyMap<string, number>;
}

interface Settled {
  readonly entries: readonly Entry[];
  /** What each entry writes, by ordinal. */
  readonly values: ReadonlyMap<number, Fields>;
  readonly claims: readonly Claim[];
  readonly outcomes: readonly EntryOutcome[];
  readonly hasher: Hasher;
}

export async function storeOutcomes(client: Client, scope: Scope, settled: Settled): Promise<void> {
  const { run, ref } = scope;
  const outcomes = new Map(settled.outcomes.map((outcome) => [outcome.ordinal, outcome]));
  const newRecords = await numberNewRecords(client, settled.entries, outcomes);
  const rows = settled.entries.flatMap((entry) => {
    const outcome = outcomes.get(entry.ordinal);
    return outcome === undefined ? [] : [deliveredClaim(scope, settled, { entry, outcome, newRecords })];
  });
  const place = { run: ref.runNo, round: ref.round, batch: ref.n, object: run.object.name, syncNo: ref.syncNo };
  await storeDelivered(client, place, rows);
  if (run.run.kind === 'undo') {
    const done = settled.entries.filter(
      (entry) => outcomes.get(entry.ordinal)?.action !== 'none' && entry.recordId !== null,
    );
    await keepUndone(client, { run, ref }, done);
  }
  // Until the checkpoint the index still speaks of the claims before these: a run that ends early must not leave it so.
  const stale =
    run.run.kind === 'replay' || run.run.kind === 'backfill' ? rows : rows.filter((row) => scope.tries.has(row.key));
  if (stale.length > 0)
    await revokeFingerprints(
      client,
      ref,
      stale.map((row) => row.keyHash),
    );
}

/** CRM records that the store meets for the first time get a number, once each. */
async function numberNewRecords(
  client: Client,
  entries: readonly Entry[],
  outcomes: ReadonlyMap<number, EntryOutcome>,
): Promise<ReadonlyMap<string, NewRecord>> {
  const crmIds = entries.flatMap((entry) => {
    const crmId = outcomes.get(entry.ordinal)?.crmId ?? null;
    return entry.recordId === null && crmId !== null ? [crmId] : [];
  });
  const distinct = [...new Set(crmIds)];
  const ids = distinct.length === 0 ? [] : await allocateRecordIds(client, distinct.length);
  return new Map(distinct.map((crmId, index) => [crmId, { id: ids[index] ?? 0, taken: false }]));
}

interface NewRecord {
  readonly id: number;
  /** Some entry of the batch has brought it already; the others only refer to it. */
  taken: boolean;
}

interface One {
  readonly entry: Entry;
  readonly outcome: EntryOutcome;
  /** By CRM id. */
  readonly newRecords: ReadonlyMap<string, NewRecord>;
}

function deliveredClaim(scope: Scope, settled: Settled, one: One): DeliveredClaim {
  const { entry, outcome } = one;
  const claim = settled.claims[entry.ordinal];
  const text = claim === undefined ? null : JSON.stringify(claim.fields);
  const values = settled.values.get(entry.ordinal);
  const written = (): string => (text !== null && values === claim?.fields ? text : JSON.stringify(values ?? {}));
  const version = claim?.version ?? { source: null, read: scope.ref.runNo, position: entry.ordinal };
  return {
    key: entry.key,
    known: scope.tries.has(entry.key),
    keyHash: settled.hasher.keyHash(entry.key),
    operation: claim?.operation ?? 'upsert',
    state: outcome.outcome,
    reason: outcome.reason ?? null,
    tries: outcome.contested === true ? (scope.tries.get(entry.key) ?? 0) + 1 : 0,
    version,
    observedAt: claim?.observedAt ?? Date.now(),
    claim: text,
    versions: claim?.versions === undefined ? null : JSON.stringify(claim.versions),
    record: deliveredRecord(scope, one, written),
  };
}

/** @param written what a create has written, as JSON */
function deliveredRecord(
  scope: Scope,
  { entry, outcome, newRecords }: One,
  written: () => string,
): DeliveredRecord | null {
  const crmId = outcome.crmId;
  const wrote = outcome.action !== 'none';
  // What was refused or held changes nothing on our side but the claim's state.
  const moves =
    wrote || (Object.keys(entry.agreed).length > 0 && outcome.outcome !== 'waiting' && outcome.outcome !== 'held');
  if (entry.recordId !== null) {
    const known = scope.records.get(entry.recordId);
    const base = moves ? JSON.stringify(baseAfter(known?.base ?? {}, entry, wrote)) : null;
    return {
      id: entry.recordId,
      crmId: crmId ?? known?.crmId ?? '',
      isNew: false,
      base,
      state: wrote ? stateAfter(scope, entry) : null,
      wrote,
    };
  }
  const created = crmId === null ? undefined : newRecords.get(crmId);
  if (crmId === null || created === undefined) return null;
  const isNew = !created.taken;
  created.taken = true;
  const base = !isNew ? null : outcome.action === 'create' ? written() : firstBase(entry, { moves, wrote });
  return { id: created.id, crmId, isNew, base, state: null, wrote };
}

function firstBase(entry: Entry, { moves, wrote }: { readonly moves: boolean; readonly wrote: boolean }): string {
  return JSON.stringify(moves ? baseAfter({}, entry, wrote) : {});
}

function stateAfter({ run }: Scope, entry: Entry): RecordState {
  if (entry.action === 'deactivate') return 'deactivated';
  if (entry.action === 'delete') return run.run.kind === 'undo' ? 'suppressed' : 'deleted';
  return 'live';
}
