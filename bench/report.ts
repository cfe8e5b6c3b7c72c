// The figures of a measurement, for people and for programs.

import { table } from '../src/cli/output.ts';
import type { CpuSeconds } from './processes.ts';
import { median, round } from './figures.ts';

export interface FloorRun {
  readonly seconds: number;
  readonly cpu: CpuSeconds;
}

export type Job = 'full' | 'unchanged';

export interface JobRun extends FloorRun {
  readonly job: Job;
  /** Of the largest worker process, from its start to the end of the job. */
  readonly peakMb: number;
}

export interface Measured {
  /** Records in the export. */
  readonly rows: number;
  readonly floors: readonly FloorRun[];
  readonly jobs: readonly JobRun[];
}

const JOBS: readonly Job[] = ['full', 'unchanged'];

export interface JobFigures {
  /** The least of the repetitions, as is the floor that the ratio relates to. */
  readonly seconds: number;
  readonly records_per_s: number;
  readonly ratio_floor: number;
}

export interface BenchFigures {
  readonly jobs: Readonly<Record<string, JobFigures>>;
  readonly peak_memory_mb: number;
}

export function renderJson({ rows, floors, jobs }: Measured): BenchFigures {
  const floor = least(floors.map((run) => run.seconds));
  const figures = JOBS.map((job): [string, JobFigures] => {
    const seconds = least(jobs.filter((run) => run.job === job).map((run) => run.seconds));
    return [
      job,
      { seconds: round(seconds, 2), records_per_s: Math.round(rows / seconds), ratio_floor: round(seconds / floor, 3) },
    ];
  });
  return {
    jobs: Object.fromEntries(figures),
    peak_memory_mb: Math.round(Math.max(...jobs.map((run) => run.peakMb))),
  };
}

/** Seconds as least / median; CPU seconds are those of the least run. */
export function renderTable({ rows, floors, jobs }: Measured): string {
  const [floorLeast, floorMedian] = [least(floors.map((run) => run.seconds)), median(floors.map((run) => run.seconds))];
  const line = (name: string, runs: readonly FloorRun[], peakMb: number): (string | number)[] => {
    const all = runs.map((run) => run.seconds);
    const [low, mid] = [least(all), median(all)];
    const best = runs.find((run) => run.seconds === low)?.cpu;
    return [
      name,
      `${low.toFixed(2)} / ${mid.toFixed(2)}`,
      (best?.ours ?? 0).toFixed(1),
      (best?.postgres ?? 0).toFixed(1),
      (best?.temporal ?? 0).toFixed(1),
      peakMb === 0 ? '' : Math.round(peakMb),
      Math.round(rows / low),
      `${(low / floorLeast).toFixed(2)} / ${(mid / floorMedian).toFixed(2)}`,
    ];
  };
  const lines = JOBS.map((job) => {
    const runs = jobs.filter((run) => run.job === job);
    return line(job, runs, Math.max(...runs.map((run) => run.peakMb)));
  });
  return table(
    ['job', 'wall s', 'CPU s ours', 'CPU s PostgreSQL', 'CPU s Temporal', 'peak MB', 'records/s', 'ratio to floor'],
    [line('floor', floors, 0), ...lines],
  );
}

function least(values: readonly number[]): number {
  return Math.min(...values);
}
