import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Claim } from '../../src/domain/claims.ts';
import type { Fields, Operation, Version } from '../../src/domain/values.ts';
import { foldClaim, sameClaim } from '../../src/merge/fold.ts';
import { CASES, NOON } from './support.ts';

type Records = 'full' | 'partial';

const at = (n: number): Version => ({ source: String(n), read: 1, position: n });

function said(n: number, fields: Fields, change: Partial<Claim> = {}): Claim {
  return { key: 'K', version: at(n), operation: 'upsert', fields, observedAt: NOON + n, ...change };
}

const gone = (n: number): Claim => said(n, {}, { operation: 'delete' });

function foldAll(records: Records, claims: readonly Claim[]): Claim | undefined {
  return claims.reduce<Claim | undefined>((before, claim) => foldClaim({ records }, claim, before), undefined);
}

/** What is known in the end: whether it lives, and its fields. */
function known(records: Records, ...claims: readonly Claim[]): unknown {
  const folded = foldAll(records, claims);
  return folded?.operation === 'delete' ? 'gone' : folded?.fields;
}

describe('whole records', () => {
  test.each<readonly [string, readonly Claim[], unknown]>([
    ['the newest is the whole claim', [said(1, { a: '1', b: '1' }), said(2, { a: '2' })], { a: '2' }],
    ['an older one says nothing any more', [said(2, { a: '2' }), said(1, { a: '1', b: '1' })], { a: '2' }],
    ['what a rule left out stays as it was', [said(1, { a: '1' }), said(2, {}, { unsaid: ['a'] })], { a: '1' }],
    ['also where the older one comes later', [said(2, {}, { unsaid: ['a'] }), said(1, { a: '1' })], { a: '1' }],
    [
      'it is withdrawn by a record between the two, whenever that comes',
      [said(1, { a: '1' }), said(3, { b: '3' }, { unsaid: ['a'] }), said(2, {})],
      { b: '3' },
    ],
    ['an end takes everything', [said(1, { a: '1' }), said(2, {}, { unsaid: ['a'] }), gone(3)], 'gone'],
    [
      'a newer record revives, without what was before',
      [said(1, { a: '1' }), gone(2), said(3, { b: '3' })],
      { b: '3' },
    ],
    ['an older record does not', [gone(2), said(1, { a: '1' })], 'gone'],
  ])('%s', (_title, claims, expected) => {
    expect(known('full', ...claims)).toEqual(expected);
  });

  test('one record alone is stored as it is', () => {
    expect(foldAll('full', [said(1, { a: '1' }), said(2, { a: '2' })])).toEqual(said(2, { a: '2' }));
  });
});

describe('change events', () => {
  test.each<readonly [string, readonly Claim[], unknown]>([
    ['each field by its newest word', [said(1, { a: '1', b: '1' }), said(2, { a: '2' })], { a: '2', b: '1' }],
    [
      'a late one counts for what no newer one says',
      [said(2, { a: '2' }), said(1, { a: '1', b: '1' })],
      { a: '2', b: '1' },
    ],
    ['null is a word', [said(1, { a: '1' }), said(2, { a: null })], { a: null }],
    ['an end takes what was said before it', [said(1, { a: '1' }), gone(2), said(3, { b: '3' })], { b: '3' }],
    ['and leaves what was said after it', [said(3, { b: '3' }), gone(2), said(1, { a: '1' })], { b: '3' }],
  ])('%s', (_title, claims, expected) => {
    expect(known('partial', ...claims)).toEqual(expected);
  });
});

const field = fc.constantFrom('a', 'b', 'c');
const fields = fc.dictionary(field, fc.constantFrom(null, 'x', 'y'), { noNullPrototype: true });
/** Records of one key with versions of their own, each with one content. */
const records = fc.uniqueArray(fc.nat(9), { maxLength: 6 }).chain((versions) =>
  fc.tuple(
    ...versions.map((n) =>
      fc
        .record({
          operation: fc.constantFrom<Operation>('upsert', 'upsert', 'upsert', 'delete'),
          fields,
          left: fc.subarray(['a', 'b', 'c']),
        })
        .map(({ operation, fields: made, left }) => {
          const unsaid = left.filter((name) => made[name] === undefined);
          return operation === 'delete' ? gone(n) : said(n, made, unsaid.length === 0 ? {} : { unsaid });
        }),
    ),
  ),
);
const kind = fc.constantFrom<Records>('full', 'partial');

describe('folding', () => {
  test('does not depend on order or repetition', () => {
    const deliveries = records.chain((all) =>
      fc.record({
        all: fc.constant(all),
        again: fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length, maxLength: 2 * all.length }),
      }),
    );
    fc.assert(
      fc.property(kind, deliveries, (by, { all, again }) => {
        expect(foldAll(by, again)).toEqual(foldAll(by, all));
      }),
      { numRuns: CASES },
    );
  });

  test('is associative: what was folded apart folds together, through JSON as the store keeps it', () => {
    fc.assert(
      fc.property(kind, records, fc.nat(6), (by, all, cut) => {
        const [left, right] = [foldAll(by, all.slice(0, cut)), foldAll(by, all.slice(cut))];
        if (left === undefined || right === undefined) return;
        const stored: Claim = JSON.parse(JSON.stringify(left));
        expect(foldClaim({ records: by }, right, stored)).toEqual(foldAll(by, all));
      }),
      { numRuns: CASES },
    );
  });

  test('says of each field what its newest record says of it', () => {
    fc.assert(
      fc.property(kind, records, (by, all) => {
        const newestFirst = all.toSorted((a, b) => b.version.position - a.version.position);
        const folded = foldAll(by, all);
        for (const name of ['a', 'b', 'c']) {
          const word = newestFirst.find(
            (one) =>
              one.operation === 'delete' ||
              one.fields[name] !== undefined ||
              (by === 'full' && one.unsaid?.includes(name) !== true),
          );
          expect(folded?.fields[name]).toEqual(word?.fields[name]);
        }
        expect(folded?.version).toEqual(newestFirst[0]?.version);
        expect(folded?.operation).toEqual(newestFirst[0]?.operation);
      }),
      { numRuns: CASES },
    );
  });

  test('a record that brings no new word leaves the claim the same, and one that does does not', () => {
    fc.assert(
      fc.property(kind, records, fc.nat(5), (by, all, index) => {
        const folded = foldAll(by, all);
        const again = all[index];
        if (folded === undefined || again === undefined) return;
        expect(sameClaim(folded, foldClaim({ records: by }, again, folded))).toBe(true);
        expect(sameClaim(folded, foldClaim({ records: by }, said(10, { a: 'z' }), folded))).toBe(false);
      }),
      { numRuns: CASES },
    );
  });
});
