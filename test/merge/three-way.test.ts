import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isEmpty, sameValue, type Value } from '../../src/domain/values.ts';
import { type FieldVerdict, type Sides, threeWay } from '../../src/merge/three-way.ts';
import { POLICIES } from './support.ts';

const nothing = { do: 'nothing' };
const drift = { do: 'drift' };
const agree = { do: 'agree' };
const write = { do: 'write', conflict: false };
const wins = { do: 'write', conflict: true };
const keep = { do: 'keep', conflict: false, review: false };
const loses = { do: 'keep', conflict: true, review: false };
const review = { do: 'keep', conflict: true, review: true };
const none = undefined;

/** By policy: source, crm, fill_empty, review. */
type Row = readonly [title: string, base: Value | undefined, source: Value, crm: Value, verdicts: readonly object[]];
const all = (verdict: object): readonly object[] => POLICIES.map(() => verdict);

const TABLE: readonly Row[] = [
  ['nobody changed', 'a', 'a', 'a', all(nothing)],
  ['only the source changed', 'a', 'b', 'a', [write, write, keep, write]],
  ['only the source changed, to empty', 'a', null, 'a', [write, write, keep, write]],
  ['only the source changed, from empty', null, 'b', null, all(write)],
  ['only the source changed, and empty is empty', '', 'b', null, all(write)],
  ['only the CRM changed', 'a', 'a', 'b', all(drift)],
  ['only the CRM changed, to empty', 'a', 'a', null, all(drift)],
  ['both changed to the same', 'a', 'b', 'b', all(agree)],
  ['both became empty, in different words', 'a', null, '', all(agree)],
  ['both changed, differently', 'a', 'b', 'c', [wins, loses, loses, review]],
  ['both changed, the CRM to empty', 'a', 'b', null, [wins, loses, wins, review]],
  ['both changed, the source to empty', 'a', null, 'c', [wins, loses, loses, review]],
  ['first contact, both the same', none, 'a', 'a', all(agree)],
  ['first contact, both empty', none, null, '', all(agree)],
  ['first contact, the CRM is empty', none, 'a', null, all(write)],
  ['first contact, they differ', none, 'a', 'b', [wins, loses, loses, review]],
  ['first contact, the source is empty', none, null, 'b', [wins, loses, loses, review]],
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
