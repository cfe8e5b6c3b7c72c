import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SourcedClaim } from '../../src/domain/claims.ts';
import type { ObjectDefinition } from '../../src/domain/definition.ts';
import { isList } from '../../src/domain/values.ts';
import { NO_PINS, type Pinned, recencyOf, resolve } from '../../src/merge/resolve.ts';
import { ACCOUNT, CASES, claimOf, claims, fieldOf, NOON, objectOf, pinned } from './support.ts';

const MINUTE = 60_000;

function valuesOf(object: ObjectDefinition, all: readonly SourcedClaim[], pins: Pinned = NO_PINS): object {
  return Object.fromEntries(Object.entries(resolve(object, all, pins)).map(([field, { value }]) => [field, value]));
}

const erp = (change: Partial<SourcedClaim>): SourcedClaim => claimOf(change);
const oa = (change: Partial<SourcedClaim>): SourcedClaim =>
  claimOf({ sync: 'oa-contacts', source: 'oa', key: 'O-1', ...change });
const at = (source: string | null, read = 1): SourcedClaim['version'] => ({ source, read, position: 0 });

describe('order, repetition and replay of deliveries cannot change the result', () => {
  test('any permutation of any claims, with any of them repeated, resolves to the same', () => {
    const shuffled = claims.chain((all) =>
      fc.record({
        all: fc.constant(all),
        again: fc
          .array(fc.constantFrom(...(all.length === 0 ? [claimOf()] : all)), { maxLength: 4 })
          .map((repeats) => (all.length === 0 ? [] : repeats))
          .chain((repeats) => fc.shuffledSubarray([...all, ...repeats], { minLength: all.length + repeats.length })),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ all, again }) => {
        expect(resolve(ACCOUNT, again, NO_PINS)).toEqual(resolve(ACCOUNT, all, NO_PINS));
      }),
      { numRuns: CASES },
    );
  });

  test('every resolved value comes from the claim it names, but for unions', () => {
    fc.assert(
      fc.property(claims, (all) => {
        for (const [field, { value, why, claim }] of Object.entries(resolve(ACCOUNT, all, NO_PINS))) {
          expect(claim).toBe(all.find((one) => one.sync === why.sync && one.key === why.key));
          if (why.rule !== 'union') expect(value).toEqual(claim?.fields[field] ?? null);
        }
      }),
    );
  });

  test('the claim of a deleted source record says nothing', () => {
    fc.assert(
      fc.property(claims, (all) => {
        const live = all.filter((claim) => claim.operation === 'upsert');
        expect(resolve(ACCOUNT, all, NO_PINS)).toEqual(resolve(ACCOUNT, live, NO_PINS));
      }),
    );
  });
});

const one = (kind: 'most_recent' | 'min' | 'max' | 'union'): ObjectDefinition =>
  objectOf({ x: fieldOf({ type: kind === 'min' || kind === 'max' ? 'decimal' : 'text', resolve: { kind } }) });

describe('one field', () => {
  test.each([
    ['most_recent takes the newer stamp', at('2024-01-01T10:00:00Z'), at('2024-01-01T11:00:00Z'), 'second'],
    ['most_recent reads stamps in their zones', at('2024-01-01T19:00:00+08:00'), at('2024-01-01T10:00:00Z'), 'first'],
    ['a stamp without a zone is UTC', at('2024-01-01 11:00'), at('2024-01-01T10:30:00Z'), 'first'],
    ['equal stamps: the sync that sorts first, always', at('2024-01-01'), at('2024-01-01T00:00Z'), 'first'],
    ['a version that is no date counts from when it was first seen', at('17'), at('2024-01-01T11:59:00Z'), 'first'],
  ])('%s', (_title, first, second, winner) => {
    const all = [erp({ version: first, fields: { x: 'first' } }), oa({ version: second, fields: { x: 'second' } })];
    expect(valuesOf(one('most_recent'), all)).toEqual({ x: winner });
  });

  test.each([
    ['min', '9'],
    ['max', '10.5'],
  ] as const)('%s compares numbers by size', (kind, expected) => {
    const all = [erp({ fields: { x: '9' } }), oa({ fields: { x: '10.5' } }), oa({ key: 'O-2', fields: { x: null } })];
    expect(valuesOf(one(kind), all)).toEqual({ x: expected });
  });

  test('union gathers the distinct values of all, lists opened, in a fixed order', () => {
    const all = [
      erp({ fields: { x: ['b', 'a'] } }),
      oa({ fields: { x: 'c' } }),
      oa({ key: 'O-2', fields: { x: 'a' } }),
    ];
    expect(valuesOf(one('union'), all)).toEqual({ x: ['a', 'b', 'c'] });
  });

  test('rank goes by sync or connection; who is not ranked comes last; a ranked null does not hide a value', () => {
    const object = objectOf({ x: fieldOf({ resolve: { kind: 'rank', sources: ['oa', 'erp-customers'] } }) });
    const hr = claimOf({ sync: 'hr', source: 'hr', key: 'H', version: at('2025-01-01'), fields: { x: 'hr' } });
    expect(valuesOf(object, [hr, erp({ fields: { x: 'erp' } }), oa({ fields: { x: 'oa' } })])).toEqual({ x: 'oa' });
    expect(valuesOf(object, [hr, erp({ fields: { x: 'erp' } })])).toEqual({ x: 'erp' });
    expect(valuesOf(object, [hr, erp({ fields: { x: 'erp' } }), oa({ fields: { x: null } })])).toEqual({ x: 'erp' });
  });

  test('null counts only when nobody has a value; absent says nothing at all', () => {
    expect(valuesOf(one('most_recent'), [erp({ fields: { x: null } }), oa({ fields: {} })])).toEqual({ x: null });
    expect(valuesOf(one('max'), [erp({ fields: { x: null } })])).toEqual({ x: null });
    expect(valuesOf(one('union'), [erp({ fields: { x: null } })])).toEqual({ x: null });
    expect(valuesOf(one('most_recent'), [erp({ fields: {} }), oa({ fields: {} })])).toEqual({});
  });

  test('of two keys of one sync the higher version wins, counted as numbers where they are numbers', () => {
    const all = [
      erp({ key: 'a', version: at('9'), fields: { x: '9' } }),
      erp({ key: 'b', version: at('10'), fields: { x: '10' } }),
    ];
    expect(valuesOf(one('most_recent'), all)).toEqual({ x: '10' });
  });
});

