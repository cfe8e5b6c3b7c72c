// What a run knows of itself while it goes: progress, pauses, the gate's answer. Survives continue-as-new as plain data.

import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  TemporalFailure,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import { ERRORS, isErrorCode } from '../src/domain/errors.ts';
import { addCounts, NO_COUNTS, type Phase, type RunCounts } from '../src/domain/run.ts';
import {
  type Decide,
  decideSignal,
  decideUpdate,
  type GateView,
  type Pause,
  pauseSignal,
  type Progress,
  progressQuery,
  resumeSignal,
  type VerbProgress,
} from './messages.ts';
import type { RunRef } from '../src/steps/deps.ts';
import { call } from './activity-stubs.ts';
import { asPause, asRetry, DECIDE_FORM, isDecide, PAUSE_FORM, RETRY_FORM } from './asked.ts';
import { renderDetails } from './details.ts';

const PHASE = defineSearchAttributeKey('SyncPhase', 'KEYWORD');
const OUTCOME = defineSearchAttributeKey('SyncOutcome', 'KEYWORD');
const QUARANTINED = defineSearchAttributeKey('SyncQuarantined', 'INT');

/** So long until a step that made no progress is tried again by itself. */
const STALLED_FOR = '10m';

export interface RunProblem {
  readonly code: string;
  readonly message: string;
}

/** An expected failure that a person can mend: the run waits for `resume`. Everything else ends it. */
export function pausableProblem(error: unknown): RunProblem | null {
  if (!(error instanceof TemporalFailure)) return null;
  const problem = problemOf(error);
  if (problem === null || !isErrorCode(problem.code)) return null;
  const { disposition } = ERRORS[problem.code];
  return disposition === 'pause' || disposition === 'bug' || problem.code.startsWith('config.') ? problem : null;
}

/** Which activity failed, by its id. */
function activityOf(error: unknown): string | undefined {
  return error instanceof ActivityFailure ? error.activityId : undefined;
}

/** The code and message of an activity's failure; null for a cancellation. */
export function problemOf(error: unknown): RunProblem | null {
  if (isCancellation(error)) return null;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ApplicationFailure) return { code: cause.type ?? 'internal.bug', message: cause.message };
  }
  return { code: 'internal.bug', message: error instanceof Error ? error.message : String(error) };
}

export class RunState {
  progress: Progress;
  #pausedBy: Pause | null = null;
  #decision: Decide | null = null;
  #refused: string | null = null;
  #notes = 0;

