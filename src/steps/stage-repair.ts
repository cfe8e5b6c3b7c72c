// A repair begins with what reconciling finds: the claims on records that may be put right become the batches of its round.

import { spansOf } from '../domain/spans.ts';
import { ACCEPTED, EntryWriter } from '../fingerprint/entries.ts';
import { isRepairable } from '../merge/drift.ts';
import { insertBody, listBatches } from '../store/batches.ts';
import type { StoredClaim } from '../store/claims.ts';
import type { Deps, RunRef, StepContext } from './deps.ts';
import { driftPages } from './drift.ts';
import { type RoundResult, toClaim } from './rounds.ts';
import { runContext } from './run-context.ts';

const BATCH = 10_000;

/** Compares the whole sync, and goes on after the last stored batch when it is run again. */
export async function stageRepair(deps: Deps, ref: RunRef, context: StepContext): Promise<RoundResult> {
  const { pool } = deps.store;
  const run = await runContext(deps, ref);
  const staged = await listBatches(pool, ref.runNo, 0);
  let n = staged.length;
  let claims: StoredClaim[] = [];
  let compared = 0;
  const flush = async (lastKey: string): Promise<void> => {
    if (claims.length === 0) return;
    await insertBody(pool, { runNo: ref.runNo, round: 0, n: n++ }, bodyOf(claims, lastKey));
    claims = [];
  };
  const lastStaged = staged.at(-1)?.stats['lastKey'];
  let lastKey = typeof lastStaged === 'string' ? lastStaged : '';
  for await (const page of driftPages({ deps, run, syncNo: ref.syncNo }, lastKey)) {
    claims.push(...page.found.filter(({ fields }) => isRepairable(fields)).map(({ claim }) => claim));
    compared += page.compared;
    lastKey = page.lastKey;
    context.progress({ compared, toRepair: claims.length, batches: n });
    if (claims.length >= BATCH) await flush(lastKey);
  }
  await flush(lastKey);
  const batches = await listBatches(pool, ref.runNo, 0);
  const total = batches.reduce((sum, batch) => sum + Number(batch.stats['claims'] ?? 0), 0);
  return { batches: spansOf(batches.map((batch) => batch.n)), claims: total };
}

function bodyOf(claims: readonly StoredClaim[], lastKey: string): Parameters<typeof insertBody>[2] {
  const keys = new EntryWriter();
  for (const { keyHash } of claims) keys.add({ fingerprint: 0n, keyHash, flag: ACCEPTED, position: 0 });
  return {
    body: { claims: claims.map(toClaim) },
    keys: keys.finish(),
    stats: { kind: 'repair', claims: claims.length, lastKey },
  };
}
