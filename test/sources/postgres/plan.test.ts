import { describe, expect, test } from 'vitest';
import { codeOf } from '../../formats/support.ts';
import { choosePart } from '../../../src/sources/postgres/plan.ts';

const HOUR = 3_600_000;
const read = { read: 'incremental', cursor: 'updated_at', snapshotEveryMs: null, backfillMs: null } as const;
const last = { watermark: '2026-01-01', identity: 'a', wholeAt: 0 };
const now = { identity: 'a', nowMs: 24 * HOUR, backfill: null };

describe('what is read', () => {
  test.each([
    ['everything, where nothing says when rows change', { ...read, cursor: null }, { last }, 'snapshot'],
    ['everything, where that is wanted', { ...read, read: 'snapshot' as const }, { last }, 'snapshot'],
    ['everything at first', read, { last: null }, 'snapshot'],
    ['the newest at first, where that is wanted', { ...read, backfillMs: HOUR }, { last: null }, 'incremental'],
    ['changes afterwards', read, { last }, 'incremental'],
    ['everything after a restore', read, { last, identity: 'b' }, 'snapshot'],
    ['everything after an empty read', read, { last: { ...last, watermark: null } }, 'snapshot'],
    ['everything now and then', { ...read, snapshotEveryMs: 24 * HOUR }, { last }, 'snapshot'],
    ['changes until then', { ...read, snapshotEveryMs: 25 * HOUR }, { last }, 'incremental'],
    [
      'everything now and then, also if it never was',
      { ...read, snapshotEveryMs: HOUR },
      { last: { ...last, wholeAt: null } },
      'snapshot',
    ],
    ['a time that is asked for', read, { last, backfill: { from: '2025', to: '2026' } }, 'backfill'],
  ])('%s', (_title, table, choice, part) => {
    expect(choosePart(table, { ...now, ...choice }).part).toBe(part);
  });

  test('no time can be asked for without a cursor', () => {
    const backfill = { from: '2025', to: '2026' };
    expect(codeOf(() => choosePart({ ...read, cursor: null }, { ...now, last, backfill }))).toBe('source.backfill');
  });
});
