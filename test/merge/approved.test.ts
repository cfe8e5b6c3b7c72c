import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry, FieldWrite } from '../../src/domain/claims.ts';
import { isWithinApproval, shrinkToApproved } from '../../src/merge/approved.ts';

const why = { sync: 'erp', key: 'C-1', rule: 'rank' };
const write = (before: string | null, after: string | null): FieldWrite => ({ before, after, why });

function entryOf(change: Partial<Entry> = {}): Entry {
  return {
    ordinal: 0,
    key: 'C-1',
    action: 'update',
    outcome: 'applied',
    recordId: 1,
    crmId: '42',
    revision: 3,
    writes: { name: write('a', 'b'), phone: write(null, '1') },
    agreed: {},
    conflicts: {},
    drift: [],
    previous: null,
    ...change,
  };
}

const approved = entryOf();

describe('an entry that is merged again after its approval', () => {
  test.each<readonly [title: string, again: Partial<Entry>, within: boolean]>([
    ['may be the same', { revision: 4 }, true],
    ['may have lost fields', { writes: { name: write('a', 'b') } }, true],
    ['may have lost all of them', { action: 'none', outcome: 'no_change', writes: {} }, true],
    ['may write an empty field that was empty in other words', { writes: { phone: write('', '1') } }, true],
    ['must not write another field', { writes: { city: write(null, 'x') } }, false],
    ['must not write another value', { writes: { name: write('a', 'c') } }, false],
    ['must not overwrite a value that nobody has seen', { writes: { name: write('z', 'b') } }, false],
    ['must not become another action', { action: 'deactivate', writes: { name: write('a', 'b') } }, false],
    ['must not go to another record', { crmId: '43' }, false],
  ])('%s', (_title, change, within) => {
    const again = entryOf(change);
    expect(again.action === 'none' || isWithinApproval(again, approved)).toBe(within);
    const kept = shrinkToApproved(again, approved);
    if (within) expect(kept).toBe(again);
    else expect(kept).toMatchObject({ action: 'none', outcome: 'parked', writes: {} });
  });

  const value = fc.constantFrom(null, 'a', 'b');
  const writes = fc.dictionary(fc.constantFrom('name', 'phone', 'city'), fc.tuple(value, value), {
    noNullPrototype: true,
  });
  const entry = fc
    .record({ action: fc.constantFrom('update' as const, 'create' as const, 'deactivate' as const), writes })
    .map(({ action, writes: made }) => {
      const all = Object.entries(made).map(([field, [before, after]]) => [field, write(before, after)]);
      return entryOf({ action, writes: Object.fromEntries(all) as Entry['writes'] }); // as made above
    });

  test('never writes what the approved one does not write', () => {
    fc.assert(
      fc.property(entry, entry, (seen, again) => {
        for (const [field, { before, after }] of Object.entries(shrinkToApproved(again, seen).writes)) {
          expect(seen.writes[field]).toMatchObject({ before, after });
        }
      }),
    );
  });
});
