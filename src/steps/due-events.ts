// Stored claims that an event run merges again: what came between, a parent that was not there yet.
//
// A claim that is contested is due at once. One that waits for a record is due when records of others have come: whoever
// creates some wakes the syncs that have claims waiting.

import { addCounts, NO_COUNTS, type RunCounts } from '../domain/run.ts';
import { numbersIn } from '../domain/spans.ts';
import { lastRound } from '../store/event-batches.ts';
import { syncsThatWait } from '../store/claims.ts';
import type { Deps, RunRef, StepContext } from './deps.ts';
import { runDueBatch } from './event-batch.ts';
import type { GateResult } from './gate.ts';
import { stageRound } from './rounds.ts';

/** Between two rounds, where the last one brought nothing; and how many such there are. */
const AGAIN_MS = 500;
const MOST_FRUITLESS = 3;

export interface DueGate {
  readonly round: number;
  readonly n: number;
  readonly gate: GateResult;
}

export class DueEvents {
  readonly #deps: Deps;
  readonly #ref: RunRef;
  readonly #context: StepContext;
  /** At first nobody knows. */
  #due = true;
  #notBefore = 0;
  #fruitless = 0;

  constructor(deps: Deps, ref: RunRef, context: StepContext) {
    this.#deps = deps;
    this.#ref = ref;
    this.#context = context;
  }

  /** After a delivered batch: whether something is due now, here or elsewhere. */
  async after({ created = 0, outcomes }: Partial<RunCounts>): Promise<void> {
    if ((outcomes?.waiting ?? 0) > 0) this.mayBe();
    if (created === 0) return;
    const waiting = await syncsThatWait(this.#deps.store.pool);
    const others = waiting.filter(({ no }) => no !== this.#ref.syncNo);
    if (others.length < waiting.length) this.mayBe();
    if (others.length > 0) await this.#deps.wakeSyncs(others.map(({ name }) => name));
  }

  /** Records of others have come: what waits for some may go on. */
  mayBe(): void {
    this.#due = true;
    this.#fruitless = 0;
  }

  /** Merges what is due, where something may be. @returns the gate at which it waits, or null */
  async run(): Promise<DueGate | null> {
    if (!this.#due || Date.now() < this.#notBefore) return null;
    this.#due = false;
    const waiting = await syncsThatWait(this.#deps.store.pool);
    if (!waiting.some(({ no }) => no === this.#ref.syncNo)) return null;
    const round = (await lastRound(this.#deps.store.pool, this.#ref.runNo)) + 1;
    const staged = await stageRound(this.#deps, { ...this.#ref, round }, this.#context);
    let due: RunCounts = NO_COUNTS;
    for (const n of numbersIn(staged.batches)) {
      const { counts, gate } = await runDueBatch(this.#deps, { ...this.#ref, round, n }, this.#context);
      if (gate !== null) return { round, n, gate };
      due = addCounts(due, counts);
    }
    this.#again(due);
    return null;
  }

  /** What goes on may take others along; what does not is tried a few times, since others may hold it. */
  #again({ due }: RunCounts): void {
    const { waiting, ...moved } = due;
    const moves = Object.values(moved).some((count) => count > 0);
    this.#fruitless = moves ? 0 : this.#fruitless + 1;
    this.#due = waiting > 0 && this.#fruitless < MOST_FRUITLESS;
    this.#notBefore = moves ? 0 : Date.now() + AGAIN_MS;
  }
}
