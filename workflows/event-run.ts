// One event run: a minute of a stream's events at most, as one run in `status`.
//
//   openEventRun ─► drainEvents (all verbs, batch by batch) ─► … ─► checkpoint
//                     ├─ large: fetch ─► transform ─► validate ─► seal ─► merge ─► gate ─► deliver ─► finish
//                     └─ gate: a person's decision ─► deliver ─► finish

import {
  ApplicationFailure,
  CancellationScope,
  TemporalFailure,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import { DELIVER_MODES, type RunSummary } from '../src/domain/run.ts';
import type { BatchRef, RunRef } from '../src/steps/deps.ts';
import type { Drained, DrainEnd } from '../src/steps/drain-events.ts';
import type { GateResult } from '../src/steps/gate.ts';
import { call, callForEvents } from './activity-stubs.ts';
import { passGate } from './gate.ts';
import { newProgress, problemOf, RunState } from './run-state.ts';
import { summarise } from './summary.ts';

export interface EventRunInput {
  readonly system: string;
  readonly stream: string;
}

export type EventRunSummary =
  | {
      readonly kind: 'ended';
      readonly summary: RunSummary;
      /** Events may be waiting: another run is to follow. */
      readonly more: boolean;
    }
  | { readonly kind: 'skipped'; readonly because: string };

const SYNC = defineSearchAttributeKey('SyncName', 'KEYWORD');
const OBJECT = defineSearchAttributeKey('SyncObject', 'KEYWORD');

/** A run gathers the events of so long; then its counts are final. */
const RUN_MS = 120_000;
/** While nothing comes it goes on listening for so long: waking it takes a tenth of a second. */
const IDLE_MS = 10_000;

export async function eventRun(input: EventRunInput): Promise<EventRunSummary> {
  const { system, stream } = input;
  const state = new RunState(newProgress(`${system}/${stream}`, 'fetch'));
  const named = { id: 'open', summary: `open events of ${system}/${stream}` };
  const opened = await call('openEventRun', named, { ...input, runId: workflowInfo().workflowId });
  if (opened.kind === 'settle') throw ApplicationFailure.nonRetryable(`undo ${opened.run} first`, 'run.busy');
  if (opened.kind === 'skipped') return { kind: 'skipped', because: opened.because };
  const { sync, object, ref } = opened;
  state.set({ sync });
  upsertSearchAttributes([
    { key: SYNC, value: sync },
    { key: OBJECT, value: object },
  ]);
  return new EventRun({ ...input, sync }, state, ref).go();
}

class EventRun {
  readonly #input: EventRunInput & { readonly sync: string };
  readonly #state: RunState;
  readonly #until = Date.now() + RUN_MS;
  #ref: RunRef;
  #calls = 0;

  constructor(input: EventRunInput & { readonly sync: string }, state: RunState, ref: RunRef) {
    this.#input = input;
    this.#state = state;
    this.#ref = ref;
  }

  async go(): Promise<EventRunSummary> {
    try {
      const { more, rejected } = await this.#drainAll();
      this.#state.enter('checkpoint');
      const input = { ...this.#ref, complete: false, rejected };
      const { counts, outcome } = await this.#mendable('checkpoint', () =>
        call('checkpoint', { id: `checkpoint-${++this.#calls}`, summary: 'checkpoint' }, input),
      );
      this.#state.end(outcome, counts);
      return { kind: 'ended', summary: summarise(this.#input.sync, outcome, counts), more };
    } catch (error) {
      // Anything but a failure or a cancellation is a bug: it does not end the run.
      if (!(error instanceof TemporalFailure)) throw error;
      const problem = problemOf(error);
      const outcome = problem === null ? 'cancelled' : 'failed';
      const { counts } = await CancellationScope.nonCancellable(() =>
        call(
          'closeRun',
          { id: 'close', summary: `close: ${outcome}` },
          {
            ref: this.#ref,
            outcome,
            ...(problem === null ? {} : { error: problem }),
          },
        ),
      );
      this.#state.end(outcome, counts);
      throw problem === null ? error : ApplicationFailure.nonRetryable(problem.message, problem.code);
    }
  }

  async #drainAll(): Promise<{ readonly more: boolean; readonly rejected: boolean }> {
    for (;;) {
      await this.#state.unpaused();
      const { end } = await this.#drain();
      if (end.kind === 'idle') return { more: false, rejected: false };
      if (end.kind === 'over') return { more: true, rejected: false };
      const rejected = await this.#handle(end);
      // After a decision what it covered is over: the next run begins anew.
      if (rejected !== null) return { more: true, rejected };
    }
  }

  /** @returns whether somebody said no; null where nobody was asked */
  async #handle(end: DrainEnd): Promise<boolean | null> {
    if (end.kind === 'gate') return this.#decide({ ...this.#ref, round: end.round, n: end.n }, end.gate);
    if (end.kind === 'large') return this.#large({ ...this.#ref, round: 0, n: end.n });
    return null;
  }

  async #drain(): Promise<Drained> {
    const drained = await this.#mendable('drain', () => {
      const named = { id: `drain-${++this.#calls}`, summary: `events of ${this.#input.system}/${this.#input.stream}` };
      const { system, stream } = this.#input;
      return callForEvents('drainEvents', named, { ...this.#ref, system, stream, until: this.#until, idleMs: IDLE_MS });
    });
    this.#ref = { ...this.#ref, epoch: drained.epoch };
    const { batches, events, records, counts, ms } = drained;
    this.#state.addCounts(counts);
    for (const verb of ['fetch', 'transform', 'validate'] as const) this.#state.countRecords(verb, records);
    this.#countBatches(batches);
    const times = Object.entries(ms).map(([verb, took]) => `${verb} ${took} ms`);
    if (batches > 0) this.#note(`${events} events in ${batches} batches: ${times.join(', ')}`);
    return drained;
  }

  #countBatches(more: number): void {
    for (const verb of ['merge', 'deliver'] as const) {
      const { done } = this.#state.progress.batches[verb];
      this.#state.countBatches(verb, { done: done + more, total: done + more });
    }
  }

  #note(note: string): void {
    this.#state.set({ notes: [...this.#state.progress.notes, note].slice(-20) });
  }

  /** A batch that is worth an activity for each verb. */
  async #large(batch: BatchRef): Promise<boolean | null> {
    const { read, kept } = await this.#verb('fetch', batch, { ...batch, range: 0, position: null });
    this.#state.countRecords('fetch', read);
    if (kept > 0) {
      this.#state.countRecords('transform', (await this.#verb('transform', batch, batch)).records);
      const { accepted, quarantined, filtered } = await this.#verb('validate', batch, batch);
      this.#state.countRecords('validate', accepted + quarantined + filtered);
    }
    const { claims } = await this.#verb('sealEvents', batch, batch);
    if (claims > 0) {
      const stats = await this.#verb('merge', batch, batch);
      const gate = await this.#verb('gateEvents', batch, { ...batch, stats });
      if (gate.tripped.length > 0) return this.#decide(batch, gate);
      this.#state.addCounts(await this.#verb('deliver', batch, { ...batch, mode: 'apply' }));
    }
    await this.#verb('finishEvents', batch, batch);
    this.#countBatches(1);
    return null;
  }

  async #decide(batch: BatchRef, gate: GateResult): Promise<boolean> {
    this.#state.enter('gate');
    const decision = await passGate(this.#state, { ref: this.#ref, round: batch.round, gate });
    this.#state.enter('deliver');
    const mode = DELIVER_MODES[decision];
    this.#state.addCounts(await this.#verb('deliver', batch, { ...batch, mode }));
    if (batch.round === 0) await this.#verb('finishEvents', batch, batch);
    this.#countBatches(1);
    return mode === 'hold';
  }

  #verb<Name extends Parameters<typeof callForEvents>[0]>(
    name: Name,
    { n }: BatchRef,
    input: Parameters<typeof callForEvents<Name>>[2],
  ): ReturnType<typeof callForEvents<Name>> {
    return this.#mendable(name, () =>
      callForEvents(name, { id: `${name}-${n}-${++this.#calls}`, summary: `${name} batch ${n}` }, input),
    );
  }

  #mendable<T>(_what: string, work: () => Promise<T>): Promise<T> {
    return this.#state.mendable(this.#ref, work);
  }
}
