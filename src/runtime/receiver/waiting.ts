// How many events of a system wait, counted now and then: it guards against floods, and need not be exact.

import type { Queryable } from '../../postgres/client.ts';
import { countWaiting } from '../../store/inbox-list.ts';

const COUNT_EVERY_MS = 2_000;

export class WaitingCounts {
  readonly #db: Queryable;
  readonly #known = new Map<string, { count: number; at: number }>();

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** As last counted, at most `limit + 1`; a count that is old is made anew in the background. */
  of(system: string, limit: number): number {
    const known = this.#known.get(system) ?? { count: 0, at: 0 };
    this.#known.set(system, known);
    if (Date.now() - known.at > COUNT_EVERY_MS) {
      known.at = Date.now();
      countWaiting(this.#db, system, limit + 1).then(
        (count) => (known.count = count),
        () => {}, // the append will say that the store cannot be reached
      );
    }
    return known.count;
  }
}
