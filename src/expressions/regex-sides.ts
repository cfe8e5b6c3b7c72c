// Anchors of patterns: they look at what stands on both sides of a position.

import type { Assertion } from './regex-syntax.ts';

/** What stands beside a position; `edge` is the start or the end of the text. */
export type Side = 'edge' | 'word' | 'other';

export function holds(assertion: Assertion, before: Side, after: Side): boolean {
  if (assertion === 'start') return before === 'edge';
  if (assertion === 'end') return after === 'edge';
  const boundary = (before === 'word') !== (after === 'word');
  return assertion === 'word' ? boundary : !boundary;
}

/** The characters of `\w`: digits, Latin letters, underscore. */
export function isWord(point: number): boolean {
  return (point >= 48 && point <= 57) || (point >= 65 && point <= 90) || point === 95 || (point >= 97 && point <= 122);
}
