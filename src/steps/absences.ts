// What a complete snapshot no longer holds. Missing once: noted in the ledger. Missing twice in a row: a delete. Each
// snapshot counts only for claims that are older than itself.
// Complete is the whole read where that is proven, else each parent that was read, for the records inside it.

import { type Part, partOf } from '../fingerprint/entries.ts';
import type { KeyCounter } from '../fingerprint/key-counter.ts';
import { isMissedTwice, isYounger, type Snapshot } from '../merge/absence.ts';
import { insertBody, SEAL_ROUND } from '../store/batches.ts';
import { type LiveKey, liveKeys } from '../store/claims.ts';
import { absentKeys, knownAbsences } from '../store/exceptions.ts';
import type { Deps, RunRef } from './deps.ts';
import type { EndBatches } from './ends.ts';
import type { OfReadParents } from './parents.ts';

const PAGE = 10_000;
/** What seal notes for the ledger: keys absent for the first time; keys that are not in question any more. */
export type LedgerNote = 'absent' | 'answered';

export interface Search {
  readonly ends: EndBatches;
  readonly snapshot: Snapshot;
  /** Null where the whole read is complete. */
  readonly ofReadParents: OfReadParents | null;
}

export class AbsenceFinder {
  readonly #deps: Deps;
  readonly #ref: RunRef;
  readonly #search: Search;
  #notes = 1;

  constructor(deps: Deps, ref: RunRef, search: Search) {
    this.#deps = deps;
    this.#ref = ref;
    this.#search = search;
  }

  /** Compares the live keys of a part with those that the read held. */
  async compare(part: Part, held: Pick<KeyCounter, 'has'>): Promise<void> {
    const { syncNo, runNo } = this.#ref;
    const { ofReadParents } = this.#search;
    for (let afterKey = ''; ;) {
      const page = await liveKeys(this.#deps.store.pool, { syncNo, afterKey, limit: PAGE, beforeRead: runNo });
      const missing = page.filter(({ keyHash }) => partOf(keyHash, part.of) === part.number && !held.has(keyHash));
      const younger = missing.filter((key) => isYounger(this.#search.snapshot, key));
      const certain = ofReadParents === null ? younger : await ofReadParents(younger);
      if (certain.length > 0) await this.#keep(certain);
      afterKey = page.at(-1)?.key ?? '';
      if (page.length < PAGE) return;
    }
  }

  async finish(): Promise<void> {
    const { ofReadParents } = this.#search;
    if (ofReadParents !== null) await this.#noteAnswered(ofReadParents);
  }

  async #keep(missing: readonly LiveKey[]): Promise<void> {
    const keys = missing.map(({ key }) => key);
    const before = await knownAbsences(this.#deps.store.pool, this.#ref.syncNo, keys);
    const again = missing.filter((one) => isMissedTwice(one, before.get(one.key)));
    const ended = new Set(again.map(({ key }) => key));
    const first = keys.filter((key) => !ended.has(key));
    if (first.length > 0) await this.#note('absent', first);
    await this.#search.ends.insert('delete', again);
  }

  /** What an earlier snapshot missed, and this one answers for: it is back, deleted now, or absent anew. */
  async #noteAnswered(isAnswered: OfReadParents): Promise<void> {
    for (let afterKey = ''; ;) {
      const page = await absentKeys(this.#deps.store.pool, { syncNo: this.#ref.syncNo, afterKey, limit: PAGE });
      const answered = await isAnswered(page.map((key) => ({ key })));
      if (answered.length > 0)
        await this.#note(
          'answered',
          answered.map(({ key }) => key),
        );
      afterKey = page.at(-1) ?? '';
      if (page.length < PAGE) return;
    }
  }

  async #note(kind: LedgerNote, keys: readonly string[]): Promise<void> {
    const id = { runNo: this.#ref.runNo, round: SEAL_ROUND, n: this.#notes++ };
    const stats = { kind, keys };
    await insertBody(this.#deps.store.pool, id, { body: { claims: [] }, keys: Buffer.alloc(0), stats });
  }
}
