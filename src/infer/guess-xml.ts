// Where the records of an XML document are: the repeated element that takes up most of it.

import type { RecordsGuess } from './guess-json.ts';

interface Seen {
  readonly path: string;
  count: number;
  /** The most that one parent has. */
  siblings: number;
  span: number;
  /** Has attributes or children: more than a value. */
  structured: boolean;
  readonly children: Set<string>;
}

interface Open {
  readonly seen: Seen;
  readonly start: number;
  readonly children: Map<string, number>;
}

// What holds no tags is skipped as a whole; a quoted attribute may hold `>`.
const MARKUP =
  /<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>|<\?[^]*?\?>|<!(?!--|\[CDATA\[)[^>]*>|<(\/?)([^\s<>/!?]+)((?:"[^"]*"|'[^']*'|[^'"<>])*?)(\/?)>/g;

/** Null when no element inside the root has a structure. The text may end anywhere. */
export function guessXmlRecords(text: string): RecordsGuess | null {
  const all = scan(text);
  const inner = [...all.values()].filter(({ path, structured }) => structured && path.includes('/'));
  const repeated = inner.filter(({ siblings }) => siblings > 1);
  const [largest] = (repeated.length > 0 ? repeated : inner).toSorted((a, b) => b.span - a.span);
  if (largest === undefined) return null;
  const { path, count } = descend(largest, all);
  return { path, count };
}

/** A repeated wrapper around nothing but repeated records is no record itself. */
function descend(seen: Seen, all: ReadonlyMap<string, Seen>): Seen {
  const [only, ...others] = [...seen.children].map((path) => all.get(path));
  const isWrapper = others.length === 0 && only?.structured === true && only.siblings > 1;
  return isWrapper ? descend(only, all) : seen;
}

function scan(text: string): ReadonlyMap<string, Seen> {
  const all = new Map<string, Seen>();
  const open: Open[] = [];
  const close = (end: number): void => {
    const element = open.pop();
    if (element !== undefined) element.seen.span += end - element.start;
  };
  for (const match of text.matchAll(MARKUP)) {
    const [markup, slash, name, attributes = '', selfClosed] = match;
    if (name === undefined) continue;
    const end = match.index + markup.length;
    if (slash === '/') {
      close(end);
      continue;
    }
    const seen = enter(all, open.at(-1), name.slice(name.indexOf(':') + 1));
    if (/=/.test(attributes.replace(/\bxmlns(:[^\s=]*)?\s*=/g, ''))) seen.structured = true;
    open.push({ seen, start: match.index, children: new Map() });
    if (selfClosed === '/') close(end);
  }
  while (open.length > 0) close(text.length);
  return all;
}

function enter(all: Map<string, Seen>, parent: Open | undefined, name: string): Seen {
  const path = parent === undefined ? name : `${parent.seen.path}/${name}`;
  const seen = all.get(path) ?? { path, count: 0, siblings: 0, span: 0, structured: false, children: new Set() };
  all.set(path, seen);
  seen.count++;
  const siblings = (parent?.children.get(name) ?? 0) + 1;
  seen.siblings = Math.max(seen.siblings, siblings);
  if (parent !== undefined) {
    parent.children.set(name, siblings);
    parent.seen.structured = true;
    parent.seen.children.add(path);
  }
  return seen;
}
