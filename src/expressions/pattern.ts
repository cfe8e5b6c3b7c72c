// Patterns in rules and expressions. They run over records nobody has checked, so their time must be bounded.

import { invalid } from './invalid.ts';
import { Matcher } from './regex-matcher.ts';
import { compileProgram } from './regex-program.ts';

export const MAX_PATTERN_LENGTH = 200;
export const MAX_TEXT_LENGTH = 10_000;

/** Answers whether the pattern occurs in a text; `too_long` when the text is over 10,000 characters. */
export type Pattern = (text: string) => boolean | 'too_long';

/**
 * Compiles a pattern once. JavaScript's syntax with the u flag, less look-around and back-references: matching is then
 * linear in the text for every pattern. Not anchored unless it says so; `(?i)` in front ignores case, and
 * `\p{Han}` names a script. Throws `config.invalid`.
 */
export function compilePattern(pattern: string): Pattern {
  if (pattern.length > MAX_PATTERN_LENGTH) throw invalid(`the pattern is longer than ${MAX_PATTERN_LENGTH} characters`);
  const matcher = new Matcher(compileProgram(pattern));
  return (text) => (text.length > MAX_TEXT_LENGTH ? 'too_long' : matcher.test(text));
}
