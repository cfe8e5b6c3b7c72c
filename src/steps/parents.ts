// Records with `each` whose key begins with their parent's: a raw record that was read is a complete snapshot of the
// records inside it, also where the read as a whole is not proven complete.

import { keyPrefix } from '../domain/keys.ts';
import { forEachEntry, GROUP } from '../fingerprint/entries.ts';
import { type BatchSummary, loadKeyBlobs } from '../store/batches.ts';
import type { Deps, RunRef } from './deps.ts';

const WHOLE = { number: 0, of: 1 };

/** Of a page of records, those whose parent the read held. */
export type OfReadParents = <T extends { readonly key: string }>(records: readonly T[]) => Promise<readonly T[]>;

/** @param parts how many of the key's first parts are the parent's */
export function ofReadParents(
  deps: Deps,
  ref: RunRef,
  { staged, parts }: { readonly staged: readonly BatchSummary[]; readonly parts: number },
): OfReadParents {
  const parentHash = (key: string): bigint => deps.hasher.keyHash(keyPrefix(key, parts));
  return async (records) => {
    const asked = new Set(records.map(({ key }) => parentHash(key)));
    const read = new Set<bigint>();
    for (const { n } of asked.size === 0 ? [] : staged) {
      const { seen } = await loadKeyBlobs(deps.store.pool, { runNo: ref.runNo, round: 0, n });
      forEachEntry(seen, WHOLE, ({ keyHash, flag }) => {
        if (flag === GROUP && asked.has(keyHash)) read.add(keyHash);
      });
    }
    return records.filter(({ key }) => read.has(parentHash(key)));
  };
}
