// Numbers of batches as spans: what a workflow carries of them stays small however many there are.

/** First and last number, both included. */
export type Span = readonly [first: number, last: number];

/** 500 spans are at most 8 KB of JSON, for a run of a million batches. */
const MOST_SPANS = 500;

/**
 * @param numbers ascending
 * @returns spans in order that hold all of them; beyond 500 spans one that holds others too, which are then empty batches
 */
export function spansOf(numbers: readonly number[]): readonly Span[] {
  const spans: [number, number][] = [];
  for (const number of numbers) {
    const last = spans.at(-1);
    if (last !== undefined && last[1] + 1 === number) last[1] = number;
    else spans.push([number, number]);
  }
  const [first] = spans;
  const last = spans.at(-1);
  if (first === undefined || last === undefined || spans.length <= MOST_SPANS) return spans;
  return [[first[0], last[1]]];
}

export function countIn(spans: readonly Span[]): number {
  return spans.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

/** The number at a place, counted from 0; undefined beyond the end. */
export function numberAt(spans: readonly Span[], place: number): number | undefined {
  let left = place;
  for (const [first, last] of spans) {
    if (left <= last - first) return first + left;
    left -= last - first + 1;
  }
  return undefined;
}

export function* numbersIn(spans: readonly Span[]): Generator<number> {
  for (const [first, last] of spans) for (let number = first; number <= last; number++) yield number;
}

/** Batches of one round of a run. */
export interface RoundBatches {
  readonly round: number;
  readonly batches: readonly Span[];
}

/** The batch at a place, counted backwards from 0: the last one of the first round given. Undefined beyond the end. */
export function batchFromEnd(
  rounds: readonly RoundBatches[],
  place: number,
): { readonly round: number; readonly n: number } | undefined {
  let left = place;
  for (const { round, batches } of rounds) {
    const count = countIn(batches);
    const n = left < count ? numberAt(batches, count - 1 - left) : undefined;
    if (n !== undefined) return { round, n };
    left -= count;
  }
  return undefined;
}
