// The undo of a delivered run: a run of its own. Inverse change sets are planned newest first, then delivered in that order.
//
//   openRun ─► listUndo ─► compensate* ─► gate ─► deliver* ─► checkpoint
//
// Every batch is a step of its own, so that a worker that dies is nothing to the undo; past about 1,500 events it goes on
// under a new history.

import {
  ApplicationFailure,
  CancellationScope,
  continueAsNew,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { DELIVER_MODES, type RunSummary } from '../src/domain/run.ts';
import { batchFromEnd, countIn, type RoundBatches } from '../src/domain/spans.ts';
import type { DeliverMode } from '../src/steps/deliver.ts';
import type { RunRef } from '../src/steps/deps.ts';
import { call } from './activity-stubs.ts';
import { passGate } from './gate.ts';
import type { Progress } from './messages.ts';
import { continuation, isReset, open } from './open.ts';
import { newProgress, problemOf, RunState } from './run-state.ts';
import { summarise } from './summary.ts';

export interface UndoRunInput {
  readonly sync: string;
  /** The run to take back, by its id. */
  readonly run: string;
  readonly trigger?: string;
  /** Plan only; nothing is written. */
  readonly dryRun?: boolean;
  /** Wait at the gate before anything is written. */
  readonly review?: boolean;
  /** Only what was delivered in part is brought to its end: set by the next run of the sync. */
  readonly carriesOn?: boolean;
  /** Set by continue-as-new only. */
  readonly carried?: Carried;
}

/** Where an undo stands between two batches. */
interface Carried {
  readonly ref: RunRef;
  readonly step: 'compensate' | 'deliver';
  /** The next batch. */
  readonly n: number;
  readonly mode: DeliverMode;
  readonly progress: Progress;
}

/** At about this many events an undo goes on under a new history. */
const MAX_EVENTS = 1_500;

export async function undoRun(input: UndoRunInput): Promise<RunSummary> {
  const { carried } = input;
  const state = new RunState(carried?.progress ?? newProgress(input.sync, 'compensate'));
  if (carried !== undefined) {
    const ref = { ...carried.ref, ...continuation() };
    return new Undo(input, state, ref).go({ ...carried, ref });
  }
  const ref = await openUndo(input);
  return new Undo(input, state, ref).go(startOf(ref, state));
}

function startOf(ref: RunRef, { progress }: RunState): Carried {
  return { ref, step: 'compensate', n: 0, mode: 'apply', progress };
}

/** What it has planned stays. */
async function openUndo(input: UndoRunInput): Promise<RunRef> {
  const { sync, run, trigger = 'manual', dryRun = false, carriesOn = false } = input;
  const undo = {
    runId: workflowInfo().workflowId,
    sync,
    kind: 'undo',
    trigger,
    dryRun,
    ofRun: run,
    keep: true,
  } as const;
  const opened = await open(carriesOn ? { ...undo, carriesOn } : undo);
  if (opened.kind === 'skipped') throw ApplicationFailure.nonRetryable(opened.because, 'run.busy');
  return opened.ref;
}

class Undo {
  readonly #input: UndoRunInput;
  readonly #state: RunState;
  #ref: RunRef;

  constructor(input: UndoRunInput, state: RunState, ref: RunRef) {
    this.#input = input;
    this.#state = state;
    this.#ref = ref;
  }

  async go(from: Carried): Promise<RunSummary> {
    try {
      for (let at = from; ; at = await this.#reopen()) {
        const summary = await this.#all(at).catch(onReset);
        if (summary !== null) return summary;
      }
    } catch (error) {
      // Anything but a failure or a cancellation is a bug, or continue-as-new: neither ends the run.
      if (!(error instanceof TemporalFailure)) throw error;
      const problem = problemOf(error);
      await CancellationScope.nonCancellable(() => this.#close(problem === null ? 'cancelled' : 'failed'));
      throw problem === null ? error : ApplicationFailure.nonRetryable(problem.message, problem.code);
    }
  }

  async #all(from: Carried): Promise<RunSummary> {
    const named = { id: 'list', summary: 'list the delivered batches' };
    const rounds = await call('listUndo', named, this.#ref);
    const total = rounds.reduce((sum, { batches }) => sum + countIn(batches), 0);
    let at = from;
    if (at.step === 'compensate') {
      await this.#plan(at, { rounds, total });
      if (this.#input.dryRun === true) return await this.#close('dry_run');
      at = { ...at, step: 'deliver', n: 0, mode: await this.#gate() };
    }
    if (at.mode !== 'hold') await this.#deliver(at, total);
    this.#state.enter('checkpoint');
    const ended = { ...this.#ref, complete: false, rejected: at.mode === 'hold' };
    const done = await call('checkpoint', { id: 'checkpoint', summary: 'checkpoint' }, ended);
    this.#state.end(done.outcome, done.counts);
    return summarise(this.#input.sync, done.outcome, done.counts);
  }

  async #reopen(): Promise<Carried> {
    this.#ref = await openUndo(this.#input);
    this.#state.progress = newProgress(this.#input.sync, 'compensate');
    return startOf(this.#ref, this.#state);
  }

  async #plan(
    at: Carried,
    { rounds, total }: { readonly rounds: readonly RoundBatches[]; readonly total: number },
  ): Promise<void> {
    this.#state.enter('compensate');
    await this.#each('compensate', { at, total }, async (n) => {
      const of = batchFromEnd(rounds, n) ?? { round: 0, n };
      const named = { id: `compensate-${n}`, summary: `compensate batch ${of.n}, round ${of.round}` };
      await call('compensate', named, { ...this.#ref, round: 0, n, of });
    });
  }

  /** Whoever asks for an undo has decided; with `review` the inverse change sets wait to be looked at. */
  async #gate(): Promise<DeliverMode> {
    this.#state.enter('gate');
    const evaluated = await call('gate', { id: 'gate-0', summary: 'gate' }, { ...this.#ref, round: 0 });
    const tripped = this.#input.review === true ? ['a review was asked for'] : evaluated.tripped;
    const gate = { ...evaluated, tripped };
    return DELIVER_MODES[await passGate(this.#state, { ref: this.#ref, round: 0, gate })];
  }

  async #deliver(at: Carried, total: number): Promise<void> {
    this.#state.enter('deliver');
    await this.#each('deliver', { at, total }, async (n) => {
      const named = { id: `deliver-0-${n}`, summary: `deliver batch ${n}` };
      this.#state.addCounts(await call('deliver', named, { ...this.#ref, round: 0, n, mode: at.mode }));
    });
  }

  /** One batch after the other: the newest writes are taken back first. */
  async #each(
    verb: 'compensate' | 'deliver',
    { at, total }: { readonly at: Carried; readonly total: number },
    work: (n: number) => Promise<void>,
  ): Promise<void> {
    for (let n = at.n; n < total; n++) {
      await this.#state.unpaused();
      this.#state.countBatches(verb, { done: n, total });
      if (isLong()) await this.#carryOn({ ...at, n });
      await this.#state.mendable(this.#ref, () => work(n));
    }
    this.#state.countBatches(verb, { done: total, total });
  }

  #carryOn(at: Carried): Promise<never> {
    const carried: Carried = { ...at, ref: this.#ref, progress: this.#state.progress };
    return continueAsNew<typeof undoRun>({ ...this.#input, carried });
  }

  async #close(outcome: 'dry_run' | 'cancelled' | 'failed'): Promise<RunSummary> {
    const { counts } = await call(
      'closeRun',
      { id: 'close', summary: `close: ${outcome}` },
      { ref: this.#ref, outcome },
    );
    this.#state.end(outcome, counts);
    return summarise(this.#input.sync, outcome, counts);
  }
}

/** The workflow was reset: the store says what is planned and delivered already. */
function onReset(error: unknown): null {
  if (isReset(error)) return null;
  throw error;
}

function isLong(): boolean {
  const info = workflowInfo();
  return info.historyLength > MAX_EVENTS || info.continueAsNewSuggested;
}
