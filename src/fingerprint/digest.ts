// What tells two sets of raw records apart, in whatever order they come and however they are split.

import { wordsOf } from './entries.ts';

/**
 * How many, and the sums of both halves of their fingerprints, modulo 2^32. Of so many records of one index, others
 * have the same sums once in 2^64: no likelier than two records with one fingerprint.
 */
export interface SetDigest {
  readonly count: number;
  readonly low: number;
  readonly high: number;
}

/** @param bytes packed entries of so many bytes each, which begin with the fingerprint */
export function digestEntries(bytes: Buffer, entryBytes: number): SetDigest {
  const words = wordsOf(bytes);
  const step = entryBytes / 4;
  let [low, high] = [0, 0];
  for (let at = 0; at < words.length; at += step) {
    low = (low + (words[at] ?? 0)) >>> 0;
    high = (high + (words[at + 1] ?? 0)) >>> 0;
  }
  return { count: words.length / step, low, high };
}

/** @returns null where one of them is not known */
export function sumDigests(digests: readonly (SetDigest | null | undefined)[]): SetDigest | null {
  let sum = { count: 0, low: 0, high: 0 };
  for (const one of digests) {
    if (one === null || one === undefined) return null;
    sum = { count: sum.count + one.count, low: (sum.low + one.low) >>> 0, high: (sum.high + one.high) >>> 0 };
  }
  return sum;
}

export function sameDigest(a: SetDigest, b: SetDigest): boolean {
  return a.count === b.count && a.low === b.low && a.high === b.high;
}
