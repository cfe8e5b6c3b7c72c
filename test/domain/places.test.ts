// The places of events' records in the sequence of their stream.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventAt, placeInEvent } from '../../src/domain/places.ts';

const event = fc.record({
  id: fc.integer({ min: 1, max: 6_000_000_000 }),
  offset: fc.integer({ min: 0, max: 2 ** 20 - 1 }),
});

test('a place tells its event, and is a number that is held exactly', () => {
  fc.assert(
    fc.property(event, ({ id, offset }) => {
      const place = placeInEvent(id, offset);
      expect(Number.isSafeInteger(place)).toBe(true);
      expect(eventAt(place)).toBe(id);
    }),
  );
});

test('a later event comes later, wherever in its body a record stands', () => {
  fc.assert(
    fc.property(event, event, (a, b) => {
      fc.pre(a.id !== b.id);
      expect(placeInEvent(a.id, a.offset) < placeInEvent(b.id, b.offset)).toBe(a.id < b.id);
    }),
  );
});

test('positions of reads, and what runs infer, are of no event', () => {
  expect([0, 2 ** 50 - 1, 2 ** 50, 2 ** 50 + 4_000_000].map(eventAt)).toEqual([null, null, null, null]);
});
