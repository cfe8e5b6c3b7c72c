// The syntax of patterns: the part of JavaScript's regular expressions (u flag) that can be matched in linear time.
// Look-around and back-references are not in it, as in RE2.

import { invalid } from './invalid.ts';

export type Assertion = 'start' | 'end' | 'word' | 'not_word';

export type Node =
  /** One code point. `source` is a JavaScript pattern of exactly one code point. */
  | { readonly kind: 'one'; readonly source: string }
  | { readonly kind: 'assert'; readonly at: Assertion }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'choice'; readonly items: readonly Node[] }
  /** A group whose text can be read out; `index` counts from 1 by opening brackets. */
  | { readonly kind: 'group'; readonly index: number; readonly item: Node }
  | {
      readonly kind: 'repeat';
      readonly item: Node;
      readonly min: number;
      readonly max: number;
      /** Prefers fewer: `a+?`. */
      readonly lazy: boolean;
    };

export interface Syntax {
  readonly node: Node;
  readonly ignoreCase: boolean;
  readonly dotAll: boolean;
  /** The name of each group, null for one without, by index less one. */
  readonly groups: readonly (string | null)[];
}

const MAX_REPEAT = 1000;
const COUNTS = /^\{(\d+)(,(\d*))?\}/;
const CODE_ESCAPE = /^\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]{1,6}\}|[tnrfvdDwWsS])/;
const PROPERTY_ESCAPE = /^\\([pP])\{([A-Za-z_]+(?:=[A-Za-z_]+)?)\}/;
const ASSERTIONS: Readonly<Record<string, Assertion>> = { b: 'word', B: 'not_word', A: 'start', z: 'end', Z: 'end' };

/** Parses a pattern; throws `config.invalid` with what is wrong. `(?i)`, `(?s)` and `(?is)` may stand in front. */
export function parsePattern(pattern: string): Syntax {
  const flags = /^\(\?([is]{1,2})\)/.exec(pattern);
  const parser = new Parser(pattern, flags === null ? 0 : flags[0].length);
  const letters = flags?.[1] ?? '';
  const node = parser.parse();
  return { node, ignoreCase: letters.includes('i'), dotAll: letters.includes('s'), groups: parser.groups };
}

class Parser {
  readonly groups: (string | null)[] = [];
  readonly #text: string;
  #at: number;

  constructor(text: string, start: number) {
    this.#text = text;
    this.#at = start;
  }

