// Patterns in rules and expressions. They run over records nobody has checked, so their time must be bounded.

import { invalid } from './invalid.ts';
import { Matcher } from './regex-matcher.ts';
import { compileProgram } from './regex-program.ts';
import { createSearch } from './regex-search.ts';
import { parsePattern, type Syntax } from './regex-syntax.ts';
import { compileTemplate } from './regex-template.ts';

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
  const matcher = new Matcher(compileProgram(parse(pattern), { saves: false }));
  return (text) => (text.length > MAX_TEXT_LENGTH ? 'too_long' : matcher.test(text));
}

/** Replaces every occurrence in a text; `too_long` as for `Pattern`, or when the search would take too many steps. */
export type Replacer = (text: string) => { readonly text: string } | 'too_long';

/**
 * Compiles a pattern and what takes the place of its occurrences: text with `$1` or `$<name>` for a group, `$&` for the
 * whole, `$$` for a dollar. Which occurrences there are is as in JavaScript (`replaceAll` with the u flag). The time is
 * linear in the text for one occurrence, and bounded for all of them. Throws `config.invalid`.
 */
export function compileReplacer(pattern: string, template: string): Replacer {
  const syntax = parse(pattern);
  const fill = compileTemplate(template, syntax.groups);
  const matcher = new Matcher(compileProgram(syntax, { saves: false }));
  const searchAll = createSearch(compileProgram(syntax, { saves: true }), syntax.groups.length);
  return (text) => {
    if (text.length > MAX_TEXT_LENGTH) return 'too_long';
    if (!matcher.test(text)) return { text };
    const found = searchAll(text);
    if (found === 'too_long') return found;
    let made = '';
    let at = 0;
    for (const slots of found) {
      const [start = 0, end = 0] = slots;
      made += text.slice(at, start) + fill(text, slots);
      at = end;
    }
    return { text: made + text.slice(at) };
  };
}

function parse(pattern: string): Syntax {
  if (pattern.length > MAX_PATTERN_LENGTH) throw invalid(`the pattern is longer than ${MAX_PATTERN_LENGTH} characters`);
  return parsePattern(pattern);
}
