// Attempts of an activity, and which of them came further than all before. A batch that kills its worker each time looks,
// attempt by attempt, like a server that is down for a while: only progress tells that something moves.

/** What a heartbeat carries from one attempt to the next. */
export interface Reached {
  /** How often the best attempt has said that it came on. */
  readonly best: number;
  /** Which attempt that was. */
  readonly attempt: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Attempts {
  /** Attempts that have ended since anyone came further. */
  readonly fruitless: number;
  /** How long that is ago; without any progress, since the first attempt was due. */
  readonly sinceMs: number;
}

/** Before so many attempts nothing is judged. */
const MIN_FRUITLESS = 4;

/** Follows one attempt: it counts its own progress and keeps the best of all. */
export class Progressing {
  #beats = 0;
  #reached: Reached;
  readonly #attempt: number;

  constructor(attempt: number, dueAt: number, earlier: unknown) {
    this.#attempt = attempt;
    this.#reached = isReached(earlier) ? earlier : { best: 0, attempt: 0, at: dueAt };
  }

  /** The attempt came on. */
  advance(now: number): Reached {
    this.#beats++;
    if (this.#beats > this.#reached.best) this.#reached = { best: this.#beats, attempt: this.#attempt, at: now };
    return this.#reached;
  }

  /** @param ended whether this attempt counts as one that has ended */
  attempts(now: number, ended: boolean): Attempts {
    const over = ended ? this.#attempt : this.#attempt - 1;
    return { fruitless: over - this.#reached.attempt, sinceMs: now - this.#reached.at };
  }
}

/** A step that stays where it is for longer than that is a matter for a person. */
export function isStalled({ fruitless, sinceMs }: Attempts, afterMs: number): boolean {
  return fruitless >= MIN_FRUITLESS && sinceMs >= afterMs;
}

function isReached(value: unknown): value is Reached {
  if (typeof value !== 'object' || value === null) return false;
  const { best, attempt, at } = value as Partial<Record<keyof Reached, unknown>>; // narrowed below
  return typeof best === 'number' && typeof attempt === 'number' && typeof at === 'number';
}
