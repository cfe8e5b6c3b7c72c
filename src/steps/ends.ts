// Ends that nobody has sent as records: seal makes claims of them, in batches beside those that were read.

import type { Claim } from '../domain/claims.ts';
import { ACCEPTED, EntryWriter } from '../fingerprint/entries.ts';
import { insertBody } from '../store/batches.ts';
import type { LiveKey } from '../store/claims.ts';
import type { Deps, RunRef } from './deps.ts';

/** Positions of inferred ends: after any position in a read, so that they are younger than the claims they end. */
export const INFERRED = 2 ** 50;

export class EndBatches {
  readonly #deps: Deps;
  readonly #ref: RunRef;
  readonly #first: number;
  readonly numbers: number[] = [];

  /** @param first the first number that no batch of the read has */
  constructor(deps: Deps, ref: RunRef, first: number) {
    this.#deps = deps;
    this.#ref = ref;
    this.#first = first;
  }

  async insert(operation: 'delete' | 'detach', ended: readonly LiveKey[]): Promise<void> {
    if (ended.length === 0) return;
    const { runNo } = this.#ref;
    const n = this.#first + this.numbers.length;
    const keys = new EntryWriter();
    const claims = ended.map(({ key, keyHash, version }, index): Claim => {
      keys.add({ fingerprint: 0n, keyHash, flag: ACCEPTED, position: INFERRED + index });
      const stamp = { source: version, read: runNo, position: INFERRED };
      return { key, version: stamp, operation, fields: {}, observedAt: Date.now() };
    });
    const content = { body: { claims }, keys: keys.finish(), stats: { kind: operation } };
    await insertBody(this.#deps.store.pool, { runNo, round: 0, n }, content);
    this.numbers.push(n);
  }
}
