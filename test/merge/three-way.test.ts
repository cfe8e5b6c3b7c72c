import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isEmpty, sameValue, type Value } from '../../src/domain/values.ts';
import { type FieldVerdict, type Sides, threeWay } from '../../src/merge/three-way.ts';
import { CASES, POLICIES } from './support.ts';

const nothing = { do: 'nothing' };
const drift = { do: 'drift' };
const agree = { do: 'agree' };
const write = { do: 'write', conflict: false };
const wins = { do: 'write', conflict: true };
const keep = { do: 'keep', conflict: false, review: false };
const loses = { do: 'keep', conflict: true, review: false };
const review = { do: 'keep', conflict: true, review: true };
const none = undefined;

/** By policy: source, crm, fill_empty, most_recent (nobody knows who spoke last), review. */
type Row = readonly [title: string, base: Value | undefined, source: Value, crm: Value, verdicts: readonly object[]];
const all = (verdict: object): readonly object[] => POLICIES.map(() => verdict);

const TABLE: readonly Row[] = [
  ['nobody changed', 'a', 'a', 'a', all(nothing)],
  ['only the source changed', 'a', 'b', 'a', [write, write, keep, write, write]],
  ['only the source changed, to empty', 'a', null, 'a', [write, write, keep, write, write]],
  ['only the source changed, from empty', null, 'b', null, all(write)],
  ['only the source changed, and empty is empty', '', 'b', null, all(write)],
  ['only the CRM changed', 'a', 'a', 'b', all(drift)],
  ['only the CRM changed, to empty', 'a', 'a', null, all(drift)],
  ['both changed to the same', 'a', 'b', 'b', all(agree)],
  ['both became empty, in different words', 'a', null, '', all(agree)],
  ['both changed, differently', 'a', 'b', 'c', [wins, loses, loses, loses, review]],
  ['both changed, the CRM to empty', 'a', 'b', null, [wins, loses, wins, loses, review]],
  ['both changed, the source to empty', 'a', null, 'c', [wins, loses, loses, loses, review]],
  ['first contact, both the same', none, 'a', 'a', all(agree)],
  ['first contact, both empty', none, null, '', all(agree)],
  ['first contact, the CRM is empty', none, 'a', null, all(write)],
  ['first contact, they differ', none, 'a', 'b', [wins, loses, loses, loses, review]],
  ['first contact, the source is empty', none, null, 'b', [wins, loses, loses, loses, review]],
  ['lists are compared item by item', ['a', 'b'], ['a', 'b'], ['a', 'b'], all(nothing)],
  ['an empty list is empty', null, [], '', all(nothing)],
];

const sidesOf = (base: Value | undefined, source: Value, crm: Value): Sides =>
  base === undefined ? { source, crm } : { base, source, crm };

describe('the decision table', () => {
  test.each(TABLE)('%s', (_title, base, source, crm, verdicts) => {
    expect(POLICIES.map((policy) => threeWay(sidesOf(base, source, crm), policy))).toEqual(verdicts);
  });
});

describe('most_recent, when it is known who spoke last', () => {
  test.each<readonly [string, Value | undefined, Value, Value, object, object]>([
    ['both changed, differently', 'a', 'b', 'c', wins, loses],
    ['both changed, the source to empty', 'a', null, 'c', wins, loses],
    ['first contact, they differ', none, 'a', 'b', wins, loses],
    ['no conflict: nobody asks', 'a', 'b', 'a', write, write],
    ['both changed to the same', 'a', 'b', 'b', agree, agree],
  ])('%s', (_title, base, source, crm, bySource, byCrm) => {
    const verdict = (newer: 'source' | 'crm'): object =>
      threeWay({ ...sidesOf(base, source, crm), newer }, 'most_recent');
    expect([verdict('source'), verdict('crm')]).toEqual([bySource, byCrm]);
  });
});

test('the table is complete: whatever stands on the three sides, it is in exactly one row', () => {
  fc.assert(
    fc.property(sides, policy, fc.constantFrom(undefined, 'source' as const, 'crm' as const), (before, by, newer) => {
      const { base, source, crm } = before;
      const empty = (one: Value | undefined): boolean => isEmpty(one);
      const equal = (a: Value, b: Value): boolean => (empty(a) && empty(b)) || sameValue(a, b);
      const first = base === undefined;
      const sourceChanged = first || !equal(source, base);
      const crmChanged = first ? !empty(crm) : !equal(crm, base);
      const fills = by !== 'fill_empty' || empty(crm);
      const winner =
        by === 'source' || (by === 'fill_empty' && empty(crm)) || (by === 'most_recent' && newer === 'source');
      const rows: readonly (readonly [boolean, object])[] = [
        [!sourceChanged && !crmChanged, nothing],
        [!sourceChanged && crmChanged, drift],
        [first && equal(source, crm), agree],
        [!first && sourceChanged && crmChanged && equal(source, crm), agree],
        [sourceChanged && !crmChanged && !(first && equal(source, crm)), fills ? write : keep],
        [sourceChanged && crmChanged && !equal(source, crm), winner ? wins : by === 'review' ? review : loses],
      ];
      const found = rows.filter(([applies]) => applies).map(([, verdict]) => verdict);
      expect(found).toEqual([threeWay(newer === undefined ? before : { ...before, newer }, by)]);
    }),
    { numRuns: CASES * 4 },
  );
});

const value = fc.constantFrom<Value>(null, '', 'a', 'b', 'c', true, ['a'], []);
const sides = fc
  .record({ base: fc.option(value, { nil: undefined }), source: value, crm: value })
  .map(({ base, source, crm }) => sidesOf(base, source, crm));
const policy = fc.constantFrom(...POLICIES);

/** The sides after the verdict was carried out: what was written or agreed on is the new base. */
function after({ source, crm, ...base }: Sides, verdict: FieldVerdict): Sides {
  if (verdict.do === 'write') return { base: source, source, crm: source };
  if (verdict.do === 'agree') return { base: crm, source, crm };
  return { ...base, source, crm };
}

test('comparing again after a verdict was carried out writes nothing: nothing, or what was kept before', () => {
  fc.assert(
    fc.property(sides, policy, (before, by) => {
      const verdict = threeWay(before, by);
      const again = threeWay(after(before, verdict), by);
      expect(again).toEqual(verdict.do === 'write' || verdict.do === 'agree' ? nothing : verdict);
    }),
  );
});

test('a value is written only where the source differs from the CRM, and only conflicts ask the policy', () => {
  fc.assert(
    fc.property(sides, policy, (before, by) => {
      const verdict = threeWay(before, by);
      const differ = !sameValue(before.source, before.crm) && !(isEmpty(before.source) && isEmpty(before.crm));
      if (verdict.do === 'write') expect(differ).toBe(true);
      if ('conflict' in verdict && verdict.conflict) expect(differ).toBe(true);
      if (!('conflict' in verdict)) expect(threeWay(before, 'source')).toEqual(verdict);
    }),
  );
});
