import { z } from 'zod';

import { canonicalise } from '../../domain/field-types.ts';
import type { Fields } from '../../domain/values.ts';
import { invalid } from '../../expressions/invalid.ts';
import {
  checkValue,
  parseArgs,
  requireField,
  type Check,
  type RuleContext,
  type RuleField,
  type RuleKind,
  type RuleSetting,
} from './rule.ts';

const bound = z.union([z.string(), z.strictObject({ field: z.string() })], {
  error: 'expected a date, now, or another field such as { field: signed_on }',
});
const schema = z.strictObject({ min: bound.optional(), max: bound.optional() });
type Bound = z.output<typeof bound>;

/** A limit for one record: canonical, with its name for the message; null where there is none to compare with. */
type ReadBound = (fields: Fields, context: RuleContext) => { readonly at: string; readonly shown: string } | null;

const DAY_LENGTH = 'yyyy-mm-dd'.length;
const HOUR_MS = 3_600_000;
// Where it is latest and where it is earliest on earth: a day is not in the future as long as it has begun somewhere.
const EASTMOST_MS = 14 * HOUR_MS;
const WESTMOST_MS = -12 * HOUR_MS;

export const dateRange: RuleKind = {
  kind: 'date_range',
  summary:
    'The date or date-time must lie between `min` and `max`, both included: fixed ones, `now` (when the run began), or `{ field: other }`. Where one of the two is a date, days are compared, in UTC; a day counts as `now` as long as it is that day somewhere on earth. A field without a value sets no limit.',
  examples: [
    { args: { min: '1900-01-01' }, type: 'date', input: '1986-05-04' },
    { args: { min: '1900-01-01' }, type: 'date', input: '1086-05-04', error: 'is before 1900-01-01' },
    { args: { max: 'now' }, type: 'date', input: '2026-11-22', runStart: '2026-11-22T03:00:00.000Z' },
    { args: { max: 'now' }, type: 'date', input: '2026-11-23', runStart: '2026-11-22T11:00:00.000Z' },
    {
      args: { max: 'now' },
      type: 'date',
      input: '2026-11-24',
      runStart: '2026-11-22T11:00:00.000Z',
      error: 'is in the future',
    },
    {
      args: { max: 'now' },
      type: 'datetime',
      input: '2026-11-22T11:00:00.001Z',
      runStart: '2026-11-22T11:00:00.000Z',
      error: 'is in the future',
    },
    {
      args: { min: 'now' },
      type: 'date',
      input: '2026-11-20',
      runStart: '2026-11-22T11:00:00.000Z',
      error: 'is in the past',
    },
    { args: { min: { field: 'other' } }, type: 'date', input: '2026-01-01', others: { other: '2026-01-01' } },
    {
      args: { min: { field: 'other' } },
      type: 'date',
      input: '2025-12-31',
      others: { other: '2026-01-01' },
      error: 'is before other, 2026-01-01',
    },
    { args: { min: { field: 'other' } }, type: 'date', input: '2025-12-31', others: { other: null } },
  ],
  compile: (args, setting) => {
    const { min, max } = parseArgs(schema, args);
    const field = requireDate(requireField(setting));
    if (min === undefined && max === undefined) throw invalid('expected min, max or both; found neither');
    const least = min === undefined ? null : compileBound(min, setting, { field, name: 'min', offsetMs: WESTMOST_MS });
    const most = max === undefined ? null : compileBound(max, setting, { field, name: 'max', offsetMs: EASTMOST_MS });
    const others = [min, max].flatMap((one) => (typeof one === 'object' ? [one.field] : []));
    return {
      reads: new Set([field.name, ...others]),
      run: (fields, context) => {
        const [from, to] = [least?.(fields, context) ?? null, most?.(fields, context) ?? null];
        const check: Check = checkValue(field, (value) => {
          const text = String(value);
          if (from !== null && compareTimes(text, from.at) < 0)
            return from.shown === 'now' ? 'is in the past' : `is before ${from.shown}`;
          if (to === null || compareTimes(text, to.at) <= 0) return null;
          return to.shown === 'now' ? 'is in the future' : `is after ${to.shown}`;
        });
        return check.run(fields, context);
      },
    };
  },
};

function requireDate<T extends { readonly type: string; readonly name: string }>(field: T): T {
  if (field.type === 'date' || field.type === 'datetime') return field;
  throw invalid(`date_range needs a date or datetime; \`${field.name}\` is ${field.type}`);
}

function compileBound(
  given: Bound,
  { fields }: RuleSetting,
  { field, name, offsetMs }: { readonly field: RuleField; readonly name: string; readonly offsetMs: number },
): ReadBound {
  if (typeof given === 'object') return compileOther(given.field, fields, name);
  if (given === 'now') {
    const shift = field.type === 'date' ? offsetMs : 0;
    return (_fields, { runStart }) =>
      runStart === null ? null : { at: new Date(Date.parse(runStart) + shift).toISOString(), shown: 'now' };
  }
  const made = [canonicalise('date', given), canonicalise('datetime', given)].find(({ ok }) => ok);
  if (made?.ok !== true || typeof made.value !== 'string')
    throw invalid(`\`${given}\` is not a date (YYYY-MM-DD), a date-time with a zone, or now`, [name]);
  const fixed = { at: made.value, shown: made.value };
  return () => fixed;
}

function compileOther(other: string, fields: RuleSetting['fields'], name: string): ReadBound {
  const definition = Object.hasOwn(fields, other) ? fields[other] : undefined;
  if (definition === undefined) throw invalid(`this sync does not map a field \`${other}\``, [name, 'field']);
  requireDate({ ...definition, name: other });
  return (record) => {
    const value = record[other];
    return typeof value === 'string' ? { at: value, shown: `${other}, ${value}` } : null;
  };
}

/** Canonical dates and date-times have an order as texts; of a date and a date-time only the days are compared. */
function compareTimes(a: string, b: string): number {
  const length = a.length === DAY_LENGTH || b.length === DAY_LENGTH ? DAY_LENGTH : undefined;
  const [left, right] = [a.slice(0, length), b.slice(0, length)];
  return left < right ? -1 : left > right ? 1 : 0;
}