const observed = (source: string): number => recencyOf(claimOf({ version: at(source) }));

describe('a stamp from the future', () => {
  test('is capped at the time it was observed, plus five minutes', () => {
    expect(observed('2999-01-01T00:00:00Z')).toBe(NOON + 5 * MINUTE);
    expect(observed('2024-01-01T12:04:00Z')).toBe(NOON + 4 * MINUTE);
    expect(observed('2024-01-01T11:00:00.5Z')).toBe(NOON - 60 * MINUTE + 500);
  });

  test('does not win against what was observed an hour later', () => {
    const object = objectOf({ x: fieldOf() });
    const wrong = erp({ version: at('2999-01-01'), fields: { x: 'wrong clock' } });
    const later = oa({ version: at('2024-01-01T12:59:00Z'), observedAt: NOON + 60 * MINUTE, fields: { x: 'later' } });
    expect(valuesOf(object, [wrong, later])).toEqual({ x: 'later' });
  });
});

const hr = (fields: SourcedClaim['fields']): SourcedClaim => claimOf({ sync: 'hr', source: 'hr', key: 'H', fields });

describe('groups survive as a unit', () => {
  const address = ACCOUNT.groups['address'] ?? [];

  test('all fields of a group come from one claim', () => {
    fc.assert(
      fc.property(claims, (all) => {
        const resolved = resolve(ACCOUNT, all, NO_PINS);
        const winners = new Set(address.flatMap((field) => resolved[field]?.claim ?? []));
        expect(winners.size).toBeLessThanOrEqual(1);
        const [winner] = winners;
        for (const field of address) {
          if (resolved[field] !== undefined) expect(resolved[field].value).toEqual(winner?.fields[field] ?? null);
        }
      }),
    );
  });

  test('the first field ranks the claims', () => {
    const all = [hr({ street: 'H 1', city: 'H' }), erp({ fields: { street: 'E 1', city: 'E' } })];
    expect(valuesOf(ACCOUNT, all)).toEqual({ street: 'H 1', city: 'H' });
  });

  test('what the winner leaves out is empty where another claim has it, so that two addresses never mix', () => {
    const all = [hr({ street: 'H 1', city: 'H' }), erp({ fields: { street: 'E 1', city: 'E', zip: '200000' } })];
    expect(valuesOf(ACCOUNT, all)).toEqual({ street: 'H 1', city: 'H', zip: null });
  });

  test('a claim with a value outranks one with nulls only; nulls alone clear the group', () => {
    const empty = hr({ street: null, city: null, zip: null });
    expect(valuesOf(ACCOUNT, [empty, erp({ fields: { city: 'E' } })])).toEqual({ city: 'E' });
    expect(valuesOf(ACCOUNT, [empty])).toEqual({ street: null, city: null, zip: null });
    expect(valuesOf(ACCOUNT, [hr({})])).toEqual({});
  });
});

