import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type GateFacts, liveThatSettles, trippedLimits, withinDay } from '../../src/merge/gate.ts';
import { ACCOUNT } from './support.ts';

const QUIET: GateFacts = {
  creates: 0,
  deletes: 0,
  nulls: {},
  live: 1000,
  validated: 1000,
  rejected: 0,
  firstRun: false,
  writes: 1,
  erased: 0,
  approved: false,
};
const first = 'the first run of a sync waits for approval (gate.first_run)';
const erased = '1 records would be deleted for good (deletes: delete)';
const more = '7 more records than were approved: they waited for those';
const { gate } = ACCOUNT;

describe('limits: deletes 5 %, creates 20 %, rejects 10 %, nulls 2 %', () => {
  test.each<readonly [title: string, facts: Partial<GateFacts>, tripped: readonly string[]]>([
    ['nothing unusual passes', { creates: 3, deletes: 2, rejected: 1, nulls: { name: 1 } }, []],
    ['deletes at their share pass', { deletes: 50 }, []],
    ['one more delete trips', { deletes: 51 }, ['51 deletes, more than 50']],
    ['of few records 10 deletes pass', { live: 20, deletes: 10 }, []],
    ['of few records 11 deletes trip', { live: 20, deletes: 11 }, ['11 deletes, more than 10']],
    ['of none at all too', { live: 0, deletes: 11 }, ['11 deletes, more than 10']],
    ['of very many 500 deletes pass', { live: 1_000_000, deletes: 500 }, []],
    ['of very many 501 deletes trip', { live: 1_000_000, deletes: 501 }, ['501 deletes, more than 500']],
    ['creates at their share pass', { creates: 200 }, []],
    ['one more create trips', { creates: 201 }, ['201 creates, more than 200']],
    ['100 creates always pass', { live: 10, creates: 100 }, []],
    ['101 creates trip', { live: 10, creates: 101 }, ['101 creates, more than 100']],
    ['rejects at their share of what was validated pass', { rejected: 100 }, []],
    ['one more reject trips', { rejected: 101 }, ['101 rejected records, more than 100']],
    ['20 rejects always pass', { validated: 21, rejected: 20 }, []],
    ['21 rejects trip', { validated: 21, rejected: 21 }, ['21 rejected records, more than 20']],
    ['values lost pass at their share of one field', { nulls: { email: 20, phone: 20 } }, []],
    [
      'one more trips, for that field',
      { nulls: { email: 21, phone: 20 } },
      ['21 records that lose their email, more than 20'],
    ],
    ['20 lost values always pass', { live: 20, nulls: { email: 20 } }, []],
    [
      'each limit has its sentence',
      { deletes: 51, creates: 201, rejected: 101 },
      ['51 deletes, more than 50', '201 creates, more than 200', '101 rejected records, more than 100'],
    ],
    ['a round that writes nothing never waits', { writes: 0, rejected: 900 }, []],
    ['a first run waits', { firstRun: true }, [first]],
    ['a first run waits for approval alone', { firstRun: true, deletes: 900, rejected: 900 }, [first]],
    ['a first run that writes nothing does not wait', { firstRun: true, writes: 0 }, []],
    ['deleting for good always waits, were it one record', { deletes: 1, erased: 1 }, [erased]],
    ['in a first run too', { firstRun: true, erased: 1 }, [first, erased]],
    ['what follows from an approved round waits', { approved: true, writes: 7, creates: 900 }, [more]],
    ['in a first run too, and says why', { approved: true, firstRun: true, writes: 7 }, [more]],
    ['what was approved and is merged again does not', { approved: true, writes: 0, creates: 900 }, []],
  ])('%s', (_title, facts, tripped) => {
    expect(trippedLimits({ ...QUIET, ...facts }, gate)).toEqual(tripped);
  });

  test('first_run: auto lets a first run pass, whatever it does', () => {
    const auto = { ...gate, firstRun: 'auto' } as const;
    expect(trippedLimits({ ...QUIET, firstRun: true, creates: 100_000 }, auto)).toEqual([]);
    expect(trippedLimits({ ...QUIET, firstRun: true, erased: 1 }, auto)).toEqual([erased]);
  });

  test('a share that is met exactly does not trip, though its product is a hair less in binary', () => {
    const limits = { ...gate, deletes: 0.29 };
    expect(trippedLimits({ ...QUIET, live: 100, deletes: 29 }, limits)).toEqual([]);
    expect(trippedLimits({ ...QUIET, live: 100, deletes: 30 }, limits)).toEqual(['30 deletes, more than 29']);
  });
});

describe('runs of events, over a day', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');
  const HOUR = 3_600_000;
  const run = { creates: 60, deletes: 4, nulls: { email: 8 }, validated: 90, rejected: 9 };

  test('what those of the last 24 hours did counts with what this one would do', () => {
    const own = { ...QUIET, creates: 1, deletes: 3, nulls: { email: 5, phone: 1 }, validated: 10, rejected: 3 };
    const earlier = [
      { ...run, deliveredAt: now - HOUR },
      { ...run, deliveredAt: now - 24 * HOUR },
    ];
    const facts = withinDay(own, earlier, now);
    expect(facts).toEqual({
      ...QUIET,
      creates: 61,
      deletes: 7,
      nulls: { email: 13, phone: 1 },
      validated: 100,
      rejected: 12,
    });
  });

  test('many small ones trip a limit that none of them would trip', () => {
    const earlier = Array.from({ length: 12 }, (_, hour) => ({ ...run, deliveredAt: now - hour * HOUR }));
    expect(trippedLimits({ ...QUIET, deletes: 3 }, gate)).toEqual([]);
    expect(trippedLimits(withinDay({ ...QUIET, deletes: 3 }, earlier, now), gate)).toContain(
      '51 deletes, more than 50',
    );
  });
});

test('as many live records as settle it tell what all of them would', () => {
  const count = fc.integer({ min: 0, max: 700 });
  const share = fc.constantFrom(0, 0.01, 0.05, 0.2, 0.29, 1);
  const facts = fc.record({
    creates: count,
    deletes: count,
    nulls: fc.dictionary(fc.constantFrom('name', 'email'), count),
    live: fc.integer({ min: 0, max: 20_000 }),
    firstRun: fc.constantFrom(false, false, true),
    writes: fc.constantFrom(1, 1, 0),
    approved: fc.constantFrom(false, false, true),
  });
  const limits = fc.record({ deletes: share, creates: share, nulls: share });
  fc.assert(
    fc.property(facts, limits, (some, shares) => {
      const all: GateFacts = { ...QUIET, ...some };
      const set = { ...gate, ...shares };
      const counted = { ...all, live: Math.min(all.live, liveThatSettles(all, set)) };
      expect(trippedLimits(counted, set)).toEqual(trippedLimits(all, set));
    }),
    { numRuns: 2000 },
  );
});
