// The drain: takes events out of the inbox, batch by batch, for as long as they come.
//
//   listen ─► [quiet? ─► take ─► fetch … deliver ─► finish]* ─► nothing for a while ─► listen no more ─► look once more
//
// While it listens nobody has to wake the intake. A batch that is large, or that waits for a person, is handed to the
// workflow; so is everything else when it is time for another run.

import type { EventsDefinition } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import { addCounts, NO_COUNTS, type RunCounts } from '../domain/run.ts';
import type { EventStream } from '../store/inbox.ts';
import {
  beginDrain,
  type DrainRef,
  listenFor,
  takeEvents,
  unfinishedBatches,
  type Waiting,
  waitingEvents,
} from '../store/inbox-take.ts';
import { durably } from '../domain/failpoints.ts';
import { isPaused } from '../store/syncs.ts';
import type { BatchRef, Deps, RunRef, StepContext } from './deps.ts';
import { DueEvents } from './due-events.ts';
import { type EventBatchResult, runEventBatch, type VerbTimes } from './event-batch.ts';
import type { GateResult } from './gate.ts';
import { runContext } from './run-context.ts';

export interface DrainInput extends RunRef, EventStream {
  /** When the run is over whatever comes, ms since 1970. */
  readonly until: number;
  /** How long it waits for more. */
  readonly idleMs: number;
}

/** Why it ended. */
export type DrainEnd =
  | { readonly kind: 'idle' | 'over' | 'stopping' }
  /** A batch with this many events, which runs as an activity for each verb. */
  | { readonly kind: 'large'; readonly n: number }
  | { readonly kind: 'gate'; readonly round: number; readonly n: number; readonly gate: GateResult };

export interface Drained {
  readonly end: DrainEnd;
  /** Under which it took: what follows in the run is done under it. */
  readonly epoch: number;
  readonly batches: number;
  readonly events: number;
  readonly records: number;
  readonly counts: RunCounts;
  /** Milliseconds of each verb, over all batches. */
  readonly ms: VerbTimes;
}

/** Up to so many events a batch runs in this activity. */
const FUSED_EVENTS = 1_000;
const FUSED_BYTES = 1024 * 1024;
/** A run's history of batches stays small. */
const MOST_BATCHES = 2_000;
/** Said in advance each time, so that a drain that dies is not taken to listen for long. */
const LISTEN_MS = 5_000;
/** A message may be lost with its connection: it looks so often anyway. */
const LOOK_MS = 500;

/** Errors: those of the verbs; `store.fenced` where a later drain of the run has begun, or the run has ended. */
export async function drainEvents(deps: Deps, input: DrainInput, context: StepContext): Promise<Drained> {
  const epoch = await beginDrain(deps.store.pool, input.runNo);
  if (epoch === null) throw new SyncError('store.fenced', { message: `run ${input.runId} has ended` });
  const run = await runContext(deps, input);
  const { events } = run.definition.sync;
  if (events === undefined) throw new Error(`definition ${run.definition.hash} takes no events`);
  return new Drain(deps, { input: { ...input, epoch }, events, context }).go();
}

class Drain {
  readonly #deps: Deps;
  readonly #input: DrainInput;
  readonly #events: EventsDefinition;
  readonly #context: StepContext;
  readonly #due: DueEvents;
  readonly #ms: Record<string, number> = {};
  #batches = 0;
  #taken = 0;
  #records = 0;
  #counts = NO_COUNTS;
  #listensUntil = 0;
  #next = 0;

