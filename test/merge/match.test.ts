import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Candidate } from '../../src/domain/claims.ts';
import {
  match,
  matchKeysOf,
  matchLevels,
  type MatchLevel,
  type MatchOutcome,
  type MatchQuestion,
} from '../../src/merge/match.ts';
import { CASES, fieldOf, objectOf } from './support.ts';

/** Two strong keys, then two others. */
const LEVELS: readonly MatchLevel[] = [
  { fields: ['no', 'tax'], strong: true },
  { fields: ['email'], strong: false },
  { fields: ['phone'], strong: false },
];

/** CRM records by the fields that are equal: `{ no: ['1'] }`. */
function candidatesOf(hits: Readonly<Record<string, readonly string[]>>): readonly Candidate[] {
  const ids = [...new Set(Object.values(hits).flat())];
  return ids.map((crmId) => ({
    crmId,
    evidence: Object.keys(hits)
      .filter((field) => hits[field]?.includes(crmId))
      .map((field) => ({ field, value: 'x' })),
  }));
}

function asked(hits: Readonly<Record<string, readonly string[]>>, change: Partial<MatchQuestion> = {}): MatchOutcome {
  const question = { levels: LEVELS, candidates: candidatesOf(hits), same: null, notSame: new Set<string>() };
  const outcome = match({ ...question, ...change });
  if (outcome.kind === 'link') delete (outcome as { candidate?: Candidate }).candidate; // compared on its own below
  return outcome;
}

const create: MatchOutcome = { kind: 'create' };
const link = (crmId: string, by: string): MatchOutcome => ({ kind: 'link', crmId, by });
const review = (reason: string, ...ids: string[]): unknown => ({
  kind: 'review',
  reason,
  candidates: ids.map((crmId) => expect.objectContaining({ crmId })),
});
const not = (...ids: string[]): Partial<MatchQuestion> => ({ notSame: new Set(ids) });

describe('match', () => {
  test.each<readonly [string, MatchOutcome, unknown]>([
    ['no hit creates', asked({}), create],
    ['one hit links', asked({ no: ['1'] }), link('1', 'no')],
    ['two hits go to review', asked({ no: ['1', '2'] }), review('2 CRM records have the same no', '1', '2')],
    ['two strong keys that name one record link', asked({ no: ['1'], tax: ['1'] }), link('1', 'no')],
    [
      'two strong keys that name one each go to review',
      asked({ no: ['1'], tax: ['2'] }),
      review('no and tax are those of 2 different CRM records', '1', '2'),
    ],
    ['the first level with a hit decides', asked({ no: ['1'], email: ['2', '3'] }), link('1', 'no')],
    ['a level without a hit leaves it to the next', asked({ email: ['2'], phone: ['3'] }), link('2', 'email')],
    [
      'two hits of a strong key are not settled by a weaker one',
      asked({ no: ['1', '2'], email: ['1'] }),
      review('2 CRM records have the same no', '1', '2'),
    ],
    ['a judgement outranks every key', asked({ no: ['1'] }, { same: '9' }), link('9', 'judgement')],
    ['a judgement needs no key', asked({}, { same: '9', levels: [] }), link('9', 'judgement')],
    ['a judgement settles a review', asked({ no: ['1', '2'] }, { same: '2' }), link('2', 'judgement')],
    ['not the same: the other hit links', asked({ no: ['1', '2'] }, not('1')), link('2', 'no')],
    ['not the same: the next level is asked', asked({ email: ['1'], phone: ['3'] }, not('1')), link('3', 'phone')],
    [
      'not the same, and a strong key says it is: the data is wrong',
      asked({ no: ['1'], email: ['3'] }, not('1')),
      review('CRM 1 has the same no, and a person said that it is not the same', '1'),
    ],
    ['not the same as any: a new record', asked({ phone: ['1'], email: ['2'] }, not('1', '2')), create],
  ])('%s', (_title, outcome, expected) => {
    expect(outcome).toEqual(expected);
  });

  test('a link says what spoke for it', () => {
    const candidates = candidatesOf({ no: ['1'], email: ['1'] });
    expect(match({ levels: LEVELS, candidates, same: null, notSame: new Set() })).toEqual({
      kind: 'link',
      crmId: '1',
      by: 'no',
      candidate: {
        crmId: '1',
        evidence: [
          { field: 'no', value: 'x' },
          { field: 'email', value: 'x' },
        ],
      },
    });
  });

  test('a review names at most 20 candidates, but counts all', () => {
    const ids = Array.from({ length: 30 }, (_none, index) => String(index));
    expect(asked({ no: ids })).toEqual(review('30 CRM records have the same no', ...ids.slice(0, 20)));
  });

  const hits = fc.dictionary(fc.constantFrom('no', 'tax', 'email', 'phone'), fc.subarray(['1', '2', '3', '4']), {
    noNullPrototype: true,
  });
  const notSame = fc.subarray(['1', '2', '3', '4']).map((ids) => new Set(ids));

  test('whatever the order of the candidates, the judgement is the same', () => {
    fc.assert(
      fc.property(hits, notSame, fc.func(fc.nat()), (found, ids, rank) => {
        const candidates = candidatesOf(found);
        const shuffled = candidates.toSorted((a, b) => rank(a.crmId) - rank(b.crmId));
        const judge = (all: readonly Candidate[]): MatchOutcome =>
          match({ levels: LEVELS, candidates: all, same: null, notSame: ids });
        const [one, other] = [judge(candidates), judge(shuffled)];
        expect(other.kind).toBe(one.kind);
        if (one.kind === 'link') expect(other).toEqual(one);
      }),
      { numRuns: CASES },
    );
  });

  test('a record that a person told apart is never linked, and what no key names is never linked', () => {
    fc.assert(
      fc.property(hits, notSame, (found, ids) => {
        const outcome = match({ levels: LEVELS, candidates: candidatesOf(found), same: null, notSame: ids });
        const linked = outcome.kind === 'link' ? [outcome.crmId] : [];
        const named = new Set(Object.values(found).flat());
        expect(linked.filter((crmId) => ids.has(crmId) || !named.has(crmId))).toEqual([]);
      }),
      { numRuns: CASES },
    );
  });
});

test('strong keys are one level, the others one each', () => {
  const object = objectOf(
    { no: fieldOf({ strong: true }), tax: fieldOf({ strong: true }), email: fieldOf(), phone: fieldOf() },
    { match: ['no', 'tax', 'email', 'phone'] },
  );
  expect(matchLevels(object)).toEqual(LEVELS);
  expect(matchLevels(objectOf({ name: fieldOf() }, { match: ['name'] }))).toEqual([
    { fields: ['name'], strong: false },
  ]);
  expect(matchLevels(objectOf({}))).toEqual([]);
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