  parse(): Node {
    const node = this.#choice();
    if (this.#at < this.#text.length) throw this.#error('has a ) without a (');
    return node;
  }

  #choice(): Node {
    const items = [this.#sequence()];
    while (this.#take('|')) items.push(this.#sequence());
    const [only] = items;
    return items.length === 1 && only !== undefined ? only : { kind: 'choice', items };
  }

  #sequence(): Node {
    const items: Node[] = [];
    while (this.#at < this.#text.length && !this.#sees('|') && !this.#sees(')')) items.push(this.#repeated());
    return { kind: 'sequence', items };
  }

  #repeated(): Node {
    const item = this.#atom();
    const counts = this.#counts();
    if (counts === null) return item;
    if (item.kind === 'assert') throw this.#error('repeats an anchor');
    const lazy = this.#take('?');
    if (/^[*+?{]/.test(this.#rest())) throw this.#error('repeats a repetition');
    return { kind: 'repeat', item, ...counts, lazy };
  }

  #counts(): { min: number; max: number } | null {
    if (this.#take('*')) return { min: 0, max: Infinity };
    if (this.#take('+')) return { min: 1, max: Infinity };
    if (this.#take('?')) return { min: 0, max: 1 };
    if (!this.#sees('{')) return null;
    const match = COUNTS.exec(this.#rest());
    if (match === null) throw this.#error('has a { that is no repeat count; write \\{ for the character');
    this.#at += match[0].length;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === '' ? Infinity : Number(match[3]);
    if (max < min) throw this.#error('has repeat counts in the wrong order');
    if (min > MAX_REPEAT || (max > MAX_REPEAT && max !== Infinity))
      throw this.#error(`repeats more than ${MAX_REPEAT} times`);
    return { min, max };
  }

  #atom(): Node {
    const char = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    if (char === '(') return this.#group();
    if (char === '[') return this.#class();
    if (char === '\\') return this.#escape();
    if ('*+?{'.includes(char)) throw this.#error(`has a ${char} with nothing to repeat`);
    if (char === ']' || char === '}') throw this.#error(`has a ${char} that must be written \\${char}`);
    this.#at += char.length;
    if (char === '^') return { kind: 'assert', at: 'start' };
    if (char === '$') return { kind: 'assert', at: 'end' };
    return { kind: 'one', source: char === '/' ? '\\/' : char };
  }

  #group(): Node {
    const rest = this.#rest();
    if (/^\(\?(<?[=!])/.test(rest)) throw this.#error('uses look-around, which is not supported');
    const [head, kind = '', name = null] = /^\((\?:|\?P?<(\w+)>)?/.exec(rest) ?? ['('];
    this.#at += head.length;
    if (this.#sees('?')) throw this.#error('has an unknown kind of group');
    const index = kind === '?:' ? null : this.groups.push(name);
    const item = this.#choice();
    if (!this.#take(')')) throw this.#error('has a ( without a )');
    return index === null ? item : { kind: 'group', index, item };
  }

  #class(): Node {
    let source = this.#take('[') && this.#take('^') ? '[^' : '[';
    if (this.#sees(']')) throw this.#error('has an empty [ ]; write [\\]] for the bracket');
    while (!this.#sees(']')) {
      if (this.#at >= this.#text.length) throw this.#error('has a [ without a ]');
      if (this.#rest().startsWith('[:')) throw this.#error('uses a [: :] class; write \\p{L}, \\d or a range');
      source += this.#sees('\\') ? this.#classEscape() : this.#next();
    }
    this.#at += 1;
    return { kind: 'one', source: `${source}]` };
  }

  #classEscape(): string {
    if (this.#rest().startsWith('\\b')) throw this.#error('has \\b inside [ ]');
    const escape = this.#escape();
    return escape.kind === 'one' ? escape.source : this.#fail('has an anchor inside [ ]');
  }

  #escape(): Node {
    const rest = this.#rest();
    const code = CODE_ESCAPE.exec(rest);
    if (code !== null) return this.#one(code[0].length, code[0]);
    const property = PROPERTY_ESCAPE.exec(rest);
    if (property !== null) return this.#one(property[0].length, propertySource(property[1] ?? '', property[2] ?? ''));
    const char = String.fromCodePoint(rest.codePointAt(1) ?? 0);
    const assertion = Object.hasOwn(ASSERTIONS, char) ? ASSERTIONS[char] : undefined;
    if (assertion !== undefined) {
      this.#at += 2;
      return { kind: 'assert', at: assertion };
    }
    if (rest.length === 1) throw this.#error('ends with a \\');
    if (/[1-9k]/.test(char)) throw this.#error('uses a back-reference, which is not supported');
    if (/[A-Za-z0]/.test(char)) throw this.#error(`uses the unknown escape \\${char}`);
    // Under the u flag JavaScript allows only these to be escaped; for people every sign may be.
    return this.#one(1 + char.length, /[\^$\\.*+?()[\]{}|/-]/.test(char) ? signSource(char) : char);
  }

  #one(length: number, source: string): Node {
    this.#at += length;
    return { kind: 'one', source };
  }

  #next(): string {
    const char = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    this.#at += char.length;
    return char;
  }

  #take(char: string): boolean {
    const seen = this.#sees(char);
    if (seen) this.#at += 1;
    return seen;
  }

  #sees(char: string): boolean {
    return this.#text[this.#at] === char;
  }

  #rest(): string {
    return this.#text.slice(this.#at);
  }

  #fail(message: string): never {
    throw this.#error(message);
  }

  #error(message: string): Error {
    return invalid(`the pattern ${message} (at character ${this.#at + 1})`);
  }
}

/** `-` may be escaped inside a class only. */
function signSource(char: string): string {
  return char === '-' ? '\\x2d' : `\\${char}`;
}

/** RE2 and people write `\p{Han}`, JavaScript `\p{Script=Han}`. */
function propertySource(letter: string, name: string): string {
  for (const full of [name, `Script=${name}`]) {
    const source = `\\${letter}{${full}}`;
    try {
      return new RegExp(source, 'u').source;
    } catch {
      // Tried next under its full name; unknown under both is reported below.
    }
  }
  throw invalid(`the pattern uses the unknown class \\${letter}{${name}}`);
}
