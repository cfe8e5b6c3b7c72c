// After an undo: what was taken back is not proposed again until the sources say something else. In the caller's transaction.

import type { Entry } from '../domain/claims.ts';
import { groupBy } from '../domain/collections.ts';
import { ALL_OR_NOTHING } from '../domain/run.ts';
import { holdsAfter } from '../merge/after.ts';
import type { Client } from '../postgres/client.ts';
import { claimsOfRecords, type StoredClaim } from '../store/claims.ts';
import { type Hold, liftHolds, saveHolds } from '../store/exceptions.ts';
import { revokeFingerprints } from '../store/fingerprints.ts';
import type { BatchRef } from './deps.ts';
import type { RunContext } from './run-context.ts';

/**
 * Holds the values that these entries took back; the undo of an undo lifts them. The sources' records are read again, all
 * the same. A run that was taken back because it failed is not held: the next one is to do what it could not.
 *
 * @param done entries that wrote
 */
export async function keepUndone(
  client: Client,
  { run, ref }: { readonly run: RunContext; readonly ref: BatchRef },
  done: readonly Entry[],
): Promise<void> {
  const claims = await claimsOfRecords(
    client,
    done.flatMap((entry) => (entry.recordId === null ? [] : [entry.recordId])),
  );
  for (const [syncNo, own] of groupBy(claims, (claim) => claim.syncNo)) {
    const hashes = own.map((claim) => claim.keyHash);
    await revokeFingerprints(client, { syncNo, runNo: ref.runNo }, hashes);
  }
  if (run.redo) return liftHolds(client, done.flatMap(heldFields));
  if (run.run.trigger === ALL_OR_NOTHING) return;
  const byRecord = groupBy(claims, (claim) => claim.recordId ?? 0);
  const holds = done.flatMap((entry) => holdsOn(entry, byRecord.get(entry.recordId ?? 0) ?? []));
  await saveHolds(client, ref.runNo, holds);
}

function heldFields({ recordId, writes }: Entry): readonly Pick<Hold, 'recordId' | 'field'>[] {
  return ['*', ...Object.keys(writes)].map((field) => ({ recordId: recordId ?? 0, field }));
}

function holdsOn(entry: Entry, claims: readonly StoredClaim[]): readonly Hold[] {
  const recordId = entry.recordId ?? 0;
  return Object.entries(holdsAfter(entry, claims)).map(([field, value]) => ({ recordId, field, value }));
}
