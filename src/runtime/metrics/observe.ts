// What activities say of a run, counted where they end: their results are all that is looked at.

import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import type { Queryable } from '../../postgres/client.ts';
import type { RunCounts } from '../../domain/run.ts';
import { findRun, type RunRow } from '../../store/runs.ts';
import type { Measure } from './meter.ts';

type Phase = 'fetch' | 'transform' | 'validate' | 'merge' | 'deliver' | 'compensate';
const PHASES: ReadonlySet<string> = new Set<Phase>([
  'fetch',
  'transform',
  'validate',
  'merge',
  'deliver',
  'compensate',
]);

const OUTCOMES: Readonly<Partial<Record<string, readonly (keyof RunCounts)[]>>> = {
  fetch: ['read', 'unchanged', 'quarantined', 'filtered'],
  validate: ['accepted', 'quarantined', 'filtered'],
  deliver: ['created', 'updated', 'deleted'],
};

/** Makes for each activity, by its name, what counts it when it succeeds. What cannot be counted fails nothing. */
export function observer({
  db,
  measure,
}: {
  readonly db: Queryable;
  readonly measure: Measure;
}): (name: string) => ActivityInboundCallsInterceptor {
  const syncs = new Map<number, Promise<string>>();
  const syncOf = (runNo: number): Promise<string> => {
    const known = syncs.get(runNo) ?? findRun(db, { no: runNo }).then((run) => run?.sync ?? '');
    if (syncs.size > MOST_RUNS) syncs.clear();
    syncs.set(runNo, known);
    known.catch(() => syncs.delete(runNo));
    return known;
  };
  return (name) => ({
    execute: async (input, next) => {
      const waited = name === 'recordDecision' ? await runIn(db, input.args[0]).catch(() => undefined) : undefined;
      const result: unknown = await next(input);
      const count = async (): Promise<void> => {
        const [given] = input.args;
        if (PHASES.has(name)) countPhase(measure, { phase: name, sync: await syncOf(runNoIn(given)), result });
        if (name === 'drainEvents') countDrained(measure, await syncOf(runNoIn(given)), result);
        if (name === 'checkpoint' || name === 'closeRun') countEnd(measure, await runIn(db, given));
        if (waited !== undefined) countDecision(measure, waited, given);
      };
      await count().catch(() => {});
      return result;
    },
  });
}

const MOST_RUNS = 100;

/** Activities get the run's reference as their input, or in it. */
function runNoIn(input: unknown): number {
  const { runNo, ref } = Object(input) as { readonly runNo?: unknown; readonly ref?: unknown }; // looked at below
  return typeof runNo === 'number' ? runNo : ref === undefined ? 0 : runNoIn(ref);
}

async function runIn(db: Queryable, input: unknown): Promise<RunRow | undefined> {
  return findRun(db, { no: runNoIn(input) });
}

function countPhase(
  measure: Measure,
  { phase, sync, result }: { readonly phase: string; readonly sync: string; readonly result: unknown },
): void {
  measure('tributary_batches_total', 1, { sync, phase });
  const counts = Object(result) as Readonly<Record<string, unknown>>; // numbers are looked for
  for (const outcome of OUTCOMES[phase] ?? []) {
    const count = counts[outcome];
    if (typeof count === 'number' && count > 0) measure('tributary_records_total', count, { sync, phase, outcome });
  }
  if (phase === 'fetch' && typeof counts['bytes'] === 'number')
    measure('tributary_read_bytes_total', counts['bytes'], { sync });
}

/** Batches of events go through all phases in one step. */
function countDrained(measure: Measure, sync: string, result: unknown): void {
  const { batches, records, counts } = Object(result) as Readonly<Record<string, unknown>>; // looked at below
  const delivered = { ...Object(counts), read: records } as Readonly<Record<string, unknown>>; // numbers are looked for
  for (const phase of ['fetch', 'validate', 'deliver']) {
    if (typeof batches === 'number' && batches > 0) measure('tributary_batches_total', batches, { sync, phase });
    for (const outcome of OUTCOMES[phase] ?? []) {
      const count = delivered[outcome];
      const isHere = outcome !== 'quarantined' || phase === 'validate';
      if (isHere && typeof count === 'number' && count > 0)
        measure('tributary_records_total', count, { sync, phase, outcome });
    }
  }
}

function countEnd(measure: Measure, run: RunRow | undefined): void {
  if (run?.outcome == null || run.endedAt === null) return;
  const labels = { sync: run.sync, outcome: run.outcome };
  measure('tributary_runs_total', 1, labels);
  measure('tributary_run_seconds', (run.endedAt.getTime() - run.startedAt.getTime()) / 1000, labels);
}

function countDecision(measure: Measure, { sync, phaseAt }: RunRow, input: unknown): void {
  const { decision } = Object(input) as { readonly decision?: unknown }; // the workflow's own
  const seconds = Math.max(0, (Date.now() - phaseAt.getTime()) / 1000);
  measure('tributary_gate_wait_seconds', seconds, { sync, decision: String(decision) });
}
