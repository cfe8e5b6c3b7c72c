// What a proven-complete snapshot no longer holds. Missing once: noted in the ledger. Missing twice in a row: a delete.

import type { Claim } from '../domain/claims.ts';
import { ACCEPTED, EntryWriter, type Part, partOf } from '../fingerprint/entries.ts';
import { insertBody, SEAL_ROUND } from '../store/batches.ts';
import { type LiveKey, liveKeys } from '../store/claims.ts';
import { knownAbsences } from '../store/exceptions.ts';
import type { Deps, RunRef } from './deps.ts';

const PAGE = 10_000;
/** Later than any position in a read: an inferred delete is younger than the claim it ends, and than a replay of it. */
const AFTER_READ = 2 ** 50;

export interface AbsenceFinder {
  /** Compares the live keys of a part with those that the read held. */
  compare(part: Part, held: ReadonlySet<bigint>): Promise<void>;
  /** @returns the batches of deletes */
  finish(): Promise<readonly number[]>;
}

export function findAbsences(deps: Deps, ref: RunRef, { firstBatch }: { readonly firstBatch: number }): AbsenceFinder {
  const { pool } = deps.store;
  const deleteBatches: number[] = [];
  let ledgerBatches = 1;

  async function keep(missing: readonly LiveKey[]): Promise<void> {
    const before = await knownAbsences(
      pool,
      ref.syncNo,
      missing.map(({ key }) => key),
    );
    const again = missing.filter(({ key }) => before.has(key));
    const first = missing.filter(({ key }) => !before.has(key));
    if (first.length > 0) {
      const id = { runNo: ref.runNo, round: SEAL_ROUND, n: ledgerBatches++ };
      await insertBody(pool, id, {
        body: { claims: [] },
        keys: Buffer.alloc(0),
        stats: { kind: 'absent', keys: first.map(({ key }) => key) },
      });
    }
    if (again.length > 0) deleteBatches.push(await insertDeletes(again));
  }

  async function insertDeletes(missing: readonly LiveKey[]): Promise<number> {
    const n = firstBatch + deleteBatches.length;
    const keys = new EntryWriter();
    const claims = missing.map(({ key, keyHash, version }, index): Claim => {
      keys.add({ fingerprint: 0n, keyHash, flag: ACCEPTED, position: AFTER_READ + index });
      return {
        key,
        version: { source: version, read: ref.runNo, position: AFTER_READ },
        operation: 'delete',
        fields: {},
        observedAt: Date.now(),
      };
    });
    await insertBody(
      pool,
      { runNo: ref.runNo, round: 0, n },
      { body: { claims }, keys: keys.finish(), stats: { kind: 'delete' } },
    );
    return n;
  }

  return {
    compare: async (part, held) => {
      for (let afterKey = ''; ;) {
        const page = await liveKeys(pool, { syncNo: ref.syncNo, afterKey, limit: PAGE, beforeRead: ref.runNo });
        const missing = page.filter(({ keyHash }) => partOf(keyHash, part.of) === part.number && !held.has(keyHash));
        if (missing.length > 0) await keep(missing);
        afterKey = page.at(-1)?.key ?? '';
        if (page.length < PAGE) return;
      }
    },
    finish: async () => deleteBatches,
  };
}
