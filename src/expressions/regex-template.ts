// What takes the place of an occurrence of a pattern.

import { invalid } from './invalid.ts';
import type { Slots } from './regex-search.ts';

type Part = string | number;

const REFERENCE = /\$(?:(\$)|(&)|(\d)|<(\w+)>)/g;

/** Compiles text with `$1`, `$<name>`, `$&` and `$$`; throws `config.invalid` for groups that the pattern lacks. */
export function compileTemplate(
  template: string,
  groups: readonly (string | null)[],
): (text: string, slots: Slots) => string {
  const parts: Part[] = [];
  let at = 0;
  for (const match of template.matchAll(REFERENCE)) {
    const [whole, dollar, all, digit, name] = match;
    parts.push(template.slice(at, match.index));
    at = match.index + whole.length;
    if (dollar !== undefined) parts.push('$');
    else parts.push(all === undefined ? groupOf({ whole, digit, name }, groups) : 0);
  }
  parts.push(template.slice(at));
  return (text, slots) => parts.map((part) => (typeof part === 'string' ? part : textOf(text, slots, part))).join('');
}

function groupOf(
  { whole, digit, name }: { whole: string; digit: string | undefined; name: string | undefined },
  groups: readonly (string | null)[],
): number {
  const index = name === undefined ? Number(digit) : groups.indexOf(name) + 1;
  if (index >= 1 && index <= groups.length) return index;
  throw invalid(`\`${whole}\` is no group of the pattern; write $$ for a dollar`);
}

function textOf(text: string, slots: Slots, group: number): string {
  const start = slots[group * 2];
  const end = slots[group * 2 + 1];
  return start === undefined || end === undefined ? '' : text.slice(start, end);
}
