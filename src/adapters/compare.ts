// Comparisons that take as long for a near miss as for any other.

import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether two texts are equal. Digests are compared, so that not even the length shows. */
export function equalTexts(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

/** Whether any of the texts is equal; all of them are looked at. */
export function equalsAny(text: string, candidates: readonly string[]): boolean {
  return candidates.reduce((found, candidate) => equalTexts(text, candidate) || found, false);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
