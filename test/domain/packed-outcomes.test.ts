import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EntryOutcome } from '../../src/domain/claims.ts';
import { packOutcomes, type PackedOutcomes, unpackOutcomes } from '../../src/domain/packed-outcomes.ts';

const outcome = fc.record(
  {
    outcome: fc.constantFrom<EntryOutcome['outcome']>('applied', 'waiting', 'parked'),
    action: fc.constantFrom<EntryOutcome['action']>('none', 'create', 'update'),
    crmId: fc.option(fc.constantFrom('1', '上海', '')),
    reason: fc.constantFrom('', 'because'),
    contested: fc.constant(true as const),
    defaults: fc.constant({ status: 'new' }),
  },
  { requiredKeys: ['outcome', 'action', 'crmId'], noNullPrototype: true },
);
const outcomes = fc
  .array(outcome, { maxLength: 12 })
  .map((all) => all.map((one, index): EntryOutcome => ({ ordinal: index * 3, ...one })));

test('what is packed and stored as JSON is unpacked as it was, in order', () => {
  fc.assert(
    fc.property(outcomes, (original) => {
      const stored = JSON.parse(JSON.stringify(packOutcomes(original))) as PackedOutcomes;
      expect(unpackOutcomes(stored)).toEqual(original);
    }),
  );
});

test('a plain list, as earlier versions stored it, is read as it stands', () => {
  const stored: EntryOutcome[] = [{ ordinal: 0, outcome: 'applied', action: 'create', crmId: '7' }];
  expect(unpackOutcomes(stored)).toEqual(stored);
});

test('outcomes that say the same share their words', () => {
  const many = Array.from({ length: 100 }, (_none, ordinal): EntryOutcome => {
    return { ordinal, outcome: 'applied', action: 'create', crmId: String(ordinal) };
  });
  expect(packOutcomes(many).groups).toHaveLength(1);
});
