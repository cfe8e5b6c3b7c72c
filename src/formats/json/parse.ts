// A strict JSON parser that loses nothing: numbers stay as they are written, and no key overwrites another.
// JSON.parse cannot do either in Node 20. It defines what is right: what it refuses is refused here.

import type { SourceValue } from '../../domain/values.ts';
import { createRecord, isForbiddenName, type MutableRecord } from '../names.ts';

export const MAX_DEPTH = 64;
/** In one record: decoded, small values take many times the bytes that they have in the file. */
export const MAX_VALUES = 1_000_000;

export type ParsedJson =
  | { readonly ok: true; readonly value: SourceValue }
  | { readonly ok: false; readonly rule: string; readonly message: string };

/** Parses one whole JSON text (RFC 8259). Messages never repeat data. */
export function parseJson(text: string): ParsedJson {
  try {
    return { ok: true, value: new JsonParser(text).parse() };
  } catch (error) {
    if (error instanceof JsonProblem) return { ok: false, rule: error.rule, message: error.message };
    throw error;
  }
}

class JsonProblem extends Error {
  readonly rule: string;
  constructor(rule: string, message: string) {
    super(message);
    this.rule = rule;
  }
}

export const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// Anything up to a quote; backslashes and control characters are looked at afterwards.
const PLAIN_STRING = /[^"\\\u0000-\u001F]*/y;
export const UNSTORABLE = /\0|\p{Surrogate}/u;

class JsonParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #values = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): SourceValue {
    const value = this.#value();
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail();
    return value;
  }

  #value(): SourceValue {
    if (++this.#values > MAX_VALUES) throw new JsonProblem('record.limit', `more than ${MAX_VALUES} values`);
    this.#skipSpace();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#nested(() => this.#object());
      case '[':
        return this.#nested(() => this.#array());
      case '"':
        return this.#string();
      case 't':
        return this.#literal('true', true);
      case 'f':
        return this.#literal('false', false);
      case 'n':
        return this.#literal('null', null);
      default:
        return this.#number();
    }
  }

  #nested(read: () => SourceValue): SourceValue {
    if (++this.#depth > MAX_DEPTH) throw new JsonProblem('record.limit', `nested deeper than ${MAX_DEPTH} levels`);
    this.#at++;
    this.#skipSpace();
    const value = read();
    this.#depth--;
    return value;
  }

  #object(): SourceValue {
    const record = createRecord();
    if (this.#take('}')) return record;
    do {
      this.#skipSpace();
      this.#member(record);
      this.#skipSpace();
    } while (this.#take(','));
    if (!this.#take('}')) this.#fail();
    return record;
  }

  #member(record: MutableRecord): void {
    const name = this.#string();
    if (isForbiddenName(name)) throw new JsonProblem('record.forbidden_name', `a property may not be named "${name}"`);
    if (name in record) throw new JsonProblem('record.duplicate_key', 'an object has the same property twice');
    this.#skipSpace();
    if (!this.#take(':')) this.#fail();
    record[name] = this.#value();
  }

  #array(): SourceValue {
    const list: SourceValue[] = [];
    if (this.#take(']')) return list;
    do {
      list.push(this.#value());
      this.#skipSpace();
    } while (this.#take(','));
    if (!this.#take(']')) this.#fail();
    return list;
  }

  #string(): string {
    const start = this.#at;
    if (!this.#take('"')) this.#fail();
    this.#match(PLAIN_STRING);
    if (this.#take('"')) return this.#text.slice(start + 1, this.#at - 1);
    while (this.#take('\\')) {
      this.#at++;
      this.#match(PLAIN_STRING);
    }
    if (!this.#take('"')) this.#fail();
    return this.#unescape(start);
  }

  #unescape(start: number): string {
    let value: unknown;
    try {
      value = JSON.parse(this.#text.slice(start, this.#at));
    } catch {
      throw new JsonProblem('record.malformed', `not JSON: a string with a wrong escape at character ${start}`);
    }
    if (typeof value === 'string' && !UNSTORABLE.test(value)) return value;
    throw new JsonProblem(
      'record.character',
      'a string has a character that no text field can hold (U+0000 or half a surrogate pair)',
    );
  }

  #number(): string {
    return this.#match(NUMBER) || this.#fail();
  }

  #literal<T extends boolean | null>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#fail();
    this.#at += word.length;
    return value;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #fail(): never {
    const what = this.#at >= this.#text.length ? 'it ends too early' : `unexpected character at ${this.#at}`;
    throw new JsonProblem('record.malformed', `not JSON: ${what}`);
  }
}
