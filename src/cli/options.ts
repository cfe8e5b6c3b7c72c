// Values of options, checked where they come in.

import { InvalidArgumentError } from 'commander';
import type { Backfill } from '../domain/run.ts';
import type { Format } from '../domain/definition.ts';
import { canonicalise } from '../domain/field-types.ts';

export function countOption(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 64)
    throw new InvalidArgumentError('expected a number from 1 to 64');
  return count;
}

export function portOption(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new InvalidArgumentError('expected a port');
  return port;
}

export function limitOption(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100_000)
    throw new InvalidArgumentError('expected a number from 1 to 100000');
  return limit;
}

export function idOption(text: string): number {
  const id = Number(text);
  if (!Number.isSafeInteger(id) || id < 1) throw new InvalidArgumentError('expected a number, as `list` shows it');
  return id;
}

/** A day or a time; without a zone in UTC. */
const TIME = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/;

export function timeOption(text: string): string {
  const valid = TIME.test(text) && !Number.isNaN(Date.parse(text.replace(' ', 'T')));
  if (!valid) throw new InvalidArgumentError('expected a time such as 2026-01-31 or 2026-01-31T08:00:00+08:00');
  return text;
}

/** `FROM..TO`; a day as TO is its first moment. */
export function backfillOption(text: string): Backfill {
  const [from = '', to, ...more] = text.split('..');
  if (to === undefined || more.length > 0)
    throw new InvalidArgumentError('expected FROM..TO, such as 2026-01-01..2026-02-01');
  return { from: timeOption(from), to: timeOption(to) };
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `7d` as milliseconds. */
export function durationOption(text: string): number {
  const [, count = '', unit = ''] = /^([1-9]\d{0,5})([mhd])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  if (unitMs === undefined) throw new InvalidArgumentError('expected a duration such as 30m, 12h or 7d');
  return Number(count) * unitMs;
}

/** A moment to come: a duration from now, a date (its end, here), or a date-time with a zone. */
export function untilOption(text: string): Date {
  const isDate = canonicalise('date', text).ok;
  const [year, month, day] = text.split('-').map(Number);
  const until = /^\d+[mhd]$/.test(text)
    ? new Date(Date.now() + durationOption(text))
    : isDate
      ? new Date(year ?? 0, (month ?? 1) - 1, (day ?? 0) + 1)
      : new Date(/T.*(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? text : Number.NaN);
  if (Number.isNaN(until.getTime())) throw new InvalidArgumentError('expected 30d, 2027-01-31 or 2027-01-31T12:00:00Z');
  if (until.getTime() <= Date.now()) throw new InvalidArgumentError('expected a moment to come');
  return until;
}

const FORMATS: readonly Format[] = ['csv', 'json', 'ndjson', 'xml'];

export function formatOption(text: string): Format {
  const format = FORMATS.find((one) => one === text);
  if (format === undefined) throw new InvalidArgumentError(`expected ${FORMATS.join(', ')}`);
  return format;
}

/** `a,b` as a list. */
export function listOption(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('expected names with commas between them');
  return names;
}
