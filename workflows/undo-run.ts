// The undo of a delivered run: a run of its own. Inverse change sets are planned newest first, then delivered in that order.

import { ApplicationFailure, CancellationScope, TemporalFailure, workflowInfo } from '@temporalio/workflow';
import { NO_COUNTS, type RunSummary } from '../src/domain/run.ts';
import type { DeliverMode } from '../src/steps/deliver.ts';
import type { RunRef } from '../src/steps/deps.ts';
import type { BatchPlace } from '../src/steps/compensate.ts';
import { call } from './activity-stubs.ts';
import { DELIVER_MODES, passGate } from './gate.ts';
import { newProgress, problemOf, RunState } from './run-state.ts';
import { summarise } from './sync-run.ts';

export interface UndoRunInput {
  readonly sync: string;
  /** The run to take back, by its id. */
  readonly run: string;
  readonly trigger?: string;
  /** Plan only; nothing is written. */
  readonly dryRun?: boolean;
  /** Wait at the gate before anything is written. */
  readonly review?: boolean;
}

export async function undoRun(input: UndoRunInput): Promise<RunSummary> {
  const { sync, run, trigger = 'manual', dryRun = false } = input;
  const state = new RunState(newProgress(sync, 'compensate'));
  const runId = workflowInfo().workflowId;
  const opened = await call(
    'openRun',
    { id: 'open', summary: `undo ${run}` },
    { runId, sync, kind: 'undo', trigger, dryRun, ofRun: run },
  );
  if (opened.kind === 'skipped') throw ApplicationFailure.nonRetryable(opened.because, 'run.busy');
  const { ref } = opened;
  try {
    const planned = await plan(state, ref);
    if (dryRun) return await close(state, { ref, sync }, 'dry_run');
    const mode = await gate(state, { ref, review: input.review === true });
    if (mode !== 'hold') await deliver(state, { ref, planned, mode });
    state.enter('checkpoint');
    const done = await call(
      'checkpoint',
      { id: 'checkpoint', summary: 'checkpoint' },
      { ...ref, complete: false, rejected: mode === 'hold' },
    );
    state.end(done.outcome, done.counts);
    return summarise(sync, done.outcome, done.counts);
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    const problem = problemOf(error);
    await CancellationScope.nonCancellable(() =>
      close(state, { ref, sync }, problem === null ? 'cancelled' : 'failed'),
    );
    throw problem === null ? error : ApplicationFailure.nonRetryable(problem.message, problem.code);
  }
}

async function plan(state: RunState, ref: RunRef): Promise<number> {
  state.enter('compensate');
  const places = await call('listUndo', { id: 'list', summary: 'list the delivered batches' }, ref);
  for (const [n, of] of places.entries()) {
    await state.unpaused();
    state.countBatches('compensate', { done: n, total: places.length });
    await compensate(state, { ref, n, of });
  }
  state.countBatches('compensate', { done: places.length, total: places.length });
  return places.length;
}

async function compensate(
  state: RunState,
  { ref, n, of }: { readonly ref: RunRef; readonly n: number; readonly of: BatchPlace },
): Promise<void> {
  await state.mendable(ref, () =>
    call(
      'compensate',
      { id: `compensate-${n}`, summary: `compensate batch ${of.n}, round ${of.round}` },
      { ...ref, round: 0, n, of },
    ),
  );
}

/** Whoever asks for an undo has decided; with `review` the inverse change sets wait to be looked at. */
async function gate(
  state: RunState,
  { ref, review }: { readonly ref: RunRef; readonly review: boolean },
): Promise<DeliverMode> {
  state.enter('gate');
  const evaluated = await call('gate', { id: 'gate-0', summary: 'gate' }, { ...ref, round: 0 });
  const tripped = review ? ['a review was asked for'] : evaluated.tripped;
  return DELIVER_MODES[await passGate(state, { ref, round: 0, gate: { ...evaluated, tripped } })];
}

async function deliver(
  state: RunState,
  { ref, planned, mode }: { readonly ref: RunRef; readonly planned: number; readonly mode: DeliverMode },
): Promise<void> {
  state.enter('deliver');
  for (let n = 0; n < planned; n++) {
    await state.unpaused();
    state.countBatches('deliver', { done: n, total: planned });
    const named = { id: `deliver-0-${n}`, summary: `deliver batch ${n}` };
    state.addCounts(await state.mendable(ref, () => call('deliver', named, { ...ref, round: 0, n, mode })));
  }
  state.countBatches('deliver', { done: planned, total: planned });
}

async function close(
  state: RunState,
  { ref, sync }: { readonly ref: RunRef; readonly sync: string },
  outcome: 'dry_run' | 'cancelled' | 'failed',
): Promise<RunSummary> {
  const { counts } = await call('closeRun', { id: 'close', summary: `close: ${outcome}` }, { ref, outcome });
  state.end(outcome, counts ?? NO_COUNTS);
  return summarise(sync, outcome, counts ?? NO_COUNTS);
}
