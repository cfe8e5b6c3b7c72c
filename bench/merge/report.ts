// The figures of a measurement of merge and deliver, for people and for programs.

import { table } from '../../src/cli/output.ts';
import { type Job, JOBS, type Measured, type Repetition } from './repeat.ts';

/** Of the least of the repetitions, and of the median one. */
interface Figures {
  readonly seconds: number;
  readonly median_seconds: number;
  readonly cpu_us_ours: number;
  readonly cpu_us_postgres: number;
}

interface Aim {
  readonly name: string;
  readonly value: number;
  readonly median: number;
  readonly limit: number;
  readonly met: boolean;
}

/** Merging and delivering new records, in the floor's time; and what a delta takes of that. */
const FULL_LIMIT = 1.4;
const DELTA_LIMIT = 0.05;

export function renderJson(repetitions: readonly Repetition[]): object {
  return {
    jobs: Object.fromEntries(JOBS.map((job) => [job, figuresOf(repetitions, job)])),
    aims: aimsOf(repetitions),
  };
}

export function renderTable(repetitions: readonly Repetition[]): string {
  const rows = JOBS.map((job) => {
    const best = bestOf(repetitions, job);
    const {
      seconds,
      median_seconds: median,
      cpu_us_ours: ours,
      cpu_us_postgres: postgres,
    } = figuresOf(repetitions, job);
    const merge = job === 'floor' ? '' : best.mergeSeconds.toFixed(2);
    return [job, best.records, seconds.toFixed(2), median.toFixed(2), merge, ours.toFixed(1), postgres.toFixed(1)];
  });
  const aims = aimsOf(repetitions).map(({ name, value, median, limit, met }) => [
    name,
    value.toFixed(3),
    median.toFixed(3),
    String(limit),
    met ? 'met' : 'missed',
  ]);
  return [
    table(['job', 'records', 'wall s', 'median', 'of it merge', 'CPU µs ours', 'CPU µs PostgreSQL'], rows),
    '',
    table(['aim', 'ratio', 'median', 'at most', ''], aims),
  ].join('\n');
}

function figuresOf(repetitions: readonly Repetition[], job: Job): Figures {
  const best = bestOf(repetitions, job);
  return {
    seconds: round(best.seconds),
    median_seconds: round(medianOf(repetitions, job)),
    cpu_us_ours: round((best.cpuOurs * 1e6) / best.records),
    cpu_us_postgres: round((best.cpuPostgres * 1e6) / best.records),
  };
}

function aimsOf(repetitions: readonly Repetition[]): readonly Aim[] {
  const ratio = (name: string, [job, to]: readonly [Job, Job], limit: number): Aim => {
    const value = round(bestOf(repetitions, job).seconds / bestOf(repetitions, to).seconds);
    const median = round(medianOf(repetitions, job) / medianOf(repetitions, to));
    return { name, value, median, limit, met: value <= limit };
  };
  return [
    ratio('new records, to the floor', ['full', 'floor'], FULL_LIMIT),
    ratio('1 % changed, to all of them new', ['delta', 'full'], DELTA_LIMIT),
  ];
}

function bestOf(repetitions: readonly Repetition[], job: Job): Measured {
  const [first, ...others] = repetitions.map((one) => one[job]);
  if (first === undefined) throw new Error('nothing was measured');
  return others.reduce((best, one) => (one.seconds < best.seconds ? one : best), first);
}

function medianOf(repetitions: readonly Repetition[], job: Job): number {
  const sorted = repetitions.map((one) => one[job].seconds).toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return ((sorted[middle] ?? 0) + (sorted[sorted.length % 2 === 0 ? middle - 1 : middle] ?? 0)) / 2;
}

function round(value: number): number {
  return Number(value.toFixed(3));
}
