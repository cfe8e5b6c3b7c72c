import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dated } from '../../src/domain/claims.ts';
import { compareVersions } from '../../src/domain/values.ts';
import { compareClaims } from '../../src/merge/claim-order.ts';
import { NOON } from './support.ts';

const MINUTE = 60_000;

function dated(source: string | null, observedAt = NOON, read = 1): Dated {
  return { version: { source, read, position: 0 }, observedAt };
}

const before = (a: Dated, b: Dated): void => {
  expect(compareClaims(a, b)).toBeLessThan(0);
  expect(compareClaims(b, a)).toBeGreaterThan(0);
};

describe('the newer claim of a key', () => {
  test('is that of the higher version', () => {
    before(dated('2024-01-01T10:00:00Z', NOON, 2), dated('2024-01-01T11:00:00Z', NOON, 1));
    before(dated('9'), dated('10'));
  });

  test('is the later one where versions are the same, or there are none', () => {
    before(dated('2024-01-01T10:00:00Z', NOON, 1), dated('2024-01-01T10:00:00Z', NOON, 2));
    before(dated(null, NOON, 1), dated(null, NOON, 2));
  });

  test('a stamp from the future does not keep later records out', () => {
    before(dated('2099-01-01T00:00:00Z', NOON), dated('2024-01-01T12:30:00Z', NOON + 30 * MINUTE));
    before(dated('2099-01-01T00:00:00Z', NOON), dated('2098-01-01T00:00:00Z', NOON + MINUTE));
  });

  test('but still counts for newer than what was said before it', () => {
    before(dated('2024-01-01T11:59:00Z', NOON), dated('2099-01-01T00:00:00Z', NOON));
    before(dated('2098-01-01T00:00:00Z', NOON), dated('2099-01-01T00:00:00Z', NOON));
  });

  const some = fc.record({
    version: fc.record({
      source: fc.constantFrom(
        '2024-01-01T11:00Z',
        '2024-01-01T11:00:00.0004Z',
        '2024-01-01T12:05:00Z',
        '2090-01-01',
        '2099-01-01',
      ),
      read: fc.constantFrom(1, 2),
      position: fc.constantFrom(0, 1),
    }),
    observedAt: fc.constantFrom(NOON, NOON + MINUTE, NOON + 1000 * MINUTE),
  });

  test('is a total order', () => {
    fc.assert(
      fc.property(some, some, some, (a, b, c) => {
        expect(Math.sign(compareClaims(a, b))).toBe(-Math.sign(compareClaims(b, a)) + 0);
        if (compareClaims(a, b) <= 0 && compareClaims(b, c) <= 0) expect(compareClaims(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });

  test('is that of the versions as long as no stamp is from the future', () => {
    const past = some.filter(({ version }) => !version.source.startsWith('209'));
    fc.assert(
      fc.property(past, past, (a, b) => {
        expect(Math.sign(compareClaims(a, b))).toBe(Math.sign(compareVersions(a.version, b.version)));
      }),
    );
  });
});
