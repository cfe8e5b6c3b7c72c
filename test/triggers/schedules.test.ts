import { describe, expect, test } from 'vitest';
import type { Project } from '../../src/config/load.ts';
import type { ScheduleDefinition } from '../../src/domain/triggers.ts';
import { desiredSchedules, offsetOf, scheduleOptions } from '../../src/triggers/schedules.ts';

const schedule: ScheduleDefinition = {
  everyMs: 900_000,
  offsetMs: null,
  calendars: [],
  timeZone: 'UTC',
  jitterMs: 0,
  overlap: 'skip',
  catchUpMs: 3_600_000,
  pauseOnFailure: false,
};

function desired(change: Partial<ScheduleDefinition> = {}) {
  const project = {
    name: 'shop',
    syncs: { customers: { sync: 'customers', object: 'account' }, orders: { sync: 'orders', object: 'order' } },
    triggers: {
      customers: { schedule: { ...schedule, ...change }, freshMs: null },
      orders: { schedule: null, freshMs: null },
    },
  } as unknown as Project; // of a project nothing else is looked at
  const [one] = desiredSchedules(project);
  if (one === undefined) throw new Error('no schedule');
  return one;
}

describe('a schedule', () => {
  test('has an id of its own for each project and sync', () => {
    expect(desired().id).toBe('tributary:shop:customers');
  });

  test.each([
    ['another interval', { everyMs: 600_000 }],
    ['another offset', { offsetMs: 0 }],
    ['another policy', { overlap: 'buffer_one' as const }],
    ['another time zone', { timeZone: 'Asia/Shanghai' }],
  ])('is another one with %s', (_title, change) => {
    expect(desired(change).hash).not.toBe(desired().hash);
    expect(desired().hash).toBe(desired({}).hash);
  });

  test('starts at its own time of the interval, the same everywhere', () => {
    expect(offsetOf('customers', schedule)).toBe(offsetOf('customers', schedule));
    const offsets = Array.from({ length: 100 }, (_, index) => offsetOf(`sync-${index}`, schedule));
    expect(new Set(offsets).size).toBeGreaterThan(80);
    expect(offsets.every((offset) => offset >= 0 && offset < 900_000 && offset % 1000 === 0)).toBe(true);
    expect(offsetOf('customers', { everyMs: 900_000, offsetMs: 180_000 })).toBe(180_000);
  });

  test('is told to the server with names of months and days', () => {
    const range = (from: number, to = from, step = 1) => ({ from, to, step });
    const calendar = { minute: [range(30)], hour: [range(9, 17, 2)], month: [range(1, 3)], dayOfWeek: [range(1, 5)] };
    const { spec, policies } = scheduleOptions(
      desired({ everyMs: null, calendars: [calendar], timeZone: 'Asia/Shanghai' }),
    );
    expect(spec).toEqual({
      intervals: [],
      calendars: [
        {
          minute: [{ start: 30, end: 30, step: 1 }],
          hour: [{ start: 9, end: 17, step: 2 }],
          month: [{ start: 'JANUARY', end: 'MARCH', step: 1 }],
          dayOfWeek: [{ start: 'MONDAY', end: 'FRIDAY', step: 1 }],
        },
      ],
      timezone: 'Asia/Shanghai',
      jitter: 0,
    });
    expect(policies).toEqual({ overlap: 'SKIP', catchupWindow: 3_600_000, pauseOnFailure: false });
  });
});
