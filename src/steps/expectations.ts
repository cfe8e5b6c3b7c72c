// Expectations: is this read like those before it? Judged at the seal, when all of it has been seen and nothing written.

import type { RunCounts } from '../domain/run.ts';
import { findUnexpected, nextBaseline } from '../profile/expect.ts';
import { addProfiles, NO_PROFILE } from '../profile/profile.ts';
import { batchProfiles, earlierReads, loadBaseline, saveFindings } from '../store/profiles.ts';
import { readsPath } from '../transform/columns.ts';
import type { Deps, RunRef } from './deps.ts';
import { runContext } from './run-context.ts';

const READS = 7;

/** Compares the read with the last ones of its sync, and keeps what was found with the run. */
export async function judgeRead(
  deps: Deps,
  ref: RunRef,
  counts: Pick<RunCounts, 'read' | 'duplicates'>,
): Promise<void> {
  const { run, definition } = await runContext(deps, ref);
  if (run.kind !== 'snapshot' || run.plan?.idle === true) return;
  const { pool } = deps.store;
  let profile = NO_PROFILE;
  for await (const one of batchProfiles(pool, ref.runNo)) profile = addProfiles(profile, one);
  const baseline = await loadBaseline(pool, ref.syncNo);
  const mapped = readsPath(definition.sync);
  const facts = { ...counts, profile, baseline, mapped, earlierReads: await earlierReads(pool, ref.syncNo, READS) };
  const unexpected = findUnexpected(definition.sync.expect, facts);
  await saveFindings(pool, ref.runNo, { profile: nextBaseline(facts), unexpected });
}
