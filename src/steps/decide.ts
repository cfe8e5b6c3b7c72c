// Decisions of people: about reviews, and about whose record a source key is. Each in one transaction with what follows
// from it; the claim is merged again by the next run of its sync, without being read again.

import { SyncError } from '../domain/errors.ts';
import type { Decision } from '../domain/reviews.ts';
import { canonicalJson } from '../merge/change-set.ts';
import { type DecisionEffects, effectsOf } from '../merge/decide.ts';
import type { Client } from '../postgres/client.ts';
import { claimsByKey, lockRecords, type StoredClaim } from '../store/claims.ts';
import { liftHolds, saveHolds } from '../store/exceptions.ts';
import { type Judged, saveJudgements } from '../store/judgements.ts';
import { detachClaim, reenterClaim } from '../store/reentry.ts';
import { closeReview, findReview, openReviewOf, type ReviewRow, type Steward } from '../store/reviews.ts';

/** Errors: `review.not_found`, `review.decided`, and `config.usage` where the answer does not fit. */
export async function decideReview(
  client: Client,
  { id, decision, steward }: { readonly id: number; readonly decision: Decision; readonly steward: Steward },
): Promise<ReviewRow> {
  const review = await findReview(client, id);
  if (review === undefined) throw new SyncError('review.not_found', { message: `there is no review ${id}` });
  const effects = effectsOf(review.evidence, decision);
  await carryOut(client, review, { effects, steward });
  if (!(await closeReview(client, id, { ...steward, decision }))) {
    const now = (await findReview(client, id)) ?? review;
    throw new SyncError('review.decided', {
      message: `review ${id} was decided by ${now.decidedBy ?? 'a run'}${now.decision === null ? '' : `: ${now.decision}`}`,
    });
  }
  return review;
}

/**
 * Says of a source key whether it means a CRM record, whatever rules and the crosswalk say. An open review of the key is
 * answered by it.
 */
export async function judgeKey(
  client: Client,
  of: Judged,
  { crmId, same, steward }: { readonly crmId: string; readonly same: boolean; readonly steward: Steward },
): Promise<void> {
  const claim = (await claimsByKey(client, of.syncNo, [of.key])).get(of.key);
  const linked = claim?.recordId == null ? null : await crmIdOf(client, claim.recordId);
  const words = [{ crmId, same }];
  const detach = linked !== null && (linked === crmId) !== same;
  await carryOut(client, of, { effects: { words, detach, holds: {}, agreed: {} }, steward });
  const open = await openReviewOf(client, of);
  if (open !== undefined)
    await closeReview(client, open.id, { ...steward, decision: same ? { same: crmId } : { notSame: [crmId] } });
}

async function crmIdOf(client: Client, recordId: number): Promise<string | null> {
  return (await lockRecords(client, [recordId])).get(recordId)?.crmId ?? null;
}

const REASON = 'a person decided';

async function carryOut(
  client: Client,
  of: Judged,
  { effects, steward }: { readonly effects: DecisionEffects; readonly steward: Steward },
): Promise<void> {
  const { syncNo, key } = of;
  const claim = (await claimsByKey(client, syncNo, [key])).get(key);
  if (claim?.recordId != null) await settleRecord(client, claim, effects);
  await saveJudgements(client, of, { words: effects.words, steward });
  if (claim?.recordId != null && effects.detach)
    await detachClaim(client, { syncNo, key, recordId: claim.recordId, reason: REASON });
  else await reenterClaim(client, { syncNo, key, reason: REASON });
}

/** Moves the base and the holds of the claim's record, under its lock. */
async function settleRecord(client: Client, claim: StoredClaim, { holds, agreed }: DecisionEffects): Promise<void> {
  const recordId = claim.recordId ?? 0;
  const record = (await lockRecords(client, [recordId])).get(recordId);
  if (record === undefined) return;
  const held = Object.entries(holds).map(([field, value]) => ({ recordId, field, value: JSON.stringify(value) }));
  if (held.length > 0) await saveHolds(client, claim.version.read, held);
  const taken = Object.keys(agreed).map((field) => ({ recordId, field }));
  if (taken.length > 0) await liftHolds(client, taken);
  await client.query('update record set base = $2, revision = revision + 1 where id = $1', [
    recordId,
    canonicalJson({ ...record.base, ...agreed }),
  ]);
}
