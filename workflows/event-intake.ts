// The intake of one stream of events: woken without a payload, it runs the stream's events until none are left, and ends.
//
//   wake ─► eventRun ─► … ─► nothing new ─► end         events (signal) ─► inbox, at once ─► as woken
//
// One intake for each stream, by its id; one event run at a time. What it is told while a run goes on counts for one more.

import {
  allHandlersFinished,
  CancellationScope,
  ChildWorkflowFailure,
  condition,
  continueAsNew,
  executeChild,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  sleep,
  ApplicationFailure,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { SignalledEvent } from '../src/steps/append-signalled.ts';
import { callForEvents } from './activity-stubs.ts';
import { type EventRunSummary, eventRun } from './event-run.ts';
import { awaitEventsUpdate, eventsSignal, intakeQuery, type IntakeView, wakeSignal } from './messages.ts';
import { signalledEvents } from './signalled-events.ts';

export interface EventIntakeInput {
  readonly system: string;
  readonly stream: string;
  /** Set by continue-as-new only. */
  readonly carried?: Pick<IntakeView, 'runs' | 'signalled' | 'refused' | 'lastRefusal'>;
}

/** At about this many events an intake goes on under a new history, where nobody waits for an answer; at most at this many. */
const MAX_EVENTS = 1_500;
const MOST_EVENTS = 10_000;
/** After a run that failed, or while somebody has paused the sync. */
const AGAIN_MS = 30_000;
const MAX_AWAITED = 100;
const MAX_WAIT_MS = 60_000;

export async function eventIntake(input: EventIntakeInput): Promise<IntakeView> {
  const { system, stream } = input ?? {}; // who starts it may be another system
  if (typeof system !== 'string' || typeof stream !== 'string')
    throw ApplicationFailure.nonRetryable('expected {"system": "…", "stream": "…"}', 'config.usage');
  const intake = new Intake(input);
  try {
    return await intake.go();
  } finally {
    // Also when it is cancelled: what was signalled until then becomes durable.
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  }
}

interface Signalled {
  /** Tells the signal from all others: a retry must not append it once more. */
  readonly id: string;
  readonly events: readonly SignalledEvent[];
}

class Intake {
  readonly #input: EventIntakeInput;
  readonly #signalled: Signalled[] = [];
  #view: IntakeView;
  #woken = true;
  #calls = 0;

  constructor(input: EventIntakeInput) {
    const { system, stream, carried } = input;
    this.#input = input;
    const none = { runs: 0, signalled: 0, refused: 0, lastRefusal: null };
    this.#view = { system, stream, run: null, waits: null, ...none, ...carried };
    setHandler(wakeSignal, () => {
      this.#woken = true;
    });
    setHandler(eventsSignal, (payload) => this.#take(payload));
    setHandler(intakeQuery, () => this.#view);
    setHandler(
      awaitEventsUpdate,
      ({ ids, waitMs }) => {
        this.#woken ||= this.#view.run === null;
        const named = { id: `await-${++this.#calls}`, summary: `wait for ${ids.length} events` };
        return callForEvents('awaitEvents', named, { ids, waitMs });
      },
      { validator: refuseAwait },
    );
    this.#set({});
  }

  async go(): Promise<IntakeView> {
    for (;;) {
      // Whoever waits for events that are not done yet must not keep others from being run.
      await condition(() => this.#woken || allHandlersFinished());
      if (!this.#woken) return this.#view;
      this.#woken = false;
      await this.#run();
      const { historyLength, continueAsNewSuggested } = workflowInfo();
      if (historyLength > MAX_EVENTS || continueAsNewSuggested) await this.#carryOn();
    }
  }

  async #carryOn(): Promise<void> {
    await condition(() => allHandlersFinished() || (this.#woken && workflowInfo().historyLength < MOST_EVENTS));
    if (!allHandlersFinished()) return; // comes to it again
    const { runs, signalled, refused, lastRefusal } = this.#view;
    const { system, stream } = this.#input;
    await continueAsNew<typeof eventIntake>({ system, stream, carried: { runs, signalled, refused, lastRefusal } });
  }

  async #take(payload: unknown): Promise<void> {
    const events = signalledEvents(payload);
    if (typeof events === 'string') {
      log.warn('signal refused', { because: events });
      this.#set({ refused: this.#view.refused + 1, lastRefusal: events });
      return;
    }
    const signal = { id: uuid4(), events };
    this.#signalled.push(signal);
    await condition(() => this.#signalled[0] === signal); // the inbox keeps their order
    await CancellationScope.nonCancellable(() => this.#append(signal));
    this.#signalled.shift();
  }

  /** Into the inbox: a run that is open hears of it there, otherwise one follows. */
  async #append({ id, events }: Signalled): Promise<void> {
    const { system, stream } = this.#input;
    const named = { id: `append-${++this.#calls}`, summary: `${events.length} events by signal` };
    const done = await callForEvents('appendSignalled', named, { system, stream, events, signal: id });
    this.#woken = true;
    this.#set({
      signalled: this.#view.signalled + done.added,
      refused: this.#view.refused + done.refused,
      ...(done.refused === 0 ? {} : { lastRefusal: 'an event is larger than 1 MB' }),
    });
  }

  async #run(): Promise<void> {
    const { system, stream } = this.#input;
    const run = `events-${system}-${stream}-${stamp()}`;
    this.#set({ run, runs: this.#view.runs + 1, waits: null });
    const summary = await this.#child(run);
    this.#set({ run: null });
    if (summary.kind === 'ended') this.#woken ||= summary.more;
    else await this.#waitAgain(summary.because);
  }

  async #child(workflowId: string): Promise<EventRunSummary> {
    const { system, stream } = this.#input;
    try {
      return await executeChild(eventRun, {
        workflowId,
        args: [{ system, stream }],
        staticSummary: `events of ${system}/${stream}`,
        parentClosePolicy: 'REQUEST_CANCEL',
        cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      });
    } catch (error) {
      if (!(error instanceof ChildWorkflowFailure) || isCancellation(error)) throw error;
      return { kind: 'skipped', because: error.cause?.message ?? error.message };
    }
  }

  /** What cannot go on now is tried again, however often somebody wakes the intake meanwhile. */
  async #waitAgain(because: string): Promise<void> {
    log.warn('events wait', { because });
    this.#set({ waits: because });
    await sleep(AGAIN_MS);
    this.#woken = true;
  }

  #set(change: Partial<IntakeView>): void {
    this.#view = { ...this.#view, ...change };
    setCurrentDetails(render(this.#view));
  }
}

/** By the workflow's own clock: the same on every replay. */
function stamp(): string {
  const now = new Date().toISOString().replace(/[-:]|\..*/g, '');
  return `${now}-${uuid4().slice(0, 4)}`;
}

function refuseAwait(input: unknown): void {
  const { ids, waitMs } = (input ?? {}) as { readonly ids?: unknown; readonly waitMs?: unknown }; // checked below
  const right =
    Array.isArray(ids) &&
    ids.length <= MAX_AWAITED &&
    ids.every((id) => Number.isSafeInteger(id)) &&
    typeof waitMs === 'number' &&
    waitMs >= 0 &&
    waitMs <= MAX_WAIT_MS;
  if (!right)
    throw ApplicationFailure.nonRetryable(
      'expected {"ids": [at most 100 numbers], "waitMs": up to 60000}',
      'config.usage',
    );
}

function render({ system, stream, run, runs, signalled, refused, lastRefusal, waits }: IntakeView): string {
  const lines = [`**${system}/${stream}**: ${run === null ? 'no event run is open' : `event run \`${run}\``}`, ''];
  if (waits !== null) lines.push(`**Events wait:** ${waits}. It is tried again every 30 seconds.`, '');
  lines.push('| | |', '|---|---|', `| event runs | ${runs} |`, `| events by signal | ${signalled} |`);
  if (refused > 0) lines.push(`| signals refused | ${refused} |`, '', `Last refusal: ${lastRefusal ?? ''}`);
  return lines.join('\n');
}
