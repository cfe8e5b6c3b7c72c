import { describe, expect, test } from 'vitest';
import { type GateFacts, trippedLimits } from '../../src/merge/gate.ts';
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
};
const first = 'the first run of a sync waits for approval (gate.first_run)';
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
  ])('%s', (_title, facts, tripped) => {
    expect(trippedLimits({ ...QUIET, ...facts }, gate)).toEqual(tripped);
  });

  test('first_run: auto lets a first run pass, whatever it does', () => {
    expect(trippedLimits({ ...QUIET, firstRun: true, creates: 100_000 }, { ...gate, firstRun: 'auto' })).toEqual([]);
  });

  test('a share that is met exactly does not trip, though its product is a hair less in binary', () => {
    const limits = { ...gate, deletes: 0.29 };
    expect(trippedLimits({ ...QUIET, live: 100, deletes: 29 }, limits)).toEqual([]);
    expect(trippedLimits({ ...QUIET, live: 100, deletes: 30 }, limits)).toEqual(['30 deletes, more than 29']);
  });
});
