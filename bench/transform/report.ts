// The figures of the transform's measurement, for people and for programs.

import { table } from '../../src/cli/output.ts';
import { LANES, type LaneName } from './lanes.ts';
import { median, round } from '../figures.ts';

/** CPU of one run over all records, in microseconds a record. */
export interface LaneRun {
  readonly lane: LaneName;
  readonly micros: number;
}

export interface FieldCounts {
  readonly plain: number;
  readonly phone: number;
}

const AIMS: readonly { readonly lane: LaneName; readonly limit: number }[] = [
  { lane: 'transform_plain', limit: 10 },
  { lane: 'transform_phone', limit: 30 },
];

function titles({ plain, phone }: FieldCounts): Readonly<Record<LaneName, string>> {
  return {
    transform_plain: `transform, ${plain} fields without a telephone number`,
    transform_phone: `transform, ${phone} fields with one`,
    transform_validate: 'transform with one, and validate',
    validate: 'validate: types, required fields, rules',
    types: '  of it the types',
    types_zod: '  the types as one schema of zod',
    phone: 'a telephone number',
    phone_reference: '  by libphonenumber-js alone',
  };
}

export function renderTable(runs: readonly LaneRun[], fields: FieldCounts): string {
  const rows = figuresOf(runs).map(({ lane, min_us, median_us }) => [
    titles(fields)[lane],
    min_us.toFixed(2),
    median_us.toFixed(2),
  ]);
  const aims = aimsOf(runs).map(({ lane, value, limit, met }) => [
    titles(fields)[lane],
    value.toFixed(2),
    String(limit),
    met ? 'met' : 'missed',
  ]);
  return [table(['what', 'µs CPU a record', 'median'], rows), '', table(['aim', 'µs', 'at most', ''], aims)].join('\n');
}

export function renderJson(runs: readonly LaneRun[]): object {
  return { lanes: figuresOf(runs), aims: aimsOf(runs) };
}

function figuresOf(
  runs: readonly LaneRun[],
): readonly { readonly lane: LaneName; readonly min_us: number; readonly median_us: number }[] {
  return LANES.map((lane) => ({
    lane,
    min_us: round(least(runs, lane), 3),
    median_us: round(median(microsOf(runs, lane)), 3),
  }));
}

function aimsOf(
  runs: readonly LaneRun[],
): readonly { readonly lane: LaneName; readonly value: number; readonly limit: number; readonly met: boolean }[] {
  return AIMS.map(({ lane, limit }) => {
    const value = round(least(runs, lane), 3);
    return { lane, value, limit, met: value <= limit };
  });
}

function least(runs: readonly LaneRun[], lane: LaneName): number {
  return Math.min(...microsOf(runs, lane));
}

function microsOf(runs: readonly LaneRun[], lane: LaneName): readonly number[] {
  return runs.filter((run) => run.lane === lane).map(({ micros }) => micros);
}
