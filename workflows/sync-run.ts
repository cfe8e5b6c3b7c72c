// One run of a sync, read as its verbs:
//
//   openRun ─► planRead ─► [fetch ─► transform ─► validate]* ─► seal ─► merge* ─► gate ─► deliver* ─► checkpoint
//                 ▲              resume after an error            │        ▲ next round: claims that waited │
//                 └────────────── opens a new attempt ◄───────────┘        └────────────────────────────────┘
//
// Only references and counts pass through here. Nothing is written to the CRM before the gate.

import {
  ApplicationFailure,
  CancellationScope,
  continueAsNew,
  log,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import {
  addCounts,
  type Backfill,
  DELIVER_MODES,
  NO_COUNTS,
  type RunKind,
  type RunSummary,
} from '../src/domain/run.ts';
import { countIn, numberAt, type Span } from '../src/domain/spans.ts';
import type { DeliverMode } from '../src/steps/deliver.ts';
import type { RunRef } from '../src/steps/deps.ts';
import type { Closed, Opened } from '../src/steps/open-run.ts';
import type { ReplayOnly } from '../src/steps/quarantine-reader.ts';
import { call } from './activity-stubs.ts';
import { passGate } from './gate.ts';
import type { Progress } from './messages.ts';
import { continuation, isReset, open, type Opening } from './open.ts';
import { Reading, type ReadingState } from './reading.ts';
import { hearingRetries, replayAsked } from './replay-after.ts';
import { newProgress, problemOf, type RunProblem, RunState } from './run-state.ts';
import { Stage } from './stage.ts';
import { summarise } from './summary.ts';
import { takeBack } from './take-back.ts';
import { Window } from './window.ts';

export interface SyncRunInput {
  readonly sync: string;
  /** What started it: `manual`, `schedule`, `demo` … */
  readonly trigger?: string;
  readonly dryRun?: boolean;
  /** Wait at the gate before anything is written. */
  readonly review?: boolean;
  /** Read also what the last run has read and nobody has touched since. */
  readonly reread?: boolean;
  readonly kind?: Exclude<RunKind, 'undo'>;
  /** Replay: which quarantined records; absent: all open ones of the sync. */
  readonly only?: ReplayOnly;
  /** Backfill: the time whose changes are read, as the source writes times. */
  readonly backfill?: Backfill;
  /** Only what was delivered in part is brought to its end: set by the next run of the sync. */
  readonly carriesOn?: boolean;
  /** Set by continue-as-new only. */
  readonly carried?: Carried;
}

/** Where a run stands between two windows. Plain data, a few hundred bytes. */
interface Carried {
  readonly ref: RunRef;
  readonly object: string;
  readonly step: 'fetch' | 'merge' | 'deliver';
  /** Null before the read is planned, and when it is over. */
  readonly reading: ReadingState | null;
  readonly n: number;
  readonly round: number;
  /** Claims that were due in the round before; null in the first. */
  readonly due: number | null;
  readonly batches: readonly Span[];
  readonly complete: boolean;
  readonly mode: DeliverMode;
  /** Once it has begun to write, it fails rather than wait for a person. */
  readonly allOrNothing?: boolean;
  readonly progress: Progress;
}

/** At about this many events a run goes on under a new history. */
const MAX_EVENTS = 1_500;
const MERGE_WINDOW = 3;
const DELIVER_WINDOW = 2;
const MAX_ROUNDS = 5;

export async function syncRun(input: SyncRunInput): Promise<RunSummary> {
  const { carried } = input;
  const state = hearingRetries(new RunState(carried?.progress ?? newProgress(input.sync, 'fetch')));
  if (carried !== undefined) {
    const ref = { ...carried.ref, ...continuation() };
    return new Run(input, state, ref).go({ ...carried, ref });
  }
  const opened = await open(openingOf(input));
  if (opened.kind === 'skipped') {
    state.set({ notes: [opened.because] });
    state.end('skipped', NO_COUNTS);
    return summarise(input.sync, 'skipped', NO_COUNTS);
  }
  return new Run(input, state, opened.ref).go(startOf(opened, state));
}

function openingOf(input: SyncRunInput, keep = false): Opening {
  const { sync, kind = 'snapshot', trigger = 'manual', dryRun = false, only, backfill, carriesOn = false } = input;
  const run = { runId: workflowInfo().workflowId, sync, kind, trigger, dryRun };
  return {
    ...run,
    ...(only === undefined ? {} : { only }),
    ...(backfill === undefined ? {} : { backfill }),
    ...(keep ? { keep } : {}),
    ...(carriesOn ? { carriesOn } : {}),
  };
}

/** At its beginning, or where it was left. */
function startOf(opened: Extract<Opened, { kind: 'opened' }>, state: RunState): Carried {
  const { ref, object, allOrNothing = false, at } = opened;
  if (at !== undefined) state.addCounts(at.counts);
  return {
    ref,
    object,
    step: at === undefined ? 'fetch' : 'merge',
    reading: null,
    n: 0,
    round: at?.round ?? 0,
    due: at?.due ?? null,
    batches: at?.batches ?? [],
    complete: at?.complete ?? false,
    mode: at?.mode ?? 'apply',
    allOrNothing,
    progress: state.progress,
  };
}

/** A new attempt is to begin: a person has mended what stopped the last one. */
class StartOver extends Error {}

function startOver(error: unknown): null {
  if (error instanceof StartOver || isReset(error)) return null;
  throw error;
}

class Run {
  readonly #input: SyncRunInput;
  readonly #state: RunState;
  #ref: RunRef;

  constructor(input: SyncRunInput, state: RunState, ref: RunRef) {
    this.#input = input;
    this.#state = state;
    this.#ref = ref;
  }

  async go(from: Carried): Promise<RunSummary> {
    try {
      for (let at: Carried = from; ; at = await this.#reopen()) {
        const summary = await this.#attempt(at).catch(startOver);
        if (summary !== null) return summary;
      }
    } catch (error) {
      // Anything but a failure or a cancellation is a bug, or continue-as-new: neither ends the run.
      if (!(error instanceof TemporalFailure)) throw error;
      return await this.#abort(error);
    }
  }

  async #attempt(from: Carried): Promise<RunSummary> {
    let at = from;
    if (from.step === 'fetch') {
      at =
        this.#input.kind === 'repair'
          ? await this.#stageRepair(from)
          : await this.#readable(() => this.#stage(from).then((staged) => this.#seal(staged)));
    }
    for (;;) {
      if (at.step === 'merge') {
        at = await this.#merge(at);
        if (this.#input.dryRun === true) return this.#close('dry_run');
        at = await this.#gate(at);
      }
      at = await this.#deliver(at);
      const next = await this.#nextRound(at);
      if (next === null) return this.#checkpoint(at);
      at = next;
    }
  }

  /** Waits where a person can mend what went wrong, but not with one half of all or nothing in the CRM. */
  #mendable<T>({ allOrNothing = false, step, round }: Carried, work: () => Promise<T>): Promise<T> {
    const writing = step === 'deliver' || round > 0;
    return allOrNothing && writing ? work() : this.#state.mendable(this.#ref, work);
  }

  async #stage(at: Carried): Promise<Carried> {
    this.#state.enter('fetch');
    const stage = new Stage(this.#state, this.#ref, at.n);
    const reading = new Reading(at.reading ?? (await stage.plan(this.#input.reread === true)));
    await stage.read(reading, () => this.#isLong());
    const { n } = stage;
    if (!reading.done) await this.#carryOn({ ...at, reading: reading.state, n });
    return { ...at, reading: null, n };
  }

  /** Nothing is read: what the store and the CRM hold is compared. */
  async #stageRepair(at: Carried): Promise<Carried> {
    const { batches } = await this.#state.mendable(this.#ref, () =>
      call('stageRepair', { id: 'repair', summary: 'compare with the CRM' }, this.#ref),
    );
    return { ...at, step: 'merge', batches };
  }

  async #seal(at: Carried): Promise<Carried> {
    this.#state.enter('seal');
    const sealed = await call('seal', { id: 'seal', summary: 'seal: one winner for each key' }, this.#ref);
    this.#state.set({ counts: addCounts(NO_COUNTS, sealed.counts) });
    return { ...at, step: 'merge', n: 0, batches: sealed.batches, complete: sealed.complete };
  }

  async #merge(at: Carried): Promise<Carried> {
    this.#state.enter('merge');
    await this.#eachBatch({ ...at, verb: 'merge', window: MERGE_WINDOW }, async (batch) => {
      const stats = await this.#mendable(at, () =>
        call(
          'merge',
          { id: `merge-${batch.round}-${batch.n}`, summary: `merge batch ${batch.n}, round ${batch.round}` },
          batch,
        ),
      );
      const { conflicts = 0, drift = 0, accepted = 0, duplicates = 0 } = stats.counts;
      this.#state.addCounts({ conflicts, drift, accepted, duplicates });
    });
    return { ...at, n: 0 };
  }

  async #gate(at: Carried): Promise<Carried> {
    // What a rejected run would propose next is held too, without asking again.
    if (at.mode === 'hold') return { ...at, step: 'deliver', n: 0 };
    this.#state.enter('gate');
    const gate = await this.#mendable(at, () =>
      call('gate', { id: `gate-${at.round}`, summary: `gate, round ${at.round}` }, { ...this.#ref, round: at.round }),
    );
    const asked = this.#input.review === true && at.round === 0 ? ['a review was asked for'] : [];
    const tripped = [...asked, ...gate.tripped];
    const decision = await passGate(this.#state, { ref: this.#ref, round: at.round, gate: { ...gate, tripped } });
    if (decision === 'reject') log.info('rejected at the gate');
    // Who wanted no deletes does not get them in a later round that nobody was asked about.
    const mode = tripped.length === 0 && at.mode === 'no_deletes' ? at.mode : DELIVER_MODES[decision];
    return { ...at, step: 'deliver', n: 0, mode };
  }

  async #deliver(at: Carried): Promise<Carried> {
    this.#state.enter('deliver');
    await this.#eachBatch({ ...at, verb: 'deliver', window: DELIVER_WINDOW }, async (batch) => {
      const input = { ...batch, mode: at.mode };
      const done = await this.#mendable(at, () =>
        call(
          'deliver',
          { id: `deliver-${batch.round}-${batch.n}`, summary: `deliver batch ${batch.n}, round ${batch.round}` },
          input,
        ),
      );
      this.#state.addCounts(done);
    });
    return { ...at, n: 0 };
  }

  /** Claims that waited for a create or a parent, until a round brings nothing new. */
  async #nextRound(at: Carried): Promise<Carried | null> {
    const round = at.round + 1;
    // Whoever waits for a run that is carried on does what is due itself.
    if (round > MAX_ROUNDS || this.#input.dryRun === true || this.#input.carriesOn === true) return null;
    const staged = await this.#mendable(at, () =>
      call('stageRound', { id: `round-${round}`, summary: `stage round ${round}` }, { ...this.#ref, round }),
    );
    if (staged.claims === 0 || (at.due !== null && staged.claims >= at.due)) return null;
    return { ...at, step: 'merge', n: 0, round, due: staged.claims, batches: staged.batches };
  }

  async #checkpoint(at: Carried): Promise<RunSummary> {
    this.#state.enter('checkpoint');
    const input = { ...this.#ref, complete: at.complete, rejected: at.mode === 'hold' };
    const { counts, outcome, notices, overdue } = await this.#mendable(at, () =>
      call('checkpoint', { id: 'checkpoint', summary: 'checkpoint' }, input),
    );
    this.#note(notices.map((notice) => `${notice.code}: ${notice.message}`));
    if (overdue) await this.#remind();
    this.#state.end(outcome, counts);
    await replayAsked(this.#state);
    return summarise(this.#input.sync, outcome, counts);
  }

  #note(notes: readonly string[]): void {
    this.#state.set({ notes: [...this.#state.progress.notes, ...notes] });
  }

  /** The run is delivered: that nobody could be told does not change it. */
  async #remind(): Promise<void> {
    try {
      await call('remind', { id: 'remind', summary: 'remind the owners of quarantined records' }, this.#ref);
    } catch (error) {
      const problem = problemOf(error);
      if (problem === null) throw error;
      this.#note([`${problem.code}: ${problem.message}`]);
    }
  }

  async #close(outcome: 'dry_run'): Promise<RunSummary> {
    const { counts } = await this.#end(outcome);
    this.#state.end(outcome, counts);
    return summarise(this.#input.sync, outcome, counts);
  }

  #end(outcome: 'dry_run' | 'failed' | 'cancelled', error?: RunProblem): Promise<Closed> {
    return call(
      'closeRun',
      { id: 'close', summary: `close: ${outcome}` },
      { ref: this.#ref, outcome, ...(error === undefined ? {} : { error }) },
    );
  }

  async #abort(error: unknown): Promise<never> {
    const problem = problemOf(error);
    const undo = await CancellationScope.nonCancellable(() => this.#giveUp(problem));
    if (problem === null) throw error;
    const taken = undo === null ? '' : `; ${undo} has taken back what was delivered`;
    throw ApplicationFailure.nonRetryable(`${problem.message}${taken}`, problem.code);
  }

  /** Closes the run and, where it is all or nothing, takes back what it has delivered. @returns the undo's id */
  async #giveUp(problem: RunProblem | null): Promise<string | null> {
    const outcome = problem === null ? 'cancelled' : 'failed';
    const { undo = false, counts } = await this.#end(outcome, problem ?? undefined);
    if (undo) {
      this.#state.enter('compensate');
      this.#note([`${outcome} half way: what was delivered is taken back`]);
    }
    const by = undo ? await takeBack(this.#input.sync, this.#ref.runId) : null;
    this.#state.end(outcome, counts);
    return by;
  }

  /** What is sealed stays, unless it was delivered in part and is all or nothing. */
  async #reopen(): Promise<Carried> {
    const { phase } = this.#state.progress;
    const opened = await open(openingOf(this.#input, phase !== 'fetch' && phase !== 'seal'));
    if (opened.kind === 'skipped') throw ApplicationFailure.nonRetryable(opened.because, 'run.busy');
    this.#ref = opened.ref;
    this.#state.progress = newProgress(this.#input.sync, 'fetch');
    return startOf(opened, this.#state);
  }

  /** Before anything is sealed, mending may change what is read: then the attempt starts over. */
  async #readable<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (await this.#state.waitUntilMended(this.#ref, error)) throw new StartOver();
      throw error;
    }
  }

  /** Runs the batches of a round that are not done yet, a window at a time. */
  async #eachBatch(
    at: Carried & { readonly verb: 'merge' | 'deliver'; readonly window: number },
    work: (batch: RunRef & { readonly round: number; readonly n: number }) => Promise<void>,
  ): Promise<void> {
    const { verb, window: size, ...carried } = at;
    const window = new Window(size);
    const total = countIn(at.batches);
    let done = at.n;
    try {
      for (let next = at.n; next < total && !window.failed; next++) {
        await this.#state.unpaused();
        if (this.#isLong()) {
          await window.drain();
          await this.#carryOn({ ...carried, n: next });
        }
        const batch = { ...this.#ref, round: at.round, n: numberAt(at.batches, next) ?? 0 };
        this.#state.countBatches(verb, { done, total });
        await window.add(async () => {
          await work(batch);
          done++;
          this.#state.countBatches(verb, { done, total });
        });
      }
    } finally {
      await window.drain();
    }
  }

  #isLong(): boolean {
    const info = workflowInfo();
    return info.historyLength > MAX_EVENTS || info.continueAsNewSuggested;
  }

  #carryOn(at: Carried): Promise<never> {
    const carried: Carried = { ...at, ref: this.#ref, progress: this.#state.progress };
    return continueAsNew<typeof syncRun>({ ...this.#input, carried });
  }
}
