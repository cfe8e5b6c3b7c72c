import * as fc from 'fast-check';
import { DateTime, type Zone } from 'luxon';
import { describe, expect, test } from 'vitest';

import { createInstants, DEFAULT_CHOICES, parseZone, type Choice } from '../../../src/transform/functions/time-zone.ts';

const HOUR_MS = 3_600_000;

describe.each([
  'Europe/Berlin',
  'America/St_Johns',
  'Asia/Shanghai',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'UTC',
  '-03:30',
])('a local time of %s', (name) => {
  const zone = parseZone('datetime', name);
  const toInstant = createInstants(zone, DEFAULT_CHOICES);
  const choose = (repeated: Choice, skipped: Choice): ReturnType<typeof createInstants> =>
    createInstants(zone, { repeated, skipped });
  const [earlier, later, reject] = [choose('earlier', 'earlier'), choose('later', 'later'), choose('reject', 'reject')];

  test('is the first instant at which the clocks show it, or none if they never do', () => {
    const anyTime = fc.integer({ min: Date.UTC(1975, 0, 1), max: Date.UTC(2035, 0, 1) });
    const nearChanges = fc
      .constantFrom(...changes(name))
      .chain((change) => fc.integer({ min: change - 30 * HOUR_MS, max: change + 30 * HOUR_MS }));
    fc.assert(
      fc.property(fc.oneof(anyTime, nearChanges), (ms) => {
        const localMs = Math.floor(ms / 60_000) * 60_000;
        const offsets = new Set(
          Array.from({ length: 120 }, (_, index) => zone.offset(localMs + ((index - 60) * HOUR_MS) / 2)),
        );
        const shown = [...offsets]
          .map((offset) => localMs - offset * 60_000)
          .filter((at) => at + zone.offset(at) * 60_000 === localMs);
        const [first = 'skipped'] = shown.toSorted((a, b) => a - b);
        expect(toInstant(localMs)).toBe(first);
        expect(reject(localMs)).toBe(shown.length > 1 ? 'repeated' : first);
        if (shown.length > 0) expect([earlier(localMs), later(localMs)]).toEqual([first, Math.max(...shown)]);
        else expectAround(zone, localMs, [Number(earlier(localMs)), Number(later(localMs))]);
      }),
      { numRuns: 300 },
    );
  });
});

/** A time that never occurs: what stands for it is shown before it and after it, by as much as the clocks were set. */
function expectAround(zone: Zone, localMs: number, [earlier, later]: readonly [number, number]): void {
  const shownAt = (at: number): number => at + zone.offset(at) * 60_000;
  expect(shownAt(earlier)).toBeLessThan(localMs);
  expect(shownAt(later)).toBeGreaterThan(localMs);
  expect(shownAt(later) - localMs).toBe(localMs - shownAt(earlier));
}

/** The hours in which a zone's offset changed, and one in which it did not. */
function changes(name: string): number[] {
  const found = [Date.UTC(2020, 0, 1)];
  const zone = parseZone('datetime', name);
  for (let day = DateTime.utc(1986, 1, 1).toMillis(); day < Date.UTC(2023, 0, 1); day += 24 * HOUR_MS) {
    if (zone.offset(day) !== zone.offset(day + 24 * HOUR_MS)) found.push(day + 12 * HOUR_MS);
  }
  return found;
}
