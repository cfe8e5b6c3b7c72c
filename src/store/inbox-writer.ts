// Group commit: appends that come while one is under way share the next statement.

import type { Queryable } from '../postgres/client.ts';
import { type Appended, appendEvents, MAX_EVENT_BYTES, type NewEvent } from './inbox.ts';

/** What one statement takes along: a few megabytes, however many wait. */
const GROUP_EVENTS = 1_000;
const GROUP_BYTES = 4 * MAX_EVENT_BYTES;

interface Waiting {
  readonly events: readonly NewEvent[];
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
}

/** Appends of one process. At most one statement is under way. */
export class InboxWriter {
  readonly #db: Queryable;
  #waiting: Waiting[] = [];
  #writing = false;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** As `appendEvents`: resolves when the events are durable. `asleep` may name streams of others' events too. */
  append(events: readonly NewEvent[]): Promise<Appended> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, resolve, reject });
      if (!this.#writing) void this.#write();
    });
  }

  async #write(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) await this.#writeGroup(this.#takeGroup());
    this.#writing = false;
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const { events, asleep } = await appendEvents(
        this.#db,
        group.flatMap((one) => one.events),
      );
      let at = 0;
      for (const one of group) {
        one.resolve({ events: events.slice(at, at + one.events.length), asleep });
        at += one.events.length;
      }
    } catch (error) {
      // One bad request must not fail the others: each is tried on its own.
      if (group.length > 1) for (const one of group) await this.#writeGroup([one]);
      else for (const one of group) one.reject(error);
    }
  }

  #takeGroup(): readonly Waiting[] {
    let count = 0;
    let bytes = 0;
    const fits = this.#waiting.findIndex(({ events }, index) => {
      count += events.length;
      bytes += events.reduce((sum, { body }) => sum + body.length, 0);
      return index > 0 && (count > GROUP_EVENTS || bytes > GROUP_BYTES);
    });
    return this.#waiting.splice(0, fits === -1 ? this.#waiting.length : fits);
  }
}
