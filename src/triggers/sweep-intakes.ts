// The sweep: every half minute, and at start, intakes are woken for events that a crash has stranded.

import type { Pool } from '../postgres/client.ts';
import { strandedStreams } from '../store/inbox-take.ts';
import { intakeId, type IntakeWaker } from './wake-intake.ts';

const EVERY_MS = 30_000;
/** Younger ones are on their way. */
const STRANDED_MS = 2_000;

export interface SweepOptions {
  readonly pool: Pool;
  readonly waker: IntakeWaker;
  /** Whether a workflow is open: an intake that is looks itself. */
  readonly isOpen: (workflowId: string) => Promise<boolean>;
}

/** Resolves when the signal has ended it. Trouble with a server passes: the next sweep tries again. */
export async function sweepIntakes(options: SweepOptions, signal: AbortSignal, everyMs = EVERY_MS): Promise<void> {
  while (!signal.aborted) {
    await sweep(options).catch(() => {});
    await pause(everyMs, signal);
  }
}

async function sweep({ pool, waker, isOpen }: SweepOptions): Promise<void> {
  for (const stream of await strandedStreams(pool, STRANDED_MS)) {
    if (!(await isOpen(intakeId(stream)))) await waker.wake(stream);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
