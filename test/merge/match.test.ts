import { describe, expect, test } from 'vitest';
import { match, matchKeysOf, type MatchEvidence, type MatchOutcome } from '../../src/merge/match.ts';
import { fieldOf, objectOf } from './support.ts';

const no = { field: 'no', strong: true, value: '7' };
const email = { field: 'email', strong: false, value: 'a@x' };

function evidence(change: Partial<MatchEvidence>, found: Record<string, readonly string[]> = {}): MatchEvidence {
  const candidates = new Map(
    [no, email].map((key) => [key.field, new Map([[key.value, found[key.field] ?? []]])] as const),
  );
  return { keys: [no, email], candidates, same: null, notSame: new Set(), ...change };
}

const create: MatchOutcome = { kind: 'create' };
const link = (crmId: string, by: string): MatchOutcome => ({ kind: 'link', crmId, by });
const review = (field: string, ...candidates: string[]): MatchOutcome => ({
  kind: 'review',
  reason: `${candidates.length} CRM records have the same ${field}`,
  candidates,
});

describe('match', () => {
  test.each<readonly [string, MatchEvidence, MatchOutcome]>([
    ['no hit creates', evidence({}), create],
    ['no key creates', evidence({ keys: [] }, { no: ['1'] }), create],
    ['one hit links', evidence({}, { no: ['1'] }), link('1', 'no')],
    ['two hits go to review', evidence({}, { no: ['1', '2'] }), review('no', '1', '2')],
    ['the first key with a hit decides', evidence({}, { no: ['1'], email: ['2', '3'] }), link('1', 'no')],
    ['a key without a hit leaves it to the next', evidence({}, { email: ['2'] }), link('2', 'email')],
    [
      'two hits of a strong key are not settled by a weaker one',
      evidence({}, { no: ['1', '2'], email: ['1'] }),
      review('no', '1', '2'),
    ],
    ['a judgement outranks every key', evidence({ same: '9' }, { no: ['1'] }), link('9', 'judgement')],
    ['a judgement settles a review', evidence({ same: '2' }, { no: ['1', '2'] }), link('2', 'judgement')],
    ['not the same: the other hit links', evidence({ notSame: new Set(['1']) }, { no: ['1', '2'] }), link('2', 'no')],
    [
      'not the same: the next key is asked',
      evidence({ notSame: new Set(['1']) }, { no: ['1'], email: ['3'] }),
      link('3', 'email'),
    ],
    [
      'not the same as any: a new record',
      evidence({ notSame: new Set(['1', '2']) }, { no: ['1'], email: ['2'] }),
      create,
    ],
  ])('%s', (_title, given, expected) => {
    expect(match(given)).toEqual(expected);
  });

  test('a review names at most 20 candidates, but counts all', () => {
    const ids = Array.from({ length: 30 }, (_none, index) => String(index));
    const outcome = match(evidence({}, { no: ids }));
    expect(outcome).toEqual({
      kind: 'review',
      reason: '30 CRM records have the same no',
      candidates: ids.slice(0, 20),
    });
  });
});

test('match keys are normalised, in the order of the object, and left out where there is nothing to match by', () => {
  const object = objectOf(
    {
      no: fieldOf({ strong: true }),
      email: fieldOf({ type: 'email' }),
      phone: fieldOf({ type: 'phone' }),
      name: fieldOf(),
    },
    { match: ['no', 'phone', 'email'] },
  );
  expect(matchKeysOf(object, { no: ' 0０7 ', email: ' A@X.com', phone: '+86 (21) 5555-0100', name: 'n' })).toEqual([
    { field: 'no', strong: true, value: '007' },
    { field: 'phone', strong: false, value: '862155550100' },
    { field: 'email', strong: false, value: 'a@x.com' },
  ]);
  expect(matchKeysOf(object, { no: '  ', email: null, phone: '12345' })).toEqual([]);
});
