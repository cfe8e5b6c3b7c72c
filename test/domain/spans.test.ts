import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countIn, numberAt, numbersIn, spansOf } from '../../src/domain/spans.ts';

const ascending = fc.uniqueArray(fc.nat(2_000), { maxLength: 800 }).map((numbers) => numbers.toSorted((a, b) => a - b));

describe('spans', () => {
  it.each([
    { numbers: [], spans: [] },
    { numbers: [4], spans: [[4, 4]] },
    {
      numbers: [0, 1, 2, 5, 7, 8],
      spans: [
        [0, 2],
        [5, 5],
        [7, 8],
      ],
    },
  ])('$numbers are $spans', ({ numbers, spans }) => {
    expect(spansOf(numbers)).toEqual(spans);
  });

  it('hold every number, in order, and none else', () => {
    fc.assert(
      fc.property(ascending, (numbers) => {
        const spans = spansOf(numbers);
        const held = [...numbersIn(spans)];
        if (spans.length === 1 && numbers.length < countIn(spans)) return held.length === countIn(spans);
        expect(held).toEqual(numbers);
        expect(held.map((_number, place) => numberAt(spans, place))).toEqual(numbers);
        return numberAt(spans, numbers.length) === undefined && countIn(spans) === numbers.length;
      }),
    );
  });

  it('stay below 10 KB for any number of batches', () => {
    const tenMillionRecords = Array.from({ length: 1_000 }, (_none, n) => n);
    const everySecond = Array.from({ length: 100_000 }, (_none, n) => 2 * n);
    const most = Array.from({ length: 500 }, (_none, n) => 200_000 + 2 * n);
    expect(spansOf(tenMillionRecords)).toEqual([[0, 999]]);
    expect(spansOf(everySecond)).toEqual([[0, 199_998]]);
    expect(JSON.stringify(spansOf(most)).length).toBeLessThan(10_000);
  });
});