  constructor(progress: Progress) {
    this.progress = progress;
    // A pause that came just before continue-as-new still holds.
    if (progress.paused !== null) this.#pausedBy = {};
    setHandler(progressQuery, () => this.progress);
    setHandler(pauseSignal, (pause) => this.#pause(pause));
    setHandler(resumeSignal, () => this.#resume());
    setHandler(decideSignal, (decide) => {
      const why = this.#whyNot(decide);
      if (why === null) this.#decision = decide;
      this.#refuse(why === null ? null : `Decision not applied: ${why}`);
    });
    setHandler(
      decideUpdate,
      (decide) => {
        this.#decision = decide;
        return { accepted: true };
      },
      {
        validator: (decide) => {
          const why = this.#whyNot(decide);
          if (why !== null)
            throw ApplicationFailure.nonRetryable(why, this.progress.gate === null ? 'gate.not_waiting' : 'gate.hash');
        },
      },
    );
    this.show();
  }

  set(change: Partial<Progress>): void {
    this.progress = { ...this.progress, ...change };
    this.show();
  }

  /** What is quarantined by then can be searched for while the run still goes. */
  enter(phase: Phase): void {
    this.set({ phase });
    const { quarantined } = this.progress.counts;
    upsertSearchAttributes([
      { key: PHASE, value: phase },
      ...(quarantined === 0 ? [] : [{ key: QUARANTINED, value: quarantined }]),
    ]);
  }

  /** The run is asked to have quarantined records replayed once it has ended. */
  askRetry(asked: unknown): void {
    const retry = asRetry(asked);
    if (retry !== null) this.set({ retry });
    this.#refuse(retry === null ? `Signal retryQuarantined not applied: ${RETRY_FORM}` : null);
  }

  #refuse(why: string | null): void {
    this.#refused = why;
    this.show();
  }

  countFetched(fetched: {
    readonly read: number;
    readonly unchanged: number;
    readonly quarantined: number;
    readonly filtered: number;
    readonly bytes: number;
  }): void {
    const { read, unchanged, quarantined, filtered, bytes } = fetched;
    this.countRecords('fetch', read);
    this.addCounts({ read, unchanged, quarantined, filtered });
    const { done, total } = this.progress.bytes;
    this.set({ bytes: { done: done + bytes, total } });
  }

  countLanes({ fast, reference }: Progress['lanes']): void {
    const { lanes } = this.progress;
    this.set({ lanes: { fast: lanes.fast + fast, reference: lanes.reference + reference } });
  }

  countRecords(verb: 'fetch' | 'transform' | 'validate', count: number): void {
    const { records } = this.progress;
    this.set({ records: { ...records, [verb]: records[verb] + count } });
  }

  countBatches(verb: 'merge' | 'deliver' | 'compensate', progress: VerbProgress): void {
    this.set({ batches: { ...this.progress.batches, [verb]: progress } });
  }

  addCounts(more: Partial<RunCounts>): void {
    this.set({ counts: addCounts(this.progress.counts, more) });
  }

  end(outcome: string, counts: RunCounts): void {
    this.set({ phase: 'ended', counts });
    upsertSearchAttributes([
      { key: PHASE, value: 'ended' },
      { key: OUTCOME, value: outcome },
      { key: QUARANTINED, value: counts.quarantined },
    ]);
  }

  show(): void {
    setCurrentDetails(renderDetails(this.progress, this.#refused));
  }

  /** Between batches: waits here while a person has paused the run. */
  async unpaused(): Promise<void> {
    if (this.#pausedBy === null) return;
    await condition(() => this.#pausedBy === null);
  }

  get pausedByPerson(): boolean {
    return this.#pausedBy !== null;
  }

  /** Runs a step that may be run again; after an error that a person can mend it waits for `resume`, then tries again. */
  async mendable<T>(ref: RunRef, step: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await step();
      } catch (error) {
        if (!(await this.waitUntilMended(ref, error))) throw error;
      }
    }
  }

  /** @returns false at once when a person cannot mend it, true after `resume` */
  async waitUntilMended(ref: RunRef, error: unknown): Promise<boolean> {
    const problem = pausableProblem(error);
    if (problem === null) return false;
    await this.#note(ref, problem, 'paused');
    await this.#mended(problem, activityOf(error));
    await this.#note(ref, null, this.progress.phase);
    return true;
  }

  /** For `status`. Several steps may stop at once: each note is an activity of its own. */
  async #note(ref: RunRef, error: RunProblem | null, phase: Phase): Promise<void> {
    const summary = error === null ? 'resumed' : error.code;
    await call('notePause', { id: `note-${++this.#notes}`, summary }, { ...ref, error, phase });
  }

  /** Waits for `resume` after an error that a person can mend. What stalls may also come right by itself. */
  async #mended(problem: RunProblem, activity: string | undefined): Promise<void> {
    log.warn('run paused', { code: problem.code });
    upsertSearchAttributes([{ key: PHASE, value: 'paused' }]);
    this.set({ paused: { ...problem, ...(activity === undefined ? {} : { activity }) } });
    this.#pausedBy = {};
    const resumed = (): boolean => this.#pausedBy === null;
    if (problem.code !== 'run.stalled') await condition(resumed);
    else if (!(await condition(resumed, STALLED_FOR))) this.#pausedBy = null;
    this.set({ paused: null });
    upsertSearchAttributes([{ key: PHASE, value: this.progress.phase }]);
  }

  /** Waits for the gate's answer; null when it expires. */
  async decided(gate: GateView, expiresMs: number): Promise<Decide | null> {
    this.#decision = null;
    this.set({ gate });
    const answered = await condition(() => this.#decision !== null, expiresMs);
    const decision: Decide | null = this.#decision;
    this.#refused = null;
    this.set({ gate: null });
    return answered ? decision : null;
  }

  #pause(asked: unknown): void {
    const pause = asPause(asked);
    this.#refuse(pause === null ? `Signal pause not applied: ${PAUSE_FORM}` : null);
    if (pause === null) return;
    this.#pausedBy = pause;
    this.set({
      paused: {
        code: null,
        message: `paused by ${pause.by ?? 'somebody'}${pause.note === undefined ? '' : `: ${pause.note}`}`,
      },
    });
  }

  #resume(): void {
    this.#pausedBy = null;
    this.set({ paused: null });
  }

  /** Why a decision is not applied; null when it is. Signals come from forms: every shape must be survived. */
  #whyNot(decide: unknown): string | null {
    const { gate } = this.progress;
    if (gate === null) return 'the run is not waiting at the gate';
    if (!isDecide(decide)) return DECIDE_FORM;
    if (decide.hash.length < 8 || !gate.rootHash.startsWith(decide.hash))
      return `the decision is for other change sets than ${gate.rootHash.slice(0, 12)}`;
    return null;
  }
}

export function newProgress(sync: string, phase: Phase): Progress {
  const none = { done: 0, total: null };
  return {
    sync,
    phase,
    paused: null,
    gate: null,
    bytes: none,
    records: { fetch: 0, transform: 0, validate: 0 },
    batches: { merge: none, deliver: none, compensate: none },
    lanes: { fast: 0, reference: 0 },
    counts: NO_COUNTS,
    notes: [],
  };
}
