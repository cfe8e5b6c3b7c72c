import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isStalled, Progressing, type Reached } from '../../src/domain/attempts.ts';

const MINUTE = 60_000;

/** Each number: how far an attempt came. @returns what the last heartbeat of all said */
function after(attempts: readonly number[]): { readonly reached: Reached | undefined; readonly now: number } {
  let reached: Reached | undefined;
  let now = 0;
  for (const [index, beats] of attempts.entries()) {
    const one = new Progressing(index + 1, 0, reached);
    for (let beat = 0; beat < beats; beat++) reached = one.advance(now);
    now += MINUTE;
  }
  return { reached, now };
}

describe('attempts without progress', () => {
  test.each<readonly [string, readonly number[], number]>([
    ['nobody ever came anywhere', [0, 0, 0], 3],
    ['each comes as far as the one before, and dies there', [5, 5, 5, 5], 3],
    ['the last one came further', [5, 5, 6], 0],
    ['one came further, and two did not', [1, 4, 2, 0], 2],
  ])('%s: %j leaves %i', (_what, attempts, fruitless) => {
    const { reached, now } = after(attempts);
    const next = new Progressing(attempts.length + 1, 0, reached);
    expect(next.attempts(now, false).fruitless).toBe(fruitless);
  });

  test('time counts from the last progress, not from the first attempt', () => {
    const { reached, now } = after([1, 2, 3, 3, 3]);
    expect(new Progressing(6, 0, reached).attempts(now, false)).toEqual({ fruitless: 2, sinceMs: 3 * MINUTE });
  });

  test('is stalled after both many attempts and a long time', () => {
    expect(isStalled({ fruitless: 100, sinceMs: MINUTE }, 30 * MINUTE)).toBe(false);
    expect(isStalled({ fruitless: 2, sinceMs: 600 * MINUTE }, 30 * MINUTE)).toBe(false);
    expect(isStalled({ fruitless: 4, sinceMs: 30 * MINUTE }, 30 * MINUTE)).toBe(true);
  });

  test('whoever goes on getting further is never stalled', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { minLength: 1, maxLength: 60 }), (steps) => {
        let far = 0;
        const { reached, now } = after(steps.map((step) => (far += step + 1)));
        const last = new Progressing(steps.length, 0, reached).attempts(now, true);
        return last.fruitless === 0 && !isStalled(last, 2 * MINUTE);
      }),
    );
  });

  test.each([[undefined], ['text'], [{ best: 1 }], [null]])(
    'a heartbeat of another kind (%j) is no progress',
    (details) => {
      expect(new Progressing(3, 0, details).attempts(MINUTE, false)).toEqual({ fruitless: 2, sinceMs: MINUTE });
    },
  );
});
