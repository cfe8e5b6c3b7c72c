import { describe, expect, test } from 'vitest';
import type { SyncDefinition } from '../../src/domain/definition.ts';
import { byObject, judgeFreshness, spanWords } from '../../src/domain/freshness.ts';

const now = new Date('2026-03-01T12:00:00Z');
const ago = (minutes: number): Date => new Date(now.getTime() - minutes * 60_000);
const MINUTE = 60_000;

function judge(
  fact: { deliveredTo?: Date | null; waitingSince?: Date | null },
  more: { events?: boolean; pending?: Date; freshMs?: number } = {},
) {
  const sync = {
    sync: 'a',
    object: 'account',
    stream: { connection: 'erp' },
    ...(more.events === true ? { events: { stream: 'customers' } } : {}),
  } as unknown as SyncDefinition; // of a definition nothing else is looked at
  const [judged] = judgeFreshness({
    syncs: { a: sync },
    triggers: { a: { schedule: null, freshMs: more.freshMs ?? null } },
    facts: [{ sync: 'a', deliveredTo: null, waitingSince: null, ...fact }],
    pending: more.pending === undefined ? [] : [{ system: 'erp', stream: 'customers', since: more.pending }],
    now,
  });
  return judged;
}

describe('the oldest change that may not be delivered', () => {
  test.each([
    ['nobody knows before the first read', judge({}), null],
    ['came just after the last delivered read', judge({ deliveredTo: ago(5) }), 5],
    ['is the claim that waits, if that is older', judge({ deliveredTo: ago(5), waitingSince: ago(90) }), 90],
    ['is not there, where all events are delivered', judge({ deliveredTo: ago(500) }, { events: true }), 0],
    ['is the oldest event that is not', judge({ deliveredTo: null }, { events: true, pending: ago(3) }), 3],
  ])('%s', (_title, judged, minutes) => {
    expect(judged?.ageMs).toBe(minutes === null ? null : minutes * MINUTE);
  });
});

describe('an objective', () => {
  test.each([
    ['is met', { deliveredTo: ago(5) }, 10, false],
    ['is missed', { deliveredTo: ago(11) }, 10, true],
    ['cannot be missed before the first read', {}, 10, false],
  ])('%s', (_title, fact, minutes, missed) => {
    expect(judge(fact, { freshMs: minutes * MINUTE })?.missed).toBe(missed);
  });
});

test('an object is as fresh as the sync that is furthest behind', () => {
  const one = { sync: 'a', object: 'account', ageMs: 5, objectiveMs: null, missed: false };
  const [other, unread] = [
    { ...one, sync: 'b', ageMs: 9, missed: true },
    { ...one, sync: 'c', ageMs: null },
  ];
  expect(byObject([one, other])).toEqual([{ object: 'account', ageMs: 9, missed: true }]);
  expect(byObject([one, unread])).toEqual([{ object: 'account', ageMs: null, missed: false }]);
});

test.each([
  [900, '0s'],
  [119_000, '119s'],
  [120_000, '2m'],
  [7_200_000, '2h'],
  [86_400_000 * 3, '3d'],
])('%d ms in words: %s', (ms, words) => {
  expect(spanWords(ms)).toBe(words);
});
