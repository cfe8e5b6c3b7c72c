import { describe, expect, test, vi } from 'vitest';
import { untilOption } from '../../src/cli/options.ts';

const NOW = new Date('2027-01-15T10:00:00Z');

describe('--until', () => {
  test.each([
    ['30m', '2027-01-15T10:30:00.000Z'],
    ['7d', '2027-01-22T10:00:00.000Z'],
    ['2027-02-01T12:00:00Z', '2027-02-01T12:00:00.000Z'],
    ['2027-02-01T12:00:00+08:00', '2027-02-01T04:00:00.000Z'],
    ['2027-01-31', new Date(2027, 1, 1).toISOString()],
    ['2027-01-15', new Date(2027, 0, 16).toISOString()],
  ])('%s is %s', (text, expected) => {
    vi.useFakeTimers({ now: NOW });
    expect(untilOption(text).toISOString()).toBe(expected);
    vi.useRealTimers();
  });

  test.each([
    ['tomorrow', 'expected 30d'],
    ['2027-02-01T12:00:00', 'expected 30d'],
    ['2027-02-30', 'expected 30d'],
    ['2027-01-14', 'a moment to come'],
    ['2026-02-01T12:00:00Z', 'a moment to come'],
  ])('%s is refused', (text, message) => {
    vi.useFakeTimers({ now: NOW });
    expect(() => untilOption(text)).toThrow(message);
    vi.useRealTimers();
  });
});
