// Reading the ranges of a read, a few at once, each batch by batch.
//
//   ranges:  ended … ended │ open (a place in each) │ not begun
//                            at most as many as there are readers, or were before continue-as-new

import { Window } from './window.ts';

/** Where the reading of a range stands. */
export interface Place {
  readonly range: number;
  /** Null: at its start. */
  readonly position: unknown;
  /** The process that had better read on, if any. */
  readonly queue: string | null;
}

/** Plain data, for continue-as-new: a few places. */
export interface ReadingState {
  readonly ranges: number;
  /** The first range that nobody has begun. */
  readonly next: number;
  readonly open: readonly Place[];
}

export interface ReadingWork {
  readonly readers: number;
  /** Reads a batch. @returns where to go on, or null at the end of the range */
  readonly step: (place: Place) => Promise<Place | null>;
  /** Asked between batches: whether to leave the rest for later. */
  readonly stop: () => boolean;
}

export class Reading {
  readonly #ranges: number;
  #next: number;
  readonly #open: Map<number, Place>;

  constructor({ ranges, next, open }: ReadingState) {
    this.#ranges = ranges;
    this.#next = next;
    this.#open = new Map(open.map((place) => [place.range, place]));
  }

  get state(): ReadingState {
    return { ranges: this.#ranges, next: this.#next, open: [...this.#open.values()] };
  }

  get done(): boolean {
    return this.#next === this.#ranges && this.#open.size === 0;
  }

  /** Goes on until everything is read, or `stop` says so. Throws the first error when nobody reads any more. */
  async read({ readers, step, stop }: ReadingWork): Promise<void> {
    const window = new Window(readers);
    const halted = (): boolean => window.failed || stop();
    const readOn = async (begin: Place): Promise<void> => {
      for (let place = begin; !halted();) {
        const next = await step(place);
        if (next === null) {
          this.#open.delete(place.range);
          return;
        }
        place = next;
        this.#open.set(place.range, place);
      }
    };
    try {
      for (const place of this.#open.values()) await window.add(() => readOn(place));
      while (this.#next < this.#ranges && !halted()) await window.add(() => readOn(this.#begin()));
    } finally {
      await window.drain();
    }
  }

  #begin(): Place {
    const place = { range: this.#next++, position: null, queue: null };
    this.#open.set(place.range, place);
    return place;
  }
}
