import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLAIM_OUTCOMES } from '../../src/domain/claims.ts';
import {
  addCounts,
  imbalanceOf,
  NEXT_PHASES,
  NO_COUNTS,
  NO_OUTCOMES,
  type OutcomeCounts,
  type Phase,
  type RunCounts,
} from '../../src/domain/run.ts';

const amount = fc.integer({ min: -5, max: 1000 });
const outcomes: fc.Arbitrary<OutcomeCounts> = fc.record({
  applied: amount,
  no_change: amount,
  conflict: amount,
  review: amount,
  waiting: amount,
  parked: amount,
  held: amount,
});
const all = {
  read: amount,
  unchanged: amount,
  accepted: amount,
  quarantined: amount,
  duplicates: amount,
  filtered: amount,
  outcomes,
  due: outcomes,
  created: amount,
  updated: amount,
  deleted: amount,
  conflicts: amount,
  drift: amount,
  bytes: amount,
};
const counts: fc.Arbitrary<RunCounts> = fc.record(all);
const some: fc.Arbitrary<Partial<RunCounts>> = fc.record(all, { requiredKeys: [] });

describe('phases', () => {
  const phases = Object.keys(NEXT_PHASES) as Phase[];

  test('the table is total: every phase it names has its own line', () => {
    expect(
      new Set(
        Object.values(NEXT_PHASES)
          .flat()
          .filter((phase) => !phases.includes(phase)),
      ),
    ).toEqual(new Set());
    expect(phases).toEqual([
      'fetch',
      'seal',
      'merge',
      'gate',
      'deliver',
      'checkpoint',
      'compensate',
      'paused',
      'ended',
    ]);
  });

  test.each(phases)('from %s a run can end at once, be paused, and go on from where it was', (phase) => {
    if (phase === 'ended') return expect(NEXT_PHASES[phase]).toEqual([]);
    expect(NEXT_PHASES[phase]).toContain('ended');
    if (phase === 'paused') return;
    expect(NEXT_PHASES[phase]).toContain('paused');
    expect(NEXT_PHASES.paused).toContain(phase);
  });

  test('nothing is written before the gate', () => {
    const before = phases.filter((phase) => phase !== 'paused' && NEXT_PHASES[phase].includes('deliver'));
    expect(before).toEqual(['gate']);
  });
});

describe('counts', () => {
  test('adding is commutative and associative, and nothing adds nothing', () => {
    fc.assert(
      fc.property(counts, counts, counts, (a, b, c) => {
        expect(addCounts(a, b)).toEqual(addCounts(b, a));
        expect(addCounts(addCounts(a, b), c)).toEqual(addCounts(a, addCounts(b, c)));
        expect(addCounts(a, NO_COUNTS)).toEqual(a);
        expect(addCounts(a, {})).toEqual(a);
      }),
    );
  });

  test('what is left out counts as zero; neither side is changed', () => {
    fc.assert(
      fc.property(counts, some, (a, b) => {
        const before = structuredClone({ a, b });
        expect(addCounts(a, b)).toEqual(addCounts(a, { ...NO_COUNTS, ...b }));
        expect({ a, b }).toEqual(before);
      }),
    );
  });

  test('the names of the outcomes are those of the claims', () => {
    expect(Object.keys(NO_OUTCOMES)).toEqual([...CLAIM_OUTCOMES]);
  });

  test('a run balances exactly when both sums are right', () => {
    fc.assert(
      fc.property(
        counts,
        fc.integer({ min: -1, max: 1 }),
        fc.integer({ min: -1, max: 1 }),
        (made, wrongRead, wrongAccepted) => {
          const accepted = Object.values(made.outcomes).reduce((sum, one) => sum + one, 0) + wrongAccepted;
          const read = made.unchanged + accepted + made.quarantined + made.duplicates + made.filtered + wrongRead;
          const problem = imbalanceOf({ ...made, accepted, read });
          expect(problem === null).toBe(wrongRead === 0 && wrongAccepted === 0);
        },
      ),
    );
  });

  test('an imbalance names both sums', () => {
    const outcome = { ...NO_OUTCOMES, applied: 1, review: 1 };
    expect(imbalanceOf({ ...NO_COUNTS, read: 3, accepted: 2 })).toBe(
      'read 3, but unchanged + accepted + quarantined + duplicates + filtered = 2',
    );
    expect(imbalanceOf({ ...NO_COUNTS, read: 3, accepted: 3, outcomes: outcome })).toBe(
      'accepted 3, but the outcomes sum to 2',
    );
  });
});
