// Records that the sync's `where` lets through no more: their sources say nothing of the CRM's records now, which ends
// none of them. Only those are looked at that were read anew; of the others it was found before.

import { ACCEPTED, FILTERED, forEachEntry, type Part } from '../fingerprint/entries.ts';
import { type BatchSummary, loadKeyBlobs } from '../store/batches.ts';
import { liveKeys } from '../store/claims.ts';
import type { Deps, RunRef } from './deps.ts';
import type { EndBatches } from './ends.ts';

const PAGE = 10_000;

export async function detachFiltered(
  deps: Deps,
  { ref, staged, ends }: { readonly ref: RunRef; readonly staged: readonly BatchSummary[]; readonly ends: EndBatches },
  part: Part,
): Promise<void> {
  const { pool } = deps.store;
  const filtered = await filteredKeys(deps, { ref, staged }, part);
  if (filtered.size === 0) return;
  for (let afterKey = ''; ;) {
    const page = await liveKeys(pool, { syncNo: ref.syncNo, afterKey, limit: PAGE, beforeRead: ref.runNo });
    await ends.insert(
      'detach',
      page.filter(({ keyHash }) => filtered.has(keyHash)),
    );
    afterKey = page.at(-1)?.key ?? '';
    if (page.length < PAGE) return;
  }
}

/** Key hashes of records that were left out, and of which no other record of the read was taken. */
async function filteredKeys(
  { store: { pool } }: Deps,
  { ref, staged }: { readonly ref: RunRef; readonly staged: readonly BatchSummary[] },
  part: Part,
): Promise<ReadonlySet<bigint>> {
  const filtered = new Set<bigint>();
  const taken = new Set<bigint>();
  for (const { n } of staged) {
    const { seen, keys } = await loadKeyBlobs(pool, { runNo: ref.runNo, round: 0, n });
    for (const blob of [seen, keys]) {
      forEachEntry(blob, part, ({ keyHash, flag }) => {
        if (flag === FILTERED && blob === keys) filtered.add(keyHash);
        if (flag === ACCEPTED) taken.add(keyHash);
      });
    }
  }
  for (const keyHash of taken) filtered.delete(keyHash);
  return filtered;
}
