// Times of calendars: fields such as `9-17`, `*/15` or `mon-fri`, and the five of them that make a cron expression.

import type { CalendarDefinition, TimeRange } from '../domain/triggers.ts';

interface Unit {
  readonly what: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

export const UNITS = {
  minute: { what: 'minutes', min: 0, max: 59 },
  hour: { what: 'hours', min: 0, max: 23 },
  day_of_month: { what: 'days of the month', min: 1, max: 31 },
  month: { what: 'months', min: 1, max: 12, names: MONTHS },
  day_of_week: { what: 'days of the week', min: 0, max: 7, names: DAYS },
  year: { what: 'years', min: 2000, max: 2100 },
} as const satisfies Readonly<Record<string, Unit>>;

export type UnitName = keyof typeof UNITS;

const FIELD = /^(?:(\*)|([a-z]+|\d+)(?:-([a-z]+|\d+))?)(?:\/(\d+))?$/;

/** The ranges of a field: `*` gives all of it, `1,15` two, `*\/10` one with a step; as text, what is wrong. */
export function parseField(text: string, name: UnitName): readonly TimeRange[] | string {
  const unit: Unit = UNITS[name];
  const ranges: TimeRange[] = [];
  for (const part of text.toLowerCase().split(',')) {
    const range = parseRange(part.trim(), unit);
    if (typeof range === 'string') return range;
    ranges.push(...(name === 'day_of_week' ? sundays(range) : [range]));
  }
  return ranges;
}

function parseRange(text: string, unit: Unit): TimeRange | string {
  const [, all, first, last, step] = FIELD.exec(text) ?? [];
  if (all === undefined && first === undefined) return wrong(text, unit);
  const from = all === undefined ? valueOf(first ?? '', unit) : unit.min;
  // `5/15` is `5-59/15`; seven is another name of the first day, not a day more.
  const open = all !== undefined || (last === undefined && step !== undefined);
  const to = open ? (unit.names === DAYS ? 6 : unit.max) : valueOf(last ?? first ?? '', unit);
  const every = step === undefined ? 1 : Number(step);
  if (from === undefined || to === undefined || every < 1 || from > to) return wrong(text, unit);
  return { from, to, step: every };
}

function valueOf(text: string, { min, max, names }: Unit): number | undefined {
  const named = names?.indexOf(text) ?? -1;
  if (named >= 0) return named + (names === MONTHS ? 1 : 0);
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

/** A range that ends on 7 ends on Sunday, which is 0. */
function sundays({ from, to, step }: TimeRange): readonly TimeRange[] {
  if (to < 7) return [{ from, to, step }];
  const sunday = { from: 0, to: 0, step: 1 };
  const days = from > 6 ? [] : [{ from, to: 6, step }];
  return (7 - from) % step === 0 ? [...days, sunday] : days;
}

function wrong(text: string, { what, min, max, names }: Unit): string {
  const named = names === undefined ? '' : ` or ${names[0]}-${names.at(-1)}`;
  return `expected ${what} from ${min} to ${max}${named}, such as ${min}, ${min}-${min + 2} or */2; found \`${text}\``;
}

const NICKNAMES: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};
const CRON_FIELDS = ['minute', 'hour', 'day_of_month', 'month', 'day_of_week'] as const;

/** A cron expression of five fields or a nickname; as text, what is wrong with it. */
export function parseCron(text: string): CalendarDefinition | string {
  const fields = (NICKNAMES[text.trim().toLowerCase()] ?? text).trim().split(/\s+/);
  if (fields.length !== CRON_FIELDS.length)
    return `expected five fields (minute hour day-of-month month day-of-week) or one of ${Object.keys(NICKNAMES).join(', ')}; found ${fields.length === 1 ? `\`${fields[0]}\`` : `${fields.length} fields`}`;
  const written: { [Name in UnitName]?: string } = {};
  for (const [index, name] of CRON_FIELDS.entries()) written[name] = fields[index] ?? '*';
  if (written.day_of_month !== '*' && written.day_of_week !== '*')
    return 'expected a day of the month or a day of the week, since crons differ in what both together mean; `calendars` say it (both must match), two expressions say either';
  return parseCalendar(written);
}

/** @param written a field that is absent matches any time, but for minute and hour, which are 0 */
export function parseCalendar(written: { readonly [Name in UnitName]?: string | undefined }):
  CalendarDefinition | string {
  const parsed: Partial<Record<UnitName, readonly TimeRange[]>> = {};
  for (const name of Object.keys(UNITS) as UnitName[]) {
    const text = written[name] ?? (name === 'minute' || name === 'hour' ? '0' : '*');
    if (text === '*' && name !== 'minute' && name !== 'hour') continue;
    const ranges = parseField(text, name);
    if (typeof ranges === 'string') return ranges;
    parsed[name] = ranges;
  }
  const { minute = [], hour = [], day_of_month: dayOfMonth, month, day_of_week: dayOfWeek, year } = parsed;
  return {
    minute,
    hour,
    ...(dayOfMonth === undefined ? {} : { dayOfMonth }),
    ...(month === undefined ? {} : { month }),
    ...(dayOfWeek === undefined ? {} : { dayOfWeek }),
    ...(year === undefined ? {} : { year }),
  };
}
