import { describe, expect, test } from 'vitest';
import { isMissedTwice, isYounger, type Standing } from '../../src/merge/absence.ts';

const NINE = Date.parse('2026-11-22T09:00:00Z');
const TEN = Date.parse('2026-11-22T10:00:00Z');
const exported = { run: 8, asOf: NINE };
const claim = (change: Partial<Standing> = {}): Standing => ({
  read: 5,
  bySnapshot: true,
  observedAt: NINE - 1,
  ...change,
});

describe('a snapshot that does not hold a record', () => {
  test.each<readonly [title: string, standing: Standing, younger: boolean]>([
    ['counts for a claim of an earlier snapshot', claim(), true],
    ['counts for it too when both exports were read late', claim({ observedAt: TEN }), true],
    ['does not count for a claim of the same run', claim({ read: 8 }), false],
    ['does not count for a claim of a later run', claim({ read: 9 }), false],
    ['counts for what an event brought before it was written', claim({ bySnapshot: false }), true],
    ['does not count for what an event brought since', claim({ bySnapshot: false, observedAt: TEN }), false],
    ['nor at the very moment', claim({ bySnapshot: false, observedAt: NINE }), false],
  ])('%s', (_title, standing, younger) => {
    expect(isYounger(exported, standing)).toBe(younger);
  });
});

describe('a record is missed twice', () => {
  test.each<readonly [title: string, standing: Standing, ledgerRun: number | undefined, twice: boolean]>([
    ['when the ledger has it', claim(), 6, true],
    ['not when the ledger has nothing', claim(), undefined, false],
    ['not when its claim came after the absence was noted', claim({ read: 7 }), 6, false],
    ['not when its claim came with that run', claim({ read: 6 }), 6, false],
  ])('%s', (_title, standing, ledgerRun, twice) => {
    expect(isMissedTwice(standing, ledgerRun)).toBe(twice);
  });
});
