import { describe, expect, test } from 'vitest';
import { parseCalendar, parseCron, parseField } from '../../src/config/calendar.ts';
import { loadFiles, SYNC, TRIBUTARY } from './project.ts';

const range = (from: number, to = from, step = 1) => ({ from, to, step });

describe('a field', () => {
  test.each([
    ['minute', '*', [range(0, 59)]],
    ['minute', '*/15', [range(0, 59, 15)]],
    ['minute', '5/20', [range(5, 59, 20)]],
    ['hour', '9-17/2', [range(9, 17, 2)]],
    ['hour', '6,18', [range(6), range(18)]],
    ['month', 'Jan-mar,DEC', [range(1, 3), range(12)]],
    ['day_of_week', 'mon-fri', [range(1, 5)]],
    ['day_of_week', '7', [range(0)]],
    ['day_of_week', '5-7', [range(5, 6), range(0)]],
    ['day_of_week', '*/2', [range(0, 6, 2)]],
    ['day_of_week', '4-7/2', [range(4, 6, 2)]],
  ] as const)('%s: %s', (name, text, ranges) => {
    expect(parseField(text, name)).toEqual(ranges);
  });

  test.each([
    ['minute', '60'],
    ['minute', '-1'],
    ['minute', '5-1'],
    ['minute', '*/0'],
    ['minute', '1,,2'],
    ['hour', 'noon'],
    ['day_of_month', '0'],
    ['month', 'mai'],
    ['day_of_week', 'fri-mon'],
    ['year', '26'],
  ] as const)('%s: %s is none', (name, text) => {
    expect(parseField(text, name)).toContain('expected');
  });
});

describe('a cron expression', () => {
  test('of five fields', () => {
    expect(parseCron('30 6 * jan mon-fri')).toEqual({
      minute: [range(30)],
      hour: [range(6)],
      month: [range(1)],
      dayOfWeek: [range(1, 5)],
    });
  });

  test('by a nickname', () => {
    expect(parseCron('@monthly')).toEqual({ minute: [range(0)], hour: [range(0)], dayOfMonth: [range(1)] });
  });
});

test('a calendar matches any field that is not given, but for minute and hour', () => {
  expect(parseCalendar({ day_of_month: '1' })).toEqual({
    minute: [range(0)],
    hour: [range(0)],
    dayOfMonth: [range(1)],
  });
});

test('`when` becomes a trigger, and no part of what a run executes', async () => {
  const plain = await loadFiles({ 'tributary.yaml': TRIBUTARY, 'syncs/customers.yaml': SYNC });
  const when = '{ every: 15m, cron: "@daily", time_zone: Asia/Shanghai, overlap: buffer_one, fresh: 30m }';
  const timed = await loadFiles({ 'tributary.yaml': TRIBUTARY, 'syncs/customers.yaml': `${SYNC}when: ${when}\n` });
  expect(timed.syncs).toEqual(plain.syncs);
  expect(plain.triggers).toEqual({ customers: { schedule: null, freshMs: null } });
  expect(timed.triggers).toEqual({
    customers: {
      schedule: {
        everyMs: 900_000,
        offsetMs: null,
        calendars: [{ minute: [range(0)], hour: [range(0)] }],
        timeZone: 'Asia/Shanghai',
        jitterMs: 0,
        overlap: 'buffer_one',
        catchUpMs: 3_600_000,
        pauseOnFailure: false,
      },
      freshMs: 1_800_000,
    },
  });
});
