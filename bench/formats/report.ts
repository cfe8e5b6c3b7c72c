// The figures of the formats' measurement, for people and for programs.

import type { Format } from '../../src/domain/definition.ts';
import { table } from '../../src/cli/output.ts';
import type { LaneName } from './lanes.ts';
import { median, round } from '../figures.ts';

/** CPU of one run over the document, in microseconds a record. */
export interface LaneRun {
  readonly format: Format;
  readonly lane: LaneName;
  readonly micros: number;
  /** Of the fast lane: how much of the records it took. */
  readonly share?: number;
}

export interface Aim {
  readonly aim: string;
  readonly value: number;
  readonly limit: number;
  readonly met: boolean;
}

const TITLES: Readonly<Record<LaneName, string>> = {
  framing: 'framing',
  fingerprint: 'framing + fingerprint',
  fast: 'decoding, fast lane',
  reference: 'decoding, reference lane',
  read: 'framing + fingerprint + fast lane',
  'csv-parse': 'csv-parse, whole file',
  papaparse: 'papaparse, whole file',
  'JSON.parse': 'JSON.parse',
  'fast-xml-parser': 'fast-xml-parser, whole file',
};

const FRAMING_LIMIT = 1.5;
/** How many times faster than the parser our whole read has to be. */
const FACTORS: readonly { readonly format: Format; readonly rival: LaneName; readonly factor: number }[] = [
  { format: 'csv', rival: 'csv-parse', factor: 5 },
  { format: 'xml', rival: 'fast-xml-parser', factor: 8 },
];

export function aimsOf(runs: readonly LaneRun[]): readonly Aim[] {
  const least = (format: Format, lane: LaneName): number => Math.min(...microsOf(runs, format, lane));
  const framing = formatsOf(runs).map((format) => {
    const value = least(format, 'fingerprint');
    return { aim: `${format}: framing + fingerprint, µs`, value, limit: FRAMING_LIMIT, met: value <= FRAMING_LIMIT };
  });
  const factors = FACTORS.filter(({ format }) => formatsOf(runs).includes(format)).map(({ format, rival, factor }) => {
    const value = least(format, rival) / least(format, 'read');
    return { aim: `${format}: whole read, times faster than ${rival}`, value, limit: factor, met: value >= factor };
  });
  return [...framing, ...factors];
}

export function renderTable(runs: readonly LaneRun[]): string {
  const rows = lanesOf(runs).map(({ format, lane }) => {
    const all = microsOf(runs, format, lane);
    const read = Math.min(...microsOf(runs, format, 'read'));
    const least = Math.min(...all);
    return [format, titleOf(runs, format, lane), least.toFixed(2), median(all).toFixed(2), (least / read).toFixed(2)];
  });
  const aims = aimsOf(runs).map(({ aim, value, limit, met }) => [
    aim,
    value.toFixed(2),
    String(limit),
    met ? 'met' : 'missed',
  ]);
  return [
    table(['format', 'what', 'µs CPU a record', 'median', 'times our read'], rows),
    '',
    table(['aim', 'measured', 'limit', ''], aims),
  ].join('\n');
}

export function renderJson(runs: readonly LaneRun[]): object {
  const lanes = lanesOf(runs).map(({ format, lane }) => {
    const all = microsOf(runs, format, lane);
    const share = shareOf(runs, format, lane);
    const figures = { format, lane, min_us: round(Math.min(...all), 3), median_us: round(median(all), 3) };
    return share === undefined ? figures : { ...figures, share };
  });
  return { lanes, aims: aimsOf(runs).map((aim) => ({ ...aim, value: round(aim.value, 3) })) };
}

function titleOf(runs: readonly LaneRun[], format: Format, lane: LaneName): string {
  const share = shareOf(runs, format, lane);
  return share === undefined ? TITLES[lane] : `${TITLES[lane]} (took ${(100 * share).toFixed(1)} %)`;
}

function shareOf(runs: readonly LaneRun[], format: Format, lane: LaneName): number | undefined {
  return runs.find((run) => run.format === format && run.lane === lane)?.share;
}

function formatsOf(runs: readonly LaneRun[]): readonly Format[] {
  return [...new Set(runs.map(({ format }) => format))];
}

function lanesOf(runs: readonly LaneRun[]): readonly Pick<LaneRun, 'format' | 'lane'>[] {
  return formatsOf(runs).flatMap((format) =>
    [...new Set(runs.filter((run) => run.format === format).map(({ lane }) => lane))].map((lane) => ({ format, lane })),
  );
}

function microsOf(runs: readonly LaneRun[], format: Format, lane: LaneName): readonly number[] {
  return runs.filter((run) => run.format === format && run.lane === lane).map(({ micros }) => micros);
}