  constructor(
    deps: Deps,
    of: { readonly input: DrainInput; readonly events: EventsDefinition; readonly context: StepContext },
  ) {
    this.#deps = deps;
    this.#input = of.input;
    this.#events = of.events;
    this.#context = {
      signal: of.context.signal,
      progress: (details) => of.context.progress({ batches: this.#batches, events: this.#taken, ...details }),
    };
    this.#due = new DueEvents(deps, of.input, this.#context);
  }

  async go(): Promise<Drained> {
    try {
      const end = (await this.#finishBegun()) ?? (await this.#drain());
      return this.#drained(end);
    } finally {
      await listenFor(this.#deps.store.pool, this.#input, 0).catch(() => {}); // it ends by itself, a little later
    }
  }

  #drained(end: DrainEnd): Drained {
    const { epoch } = this.#input;
    const done = { batches: this.#batches, events: this.#taken, records: this.#records };
    return { end, epoch, ...done, counts: this.#counts, ms: this.#ms };
  }

  /** What an earlier drain of the run had taken. */
  async #finishBegun(): Promise<DrainEnd | null> {
    const { unfinished, next } = await unfinishedBatches(this.#deps.store.pool, this.#input.runNo);
    this.#next = next;
    for (const n of unfinished) {
      const end = await this.#run(n);
      if (end !== null) return end;
    }
    return null;
  }

  async #drain(): Promise<DrainEnd> {
    let lastEvent = Date.now();
    for (;;) {
      this.#context.signal.throwIfAborted();
      if (this.#deps.stopping.aborted) return { kind: 'stopping' };
      if (Date.now() >= this.#input.until || this.#next >= MOST_BATCHES) return { kind: 'over' };
      if (await this.#isPaused()) return { kind: 'over' };
      const end = await this.#batch();
      if (end === 'some') lastEvent = Date.now();
      else if (end !== 'none') return end;
      else if (Date.now() - lastEvent >= this.#input.idleMs && (await this.#isOver())) return { kind: 'idle' };
      else await this.#wait();
    }
  }

  async #wait(): Promise<void> {
    await this.#deps.inbox.wait(this.#input, LOOK_MS, AbortSignal.any([this.#context.signal, this.#deps.stopping]));
    this.#context.progress({ waiting: true });
  }

  /** Every few seconds: says that it listens, and looks whether a person has paused the sync meanwhile. */
  async #isPaused(): Promise<boolean> {
    const now = Date.now();
    if (now < this.#listensUntil - LISTEN_MS / 2) return false;
    await listenFor(this.#deps.store.pool, this.#input, LISTEN_MS);
    this.#listensUntil = now + LISTEN_MS;
    return isPaused(this.#deps.store.pool, this.#input.syncNo);
  }

  /** Whoever appends from now on wakes the intake; whoever did before is seen here. */
  async #isOver(): Promise<boolean> {
    await listenFor(this.#deps.store.pool, this.#input, 0);
    this.#listensUntil = 0;
    return (await waitingEvents(this.#deps.store.pool, this.#input, 1)).events === 0;
  }

  async #batch(): Promise<DrainEnd | 'some' | 'none'> {
    const { maxEvents, quietMs } = this.#events;
    if (quietMs > 0) await this.#quiet();
    const n = this.#next;
    const drain: DrainRef = this.#input;
    const wanted = { stream: this.#input, drain, batch: n, limit: maxEvents };
    const taken = await durably('events.taken', () => takeEvents(this.#deps.store.pool, wanted));
    if (taken.length === 0) return this.#dueNow();
    this.#next++;
    this.#taken += taken.length;
    const bytes = taken.reduce((sum, { body }) => sum + body.length, 0);
    if (taken.length > FUSED_EVENTS || bytes > FUSED_BYTES) return { kind: 'large', n };
    return (await this.#run(n)) ?? 'some';
  }

  /** Waits until nothing has come for a while, or it has been long enough, or there are enough of them. */
  async #quiet(): Promise<void> {
    const { quietMs, maxWaitMs, maxEvents } = this.#events;
    const missing = ({ events, oldestMs, newestMs }: Waiting): number =>
      events === 0 || events >= maxEvents ? 0 : Math.min(quietMs - newestMs, maxWaitMs - oldestMs);
    for (;;) {
      const ms = missing(await waitingEvents(this.#deps.store.pool, this.#input, maxEvents));
      if (ms <= 0 || this.#context.signal.aborted) return;
      await new Promise((resolve) => setTimeout(resolve, ms));
      this.#context.progress({ quiet: true });
    }
  }

  async #dueNow(): Promise<DrainEnd | 'none'> {
    if (this.#deps.inbox.isDue(this.#input)) this.#due.mayBe();
    const waits = await this.#due.run();
    return waits === null ? 'none' : { kind: 'gate', ...waits };
  }

  async #run(n: number): Promise<DrainEnd | null> {
    const ref: BatchRef = { ...this.#input, round: 0, n };
    const result = await runEventBatch(this.#deps, ref, this.#context);
    this.#count(result);
    if (result.gate !== null) return { kind: 'gate', round: 0, n, gate: result.gate };
    await this.#due.after(result.counts);
    return null;
  }

  #count({ records, counts, ms }: EventBatchResult): void {
    this.#batches++;
    this.#records += records;
    this.#counts = addCounts(this.#counts, counts);
    for (const [verb, took] of Object.entries(ms)) this.#ms[verb] = Math.round((this.#ms[verb] ?? 0) + took);
  }
}