describe('who may speak', () => {
  const object = objectOf({
    x: fieldOf({ sources: ['oa'], resolve: { kind: 'rank', sources: ['erp', 'oa'] } }),
    y: fieldOf({ sources: ['erp-customers'] }),
  });

  test('who may not is not heard, whatever its rank; connections and syncs are named alike', () => {
    const all = [erp({ fields: { x: 'erp', y: 'erp' } }), oa({ fields: { x: 'oa', y: 'oa' } })];
    expect(valuesOf(object, all)).toEqual({ x: 'oa', y: 'erp' });
    expect(valuesOf(object, [erp({ fields: { x: 'erp' } })])).toEqual({});
  });

  test('a claim of which nobody may speak changes nothing', () => {
    const strict = objectOf(
      Object.fromEntries(Object.entries(ACCOUNT.fields).map(([name, field]) => [name, { ...field, sources: ['hr'] }])),
      { groups: ACCOUNT.groups },
    );
    fc.assert(
      fc.property(claims, (all) => {
        const heard = all.filter(({ source }) => source === 'hr');
        expect(valuesOf(strict, all)).toEqual(valuesOf(strict, heard));
      }),
    );
  });
});

describe('resolve is associative over claims', () => {
  const parts = claims.chain((all) =>
    fc.record({
      all: fc.constant(all),
      cuts: fc.array(fc.nat(2), { minLength: all.length, maxLength: all.length }),
    }),
  );

  test('the winners of any parts of the claims resolve to what all of them do', () => {
    const single = Object.keys(ACCOUNT.fields).filter((field) => field !== 'tags' && !isGrouped(field));
    fc.assert(
      fc.property(parts, ({ all, cuts }) => {
        const whole = resolve(ACCOUNT, all, NO_PINS);
        for (const field of single) {
          const winners = [0, 1, 2].flatMap((part) => {
            const claim = resolve(
              ACCOUNT,
              all.filter((_one, index) => cuts[index] === part),
              NO_PINS,
            )[field]?.claim;
            return claim === null || claim === undefined ? [] : [claim];
          });
          expect(resolve(ACCOUNT, winners, NO_PINS)[field]).toEqual(whole[field]);
        }
      }),
      { numRuns: CASES },
    );
  });

  test('a group goes to the winner of the winners, and a union is the union of unions', () => {
    fc.assert(
      fc.property(parts, ({ all, cuts }) => {
        const whole = resolve(ACCOUNT, all, NO_PINS);
        const resolved = [0, 1, 2].map((part) =>
          resolve(
            ACCOUNT,
            all.filter((_one, index) => cuts[index] === part),
            NO_PINS,
          ),
        );
        const leads = resolved.flatMap(({ street, city, zip }) => (street ?? city ?? zip)?.claim ?? []);
        const { street, city, zip } = resolve(ACCOUNT, leads, NO_PINS);
        expect((street ?? city ?? zip)?.claim).toEqual((whole['street'] ?? whole['city'] ?? whole['zip'])?.claim);
        const tags = resolved.flatMap(({ tags: tag }) => (isList(tag?.value) ? tag.value : []));
        if (isList(whole['tags']?.value)) expect(new Set(tags)).toEqual(new Set(whole['tags'].value));
      }),
      { numRuns: CASES },
    );
  });
});

function isGrouped(field: string): boolean {
  return Object.values(ACCOUNT.groups).some((fields) => fields.includes(field));
}

describe('pins', () => {
  test('a pin counts until it expires, to the millisecond', () => {
    const pins = [{ field: 'name', value: 'fixed', expiresAt: NOON }];
    const all = [erp({ fields: { name: 'E' } })];
    expect(valuesOf(ACCOUNT, all, { pins, asOf: NOON - 1 })).toEqual({ name: 'fixed' });
    expect(valuesOf(ACCOUNT, all, { pins, asOf: NOON })).toEqual({ name: 'E' });
  });

  test('who may not speak of a field does not matter to a pin, nor does a pin on a field that is gone', () => {
    const object = objectOf({ x: fieldOf({ sources: ['hr'] }) });
    expect(valuesOf(object, [erp({ fields: { x: 'E' } })], pinned({ x: 'P', gone: 'G' }))).toEqual({ x: 'P' });
  });

  test('a pin wins over every claim, also inside a group, also with null, also without any claim', () => {
    const pins = pinned({ name: 'pinned', zip: '1', status: null });
    fc.assert(
      fc.property(claims, (all) => {
        const { name, zip, status, ...others } = resolve(ACCOUNT, all, pins);
        expect([name, zip, status].map((field) => [field?.value, field?.why.rule])).toEqual([
          ['pinned', 'pin'],
          ['1', 'pin'],
          [null, 'pin'],
        ]);
        const { name: _name, zip: _zip, status: _status, ...unpinned } = resolve(ACCOUNT, all, NO_PINS);
        expect(others).toEqual(unpinned);
      }),
    );
  });
});
