// The syntax of `when` in syncs/*.yaml: what starts the sync's runs by itself.

import { z } from 'zod';

import type { CalendarDefinition, TriggerDefinition } from '../domain/triggers.ts';
import { parseCalendar, parseCron, parseField, type UnitName, UNITS } from './calendar.ts';
import { duration, settle } from './scalars.ts';
import { takesEvents } from './schema-events.ts';

const MIN_EVERY_MS = 5_000;
const MAX_EVERY_MS = 366 * 86_400_000;
const CATCH_UP_MS = 3_600_000;

const every = duration
  .refine((ms) => ms >= MIN_EVERY_MS, { error: 'expected at least 5s' })
  .refine((ms) => ms <= MAX_EVERY_MS, { error: 'expected at most 366d' });

const cron = z.string({ error: 'expected a cron expression such as "0 6 * * 1-5"' }).superRefine((text, context) => {
  const parsed = parseCron(text);
  if (typeof parsed === 'string') context.addIssue({ code: 'custom', message: parsed });
});

function field(name: UnitName, meaning: string) {
  const { what } = UNITS[name];
  return z
    .union([z.string(), z.number().transform(String), z.array(z.union([z.string(), z.number()])).transform(String)], {
      error: `expected ${what}`,
    })
    .superRefine((text, context) => {
      const parsed = parseField(text, name);
      if (typeof parsed === 'string') context.addIssue({ code: 'custom', message: parsed });
    })
    .optional()
    .describe(meaning);
}

const calendar = z.strictObject({
  minute: field('minute', 'Minutes, such as `30`, `0-20/5` or `[0, 30]`. Default: 0.'),
  hour: field('hour', 'Hours, such as `6` or `9-17`. Default: 0.'),
  day_of_week: field('day_of_week', 'Days of the week, such as `mon-fri`; 0 and 7 are Sunday. Default: any.'),
  day_of_month: field('day_of_month', 'Days of the month, such as `1` or `1,15`. Default: any.'),
  month: field('month', 'Months, such as `jan` or `1-6`. Default: any.'),
  year: field('year', 'Years. Default: any.'),
});

const timeZone = z.string({ error: 'expected a time zone such as Asia/Shanghai' }).superRefine((zone, context) => {
  if (!isTimeZone(zone))
    context.addIssue({ code: 'custom', message: 'expected a time zone such as Asia/Shanghai, Europe/Berlin or UTC' });
});

export const whenSchema = z
  .strictObject({
    every: every
      .optional()
      .describe('How often a run starts: at multiples of this since 1970 in UTC, plus `offset`. At least `5s`.'),
    offset: settle
      .optional()
      .describe('Moves the times of `every`. Default: a share of it made of the sync’s name, so that syncs spread.'),
    cron: z
      .union([cron, z.array(cron).min(1, { error: 'expected at least one cron expression' })], {
        error: 'expected a cron expression or a list of them',
      })
      .optional()
      .describe(
        'Times of day as cron writes them: minute, hour, day of the month, month, day of the week; or `@daily` and its like.',
      ),
    calendars: z
      .array(calendar)
      .min(1, { error: 'expected at least one calendar' })
      .optional()
      .describe('Times of day that match every field given.'),
    time_zone: timeZone
      .default('UTC')
      .describe(
        'The time zone of `cron` and `calendars`. A time that does not exist, when clocks are set forward, is skipped; one that occurs twice, when they are set back, starts one run, at the second of the two.',
      ),
    jitter: settle
      .prefault('0s')
      .describe('Each run starts up to this much later than its time, at random: so that many do not start at once.'),
    overlap: z
      .enum(['skip', 'buffer_one'])
      .default('skip')
      .describe(
        'What happens at a time that comes while the sync’s last scheduled run is open (also at the gate): nothing, or one run follows as soon as that one has ended.',
      ),
    catch_up: duration
      .refine((ms) => ms >= 10_000, { error: 'expected at least 10s' })
      .optional()
      .describe(
        'How late a run may start whose time passed while Temporal was down; of several missed times only one is made up for. Default: `1h`.',
      ),
    pause_on_failure: z
      .boolean()
      .default(false)
      .describe('Whether a run that fails pauses the schedule, until somebody resumes it.'),
    events: takesEvents,
    fresh: duration
      .optional()
      .describe(
        'The freshness objective: how long a change of the source may take to be delivered. When it is missed, `status` says so and `notify` tells.',
      ),
  })
  .superRefine((when, context) => {
    const add = (key: string, message: string): void => context.addIssue({ code: 'custom', path: [key], message });
    if (when.offset !== undefined && when.every === undefined) add('offset', '`offset` needs `every`');
    if (when.offset !== undefined && when.every !== undefined && when.offset >= when.every)
      add('offset', 'expected less than `every`');
  })
  .describe('What starts runs of the sync by itself; `tributary deploy` (and `tributary up`) put it into effect.');

export type WhenInput = z.output<typeof whenSchema>;

const NO_TRIGGER: TriggerDefinition = { schedule: null, freshMs: null };

export function compileWhen(when: WhenInput | undefined): TriggerDefinition {
  if (when === undefined) return NO_TRIGGER;
  const calendars = [
    ...(typeof when.cron === 'string' ? [when.cron] : (when.cron ?? [])).map((text) => parseCron(text)),
    ...(when.calendars ?? []).map((fields) => parseCalendar(fields)),
  ].filter((one): one is CalendarDefinition => typeof one !== 'string');
  const timed = when.every !== undefined || calendars.length > 0;
  return {
    schedule: timed
      ? {
          everyMs: when.every ?? null,
          offsetMs: when.offset ?? null,
          calendars,
          timeZone: when.time_zone,
          jitterMs: when.jitter,
          overlap: when.overlap,
          catchUpMs: when.catch_up ?? CATCH_UP_MS,
          pauseOnFailure: when.pause_on_failure,
        }
      : null,
    freshMs: when.fresh ?? null,
  };
}

function isTimeZone(zone: string): boolean {
  // Offsets such as +08:00 are zones to Node, and none to Temporal.
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
