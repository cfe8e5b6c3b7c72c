// Next rounds: stored claims that are due are merged again in the same run, when what they waited for may be there.

import type { Claim } from '../domain/claims.ts';
import { type Span, spansOf } from '../domain/spans.ts';
import { ACCEPTED, EntryWriter } from '../fingerprint/entries.ts';
import { insertBody, listBatches } from '../store/batches.ts';
import { dueClaims, type StoredClaim } from '../store/claims.ts';
import { endExpiredPins } from '../store/pins.ts';
import { releaseReservations } from '../store/reservations.ts';
import type { Deps, RunRef, StepContext } from './deps.ts';

export interface RoundResult {
  readonly batches: readonly Span[];
  readonly claims: number;
}

const BATCH = 10_000;
/** Parked claims are tried once in each run; a person may have changed the CRM since. */
const FIRST_ROUND = 1;

/** Stages the claims that are due as the batches of a round. Running it again stages the same. */
export async function stageRound(
  deps: Deps,
  ref: RunRef & { readonly round: number },
  context?: StepContext,
): Promise<RoundResult> {
  const { pool } = deps.store;
  const staged = await listBatches(pool, ref.runNo, ref.round);
  if (staged.length === 0) await stageDue(deps, ref, context);
  const batches = staged.length === 0 ? await listBatches(pool, ref.runNo, ref.round) : staged;
  const claims = batches.reduce((sum, batch) => sum + Number(batch.stats['claims'] ?? 0), 0);
  return { batches: spansOf(batches.map((batch) => batch.n)), claims };
}

async function stageDue(deps: Deps, ref: RunRef & { readonly round: number }, context?: StepContext): Promise<void> {
  const { pool } = deps.store;
  await releaseReservations(pool, ref.runNo, () => context?.progress({ step: 'release' }));
  if (ref.round === FIRST_ROUND) await endExpiredPins(pool, ref);
  let afterKey = '';
  for (let n = 0; ; n++) {
    const page = await dueClaims(pool, {
      syncNo: ref.syncNo,
      afterKey,
      limit: BATCH,
      parked: ref.round === FIRST_ROUND,
      beforeRead: ref.runNo,
    });
    if (page.length === 0) return;
    const keys = new EntryWriter();
    for (const { keyHash } of page) keys.add({ fingerprint: 0n, keyHash, flag: ACCEPTED, position: 0 });
    const content = {
      body: { claims: page.map(toClaim) },
      keys: keys.finish(),
      stats: { kind: 'due', claims: page.length },
    };
    await insertBody(pool, { runNo: ref.runNo, round: ref.round, n }, content);
    context?.progress({ staged: n + 1 });
    afterKey = page.at(-1)?.key ?? afterKey;
  }
}

/** A stored claim as it goes into a batch once more. */
export function toClaim({ key, version, operation, fields, observedAt, versions }: StoredClaim): Claim {
  return { key, version, operation, fields, observedAt, ...(versions === undefined ? {} : { versions }) };
}
