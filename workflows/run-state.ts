// What a run knows of itself while it goes: progress, pauses, the gate's answer. Survives continue-as-new as plain data.

import {
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
import { renderDetails } from './details.ts';

const PHASE = defineSearchAttributeKey('SyncPhase', 'KEYWORD');
const OUTCOME = defineSearchAttributeKey('SyncOutcome', 'KEYWORD');
const QUARANTINED = defineSearchAttributeKey('SyncQuarantined', 'INT');

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
    setHandler(pauseSignal, (pause) => this.#pause(pause ?? {}));
    setHandler(resumeSignal, () => this.#resume());
    setHandler(decideSignal, (decide) => {
      this.#refused = this.#whyNot(decide);
      if (this.#refused === null) this.#decision = decide;
      this.show();
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

  enter(phase: Phase): void {
    this.set({ phase });
    upsertSearchAttributes([{ key: PHASE, value: phase }]);
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
    await this.#mended(problem);
    await this.#note(ref, null, this.progress.phase);
    return true;
  }

  /** For `status`. Several steps may stop at once: each note is an activity of its own. */
  async #note(ref: RunRef, error: RunProblem | null, phase: Phase): Promise<void> {
    const summary = error === null ? 'resumed' : error.code;
    await call('notePause', { id: `note-${++this.#notes}`, summary }, { ...ref, error, phase });
  }

  /** Waits for `resume` after an error that a person can mend. */
  async #mended(problem: RunProblem): Promise<void> {
    log.warn('run paused', { code: problem.code });
    upsertSearchAttributes([{ key: PHASE, value: 'paused' }]);
    this.set({ paused: problem });
    this.#pausedBy = {};
    await condition(() => this.#pausedBy === null);
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

  #pause(pause: Pause): void {
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
    if (!isDecide(decide))
      return 'a decision needs {"decision": "approve" | "reject" | "approve_without_deletes", "hash": "…", "by": "…"}';
    if (decide.hash.length < 8 || !gate.rootHash.startsWith(decide.hash))
      return `the decision is for other change sets than ${gate.rootHash.slice(0, 12)}`;
    return null;
  }
}

function isDecide(value: unknown): value is Decide {
  if (typeof value !== 'object' || value === null) return false;
  const { decision, hash, by } = value as Partial<Record<keyof Decide, unknown>>; // narrowed below
  const known = decision === 'approve' || decision === 'reject' || decision === 'approve_without_deletes';
  return known && typeof hash === 'string' && typeof by === 'string';
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
