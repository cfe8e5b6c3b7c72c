// The first window: ranges are read at the same time, each in order, since a batch begins where the last one ended; what is
// new in a batch goes on to transform and validate beside the reading.

import { ApplicationFailure } from '@temporalio/workflow';
import type { RunRef } from '../src/steps/deps.ts';
import { call, callWhere } from './activity-stubs.ts';
import type { Place, Reading, ReadingState } from './reading.ts';
import type { RunState } from './run-state.ts';
import { Window } from './window.ts';

/** Half a minute each: a file that is written to for longer needs a person. */
const MAX_WAITS = 120;
/** Ranges that are read at the same time. */
const READERS = 3;
/** Batches that are transformed and validated at the same time. */
const BATCHES = 3;

interface StagedBatch extends RunRef {
  readonly round: number;
  readonly n: number;
}

export class Stage {
  /** The number of the next batch. */
  n: number;
  readonly #state: RunState;
  readonly #ref: RunRef;
  readonly #window = new Window(BATCHES);

  constructor(state: RunState, ref: RunRef, n: number) {
    this.#state = state;
    this.#ref = ref;
    this.n = n;
  }

  /** What there is to read. Waits while somebody still writes it. */
  async plan(reread: boolean): Promise<ReadingState> {
    for (let turn = 0; ; turn++) {
      await this.#state.unpaused();
      const named = { id: turn === 0 ? 'plan' : `plan-${turn}`, summary: 'plan the read' };
      const { ranges, totalBytes, notes, waiting } = await call('planRead', named, { ...this.#ref, turn, reread });
      this.#state.set({ bytes: { done: 0, total: totalBytes }, notes: waiting === undefined ? notes : [waiting] });
      if (waiting === undefined) return { ranges, next: 0, open: [] };
      if (turn >= MAX_WAITS) throw ApplicationFailure.nonRetryable(waiting, 'source.changed');
    }
  }

  /** Reads until the end, or until `stop` says so between two batches. */
  async read(reading: Reading, stop: () => boolean): Promise<void> {
    const window = this.#window;
    try {
      await reading.read({
        readers: READERS,
        step: (place) => this.#fetch(place),
        stop: () => window.failed || stop(),
      });
    } finally {
      await window.drain();
    }
  }

  async #fetch({ range, position, queue }: Place): Promise<Place | null> {
    await this.#state.unpaused();
    const batch = { ...this.#ref, round: 0, n: this.n++ };
    const named = { id: `fetch-${batch.n}-${batch.attempt}`, summary: `fetch batch ${batch.n} of range ${range}` };
    const input = { ...batch, range, position };
    const fetched = await (queue === null
      ? call('fetch', named, input)
      : callWhere('fetch', { ...named, queue }, input));
    this.#state.countFetched(fetched);
    if (fetched.kept > 0) await this.#window.add(() => this.#transformAndValidate(batch, fetched.queue));
    return fetched.end ? null : { range, position: fetched.next, queue: fetched.stay ? fetched.queue : null };
  }

  async #transformAndValidate(batch: StagedBatch, queue: string): Promise<void> {
    const name = `${batch.n}-${batch.attempt}`;
    const transformed = await callWhere(
      'transform',
      { id: `transform-${name}`, summary: `transform batch ${batch.n}`, queue },
      batch,
    );
    this.#state.countRecords('transform', transformed.records);
    const { accepted, quarantined, filtered, lanes } = await callWhere(
      'validate',
      { id: `validate-${name}`, summary: `validate batch ${batch.n}`, queue },
      batch,
    );
    this.#state.countRecords('validate', accepted + quarantined + filtered);
    this.#state.addCounts({ accepted, quarantined, filtered });
    this.#state.countLanes(lanes);
  }
}
