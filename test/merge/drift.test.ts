import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConflictPolicy } from '../../src/domain/definition.ts';
import type { Fields, Value } from '../../src/domain/values.ts';
import { DriftCounter, driftOf } from '../../src/merge/drift.ts';
import { claimsImage, planEntry } from '../../src/merge/plan.ts';
import {
  ACCOUNT,
  applied,
  CASES,
  claimOf,
  claims,
  crmOf,
  fieldOf,
  fieldsOf,
  objectOf,
  planInput,
  recordOf,
} from './support.ts';

interface Case {
  readonly policy?: ConflictPolicy;
  readonly source: Value;
  readonly base?: Value;
  readonly crm: Value;
  readonly hold?: Value;
}

function phone({ policy = 'source', source, base, crm, hold }: Case): ReturnType<typeof driftOf> {
  return driftOf(
    planInput({
      object: objectOf({ phone: fieldOf({ conflict: policy }) }),
      claims: [claimOf({ fields: { phone: source } })],
      record: recordOf({ base: base === undefined ? {} : { phone: base } }),
      crmId: '42',
      crm: { phone: crm },
      holds: hold === undefined ? {} : { phone: JSON.stringify(hold) },
    }),
  );
}

describe('a field', () => {
  test.each<readonly [string, Case, readonly [kind: string, repairable: boolean] | null]>([
    ['that nobody changed is no drift', { source: 'a', base: 'a', crm: 'a' }, null],
    ['that both changed to the same is none either', { source: 'b', base: 'a', crm: 'b' }, null],
    [
      'changed in the CRM is repaired where the source wins',
      { source: 'a', base: 'a', crm: 'b' },
      ['crm_changed', true],
    ],
    [
      'changed in the CRM stays where the CRM wins',
      { policy: 'crm', source: 'a', base: 'a', crm: 'b' },
      ['crm_changed', false],
    ],
    [
      'changed in the CRM stays where a person decides',
      { policy: 'review', source: 'a', base: 'a', crm: 'b' },
      ['crm_changed', false],
    ],
    [
      'emptied in the CRM is filled where empty ones are',
      { policy: 'fill_empty', source: 'a', base: 'a', crm: null },
      ['crm_changed', true],
    ],
    [
      'changed in the CRM stays where only empty ones are filled',
      { policy: 'fill_empty', source: 'a', base: 'a', crm: 'b' },
      ['crm_changed', false],
    ],
    ['that only the source changed is not written', { source: 'b', base: 'a', crm: 'a' }, ['not_written', true]],
    ['that both changed is kept by its policy', { policy: 'crm', source: 'b', base: 'a', crm: 'c' }, ['kept', false]],
    ['that an undo took back is held', { source: 'b', base: 'a', crm: 'a', hold: 'b' }, ['held', false]],
    ['whose hold is past is not', { source: 'c', base: 'a', crm: 'a', hold: 'b' }, ['not_written', true]],
  ])('%s', (_title, given, expected) => {
    const found = phone(given)?.fields['phone'];
    expect(found === undefined ? null : [found.kind, found.repairable]).toEqual(expected);
    if (found !== undefined)
      expect({ source: found.source, crm: found.crm }).toEqual({ source: given.source, crm: given.crm });
  });
});

describe('a record', () => {
  const known = { claims: [claimOf({ fields: { name: 'A' } })], crmId: '42', crm: null } as const;

  test('that the CRM has no more is missing', () => {
    expect(driftOf(planInput({ ...known, record: recordOf() }))?.kind).toBe('missing');
  });

  test.each([
    ['review', 'missing', []],
    ['recreate', 'missing', ['name']],
    ['accept', undefined, []],
  ] as const)('that the CRM has no more, where the object says %s', (gone, kind, repairable) => {
    const object = objectOf({ name: fieldOf() }, { gone });
    const found = driftOf(planInput({ ...known, object, record: recordOf() }));
    expect([found?.kind, Object.keys(found?.fields ?? {})]).toEqual([kind, repairable]);
  });

  test('that we have ended ourselves is not', () => {
    expect(driftOf(planInput({ ...known, record: recordOf({ state: 'suppressed' }) }))).toBeNull();
  });

  test('has held fields where the gate said no', () => {
    const refused = { name: [JSON.stringify('A')] };
    const given = planInput({ ...known, crm: { name: 'B' }, record: recordOf({ base: { name: 'B' } }), refused });
    expect(driftOf(given)?.fields['name']).toEqual({ kind: 'held', source: 'A', crm: 'B', repairable: false });
  });

  test('that an undo took back as a whole is held', () => {
    const holds = { '*': claimsImage(known.claims) };
    expect(driftOf(planInput({ ...known, crm: { name: 'B' }, record: recordOf(), holds }))?.kind).toBe('held');
  });
});

const FIELDS = Object.keys(ACCOUNT.fields);
const input = fc
  .record({
    claims: claims.filter((all) => all.some((claim) => claim.operation === 'upsert')),
    base: fieldsOf(FIELDS),
    crm: crmOf(FIELDS),
  })
  .map(({ base, ...rest }) => planInput({ ...rest, record: recordOf({ base }), crmId: '42' }));

const RUNS = { numRuns: CASES };

describe('a repair', () => {
  test('writes exactly what was called repairable, and what it does not write stays', () => {
    fc.assert(
      fc.property(input, (given) => {
        const drift = driftOf(given)?.fields ?? {};
        const { writes } = planEntry({ ...given, repair: true });
        // A conflict that the source wins is written by any merge: it counts as not written.
        const repairable = Object.keys(drift).filter((field) => drift[field]?.repairable);
        expect(Object.keys(writes).toSorted()).toEqual(repairable.toSorted());
        for (const field of repairable) expect(writes[field]?.after).toEqual(drift[field]?.source);
      }),
      RUNS,
    );
  });

  test('leaves nothing to repair', () => {
    fc.assert(
      fc.property(input, (given) => {
        const entry = planEntry({ ...given, repair: true });
        const crm: Fields = applied(given.crm, entry) ?? {};
        const moved = Object.entries(entry.writes).map(([field, { after }]): [string, Value] => [field, after]);
        const agreed = Object.entries(entry.agreed).map(([field, { value }]): [string, Value] => [field, value]);
        const base = { ...given.record?.base, ...Object.fromEntries([...moved, ...agreed]) };
        const left = driftOf({ ...given, crm, record: recordOf({ base }) })?.fields ?? {};
        expect(Object.values(left).filter((field) => field.repairable)).toEqual([]);
      }),
      RUNS,
    );
  });
});

test('counts add up', () => {
  const counter = new DriftCounter();
  const differs = phone({ source: 'a', base: 'a', crm: 'b' });
  counter.add(3, differs === null ? [] : [differs, { kind: 'missing', crmId: '7', key: 'k', fields: {} }]);
  expect(counter.totals).toEqual({
    compared: 3,
    same: 1,
    differing: 1,
    missing: 1,
    held: 0,
    repairable: 1,
    fields: { phone: { crm_changed: 1, not_written: 0, kept: 0, held: 0, repairable: 1 } },
  });
});
