import type { Zone } from 'luxon';
import { z } from 'zod';

import { invalid } from '../../expressions/invalid.ts';
import { compileFormat, formatsSchema, joinFormats, type Stamp, type StampReader } from './date-format.ts';
import { parseArgs, type TransformFunction } from './function.ts';
import { readIso } from './iso.ts';
import { createInstants, DEFAULT_CHOICES, parseZone } from './time-zone.ts';
import type { FunctionResult } from '../transform.ts';

const zone = z.string({ error: 'expected a zone such as Asia/Shanghai' }).optional();
const choice = z.enum(['earlier', 'later', 'reject'], { error: 'expected earlier, later or reject' });
const schema = z
  .strictObject({
    format: formatsSchema.optional(),
    epoch: z.enum(['seconds', 'milliseconds'], { error: 'expected seconds or milliseconds' }).optional(),
    zone,
    repeated: choice.default(DEFAULT_CHOICES.repeated),
    skipped: choice.default(DEFAULT_CHOICES.skipped),
  })
  .refine(({ format, epoch }) => format === undefined || epoch === undefined, {
    error: 'expected format or epoch; found both',
  })
  .nullable();

const FIRST_MS = Date.parse('0001-01-01T00:00:00Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

interface LocalTime {
  readonly name: string;
  readonly toInstant: (localMs: number) => number | 'repeated' | 'skipped';
}

interface Reader {
  readonly read: StampReader;
  readonly error: string;
}

export const datetime: TransformFunction = {
  name: 'datetime',
  summary:
    'Reads a date and time and writes it in UTC with milliseconds. Default: ISO 8601; `format` takes luxon’s tokens, `epoch` counts seconds or milliseconds since 1970; `zone` says whose time it is where no offset is written. A time that occurs twice, when clocks are set back, is the earlier one unless `repeated` says later or reject; one that never occurs, when they are set forward, is an error unless `skipped` says earlier or later. Asia/Shanghai had summer time from 1986 to 1991; +08:00 never has.',
  takes: 'text',
  parse: (args) => {
    const parsed = parseArgs('datetime', schema, args ?? null);
    const where = parsed?.zone === undefined ? null : parseZone('datetime', parsed.zone);
    const choices = parsed ?? DEFAULT_CHOICES;
    const local = where === null ? null : { name: where.name, toInstant: createInstants(where, choices) };
    const { read, error } =
      parsed?.epoch === undefined ? createReader(parsed?.format, where) : createEpochReader(parsed.epoch);
    return (text) => {
      const stamp = read(text.trim());
      return stamp === null ? { error } : toUtc(stamp, local);
    };
  },
  examples: [
    { input: '2021-02-08T12:30:00+08:00', output: '2021-02-08T04:30:00.000Z' },
    { input: '2021-02-08 12:30:15.123456Z', output: '2021-02-08T12:30:15.123Z' },
    { input: '2021-02-08T12:30-0330', output: '2021-02-08T16:00:00.000Z' },
    { args: { zone: 'Asia/Shanghai' }, input: '2021-02-08 12:30:00', output: '2021-02-08T04:30:00.000Z' },
    { args: { zone: 'Asia/Shanghai' }, input: '2021-02-08T12:30:00Z', output: '2021-02-08T12:30:00.000Z' },
    { args: { zone: '+08:00' }, input: '2021-02-08 12:30', output: '2021-02-08T04:30:00.000Z' },
    {
      args: { format: 'dd.MM.yyyy HH:mm', zone: 'Europe/Berlin' },
      input: '08.07.2021 12:30',
      output: '2021-07-08T10:30:00.000Z',
    },
    {
      args: { format: 'yyyy年M月d日 H:mm', zone: 'Asia/Shanghai' },
      input: '2021年2月8日 9:05',
      output: '2021-02-08T01:05:00.000Z',
    },
    { args: { format: 'yyyyMMddHHmmss ZZZ' }, input: '20210208123000 +0800', output: '2021-02-08T04:30:00.000Z' },
    {
      args: { format: ['yyyy-MM-dd HH:mm', 'yyyy/M/d H:mm'], zone: 'UTC' },
      input: '2021/2/8 7:05',
      output: '2021-02-08T07:05:00.000Z',
    },
    // Clocks in Berlin went back from 03:00 to 02:00 on that day: 02:30 occurred at +02:00, then again at +01:00.
    { args: { zone: 'Europe/Berlin' }, input: '2021-10-31 02:30', output: '2021-10-31T00:30:00.000Z' },
    {
      args: { zone: 'Europe/Berlin' },
      input: '2021-03-28 02:30',
      error: 'is a time that never occurred in Europe/Berlin',
    },
    {
      args: { zone: 'America/New_York' },
      input: '2021-03-14 02:30',
      error: 'is a time that never occurred in America/New_York',
    },
    { args: { zone: 'America/New_York' }, input: '2021-03-14 03:00', output: '2021-03-14T07:00:00.000Z' },
    {
      args: { zone: 'Asia/Shanghai' },
      input: '1986-05-04 02:30',
      error: 'is a time that never occurred in Asia/Shanghai',
    },
    {
      args: { zone: 'Europe/Berlin', repeated: 'later' },
      input: '2021-10-31 02:30',
      output: '2021-10-31T01:30:00.000Z',
    },
    {
      args: { zone: 'Europe/Berlin', repeated: 'reject' },
      input: '2021-10-31 02:30',
      error: 'is a time that occurred twice in Europe/Berlin',
    },
    {
      args: { zone: 'Europe/Berlin', skipped: 'later' },
      input: '2021-03-28 02:30',
      output: '2021-03-28T01:30:00.000Z',
    },
    {
      args: { zone: 'Europe/Berlin', skipped: 'earlier' },
      input: '2021-03-28 02:30',
      output: '2021-03-28T00:30:00.000Z',
    },
    // Summer time in Beijing; a system that never had it is +08:00.
    { args: { zone: 'Asia/Shanghai' }, input: '1988-07-10 12:00', output: '1988-07-10T03:00:00.000Z' },
    { args: { zone: '+08:00' }, input: '1988-07-10 12:00', output: '1988-07-10T04:00:00.000Z' },
    {
      args: { zone: 'Asia/Shanghai', skipped: 'later' },
      input: '1986-05-04 02:30',
      output: '1986-05-03T18:30:00.000Z',
    },
    {
      args: { zone: 'Asia/Shanghai', repeated: 'reject' },
      input: '1991-09-15 01:30',
      error: 'is a time that occurred twice in Asia/Shanghai',
    },
    { args: { epoch: 'seconds' }, input: '1612758600', output: '2021-02-08T04:30:00.000Z' },
    { args: { epoch: 'milliseconds' }, input: '1612758600123', output: '2021-02-08T04:30:00.123Z' },
    { args: { epoch: 'seconds' }, input: '1612758600123', error: 'is no number of seconds since 1970' },
    { args: { epoch: 'seconds' }, input: '2021-02-08', error: 'is no number of seconds since 1970' },
    {
      args: { format: "yyyy-MM-dd'T'h:mm a", zone: 'UTC' },
      input: '2021-02-08T4:05 pm',
      output: '2021-02-08T16:05:00.000Z',
    },
    { input: '2021-02-08 12:30:00', error: 'has no offset; name the zone it is in, such as { zone: Asia/Shanghai }' },
    { input: '2021-02-30T12:30:00Z', error: 'is not an ISO 8601 date-time' },
    { input: '2021-02-08T24:00:00Z', error: 'is not an ISO 8601 date-time' },
    { input: '2021-02-08', error: 'is not an ISO 8601 date-time' },
    { input: '12:30', error: 'is not an ISO 8601 date-time' },
    {
      args: { format: 'dd.MM.yyyy HH:mm', zone: 'UTC' },
      input: '31.02.2021 10:00',
      error: 'is not a date-time of the form "dd.MM.yyyy HH:mm"',
    },
  ],
};

function createReader(given: string | string[] | undefined, where: Zone | null): Reader {
  if (given === undefined) return { read: readIso, error: 'is not an ISO 8601 date-time' };
  const formats = [given].flat().map((format) => compileFormat('datetime', format));
  for (const { format, hasOffset } of formats) {
    if (hasOffset || where !== null) continue;
    throw invalid(
      `datetime: the format \`${format}\` has no offset; name the zone it is in, such as zone: Asia/Shanghai`,
    );
  }
  const read: StampReader = (text) => {
    for (const format of formats) {
      const stamp = format.read(text);
      if (stamp !== null) return stamp;
    }
    return null;
  };
  return { read, error: `is not a date-time of the form ${joinFormats(formats)}` };
}

function createEpochReader(unit: 'seconds' | 'milliseconds'): Reader {
  const scale = unit === 'seconds' ? 1000 : 1;
  const read: StampReader = (text) => {
    if (!/^-?\d{1,14}(?:\.\d{1,9})?$/.test(text)) return null;
    const localMs = Math.floor(Number(text) * scale);
    return localMs >= FIRST_MS && localMs <= LAST_MS ? { localMs, offsetMinutes: 0 } : null;
  };
  return { read, error: `is no number of ${unit} since 1970` };
}

function toUtc({ localMs, offsetMinutes }: Stamp, local: LocalTime | null): FunctionResult {
  if (offsetMinutes !== null) return { value: new Date(localMs - offsetMinutes * 60_000).toISOString() };
  if (local === null) return { error: 'has no offset; name the zone it is in, such as { zone: Asia/Shanghai }' };
  const instant = local.toInstant(localMs);
  if (instant === 'skipped') return { error: `is a time that never occurred in ${local.name}` };
  if (instant === 'repeated') return { error: `is a time that occurred twice in ${local.name}` };
  return { value: new Date(instant).toISOString() };
}
