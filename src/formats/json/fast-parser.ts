// The fast lane of JSON: records whose names it has met before, in whatever order, found by searching instead of reading.
// It leaves to the reference parser what it is not sure about.

import type { SourceRecord, SourceValue } from '../../domain/values.ts';
import { createRecord, isForbiddenName } from '../names.ts';
import { MAX_DEPTH, MAX_VALUES, NUMBER, UNSTORABLE } from './parse.ts';

// Where names are data, they must not fill the memory: records with further or longer ones are left to the reference.
const MAX_NAMES = 2000;
const MAX_NAME_LENGTH = 128;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const CONTROL = /[\u0000-\u001F]/;

/** A name at one depth. */
interface Name {
  readonly name: string;
  /** As written: in quotes. */
  readonly quoted: string;
  /** The object that had it last, so that a second one in the same object shows. */
  object: number;
  /** What came after it last time. */
  next: Name | null;
}

interface Level {
  readonly names: Map<string, Name>;
  /** What objects began with last time. */
  first: Name | null;
}

/** Thrown nowhere but here, and caught in `parse`: what is left to the reference parser. */
const UNSURE = new Error('unsure');

export class FastJsonParser {
  readonly #levels: Level[] = [];
  #text = '';
  #at = 0;
  #depth = 0;
  #values = 0;
  #objects = 0;
  #names = 0;
  /** Where the next backslash is, from `#at` on; Infinity when there is none. */
  #backslash = 0;
  #hasControls = false;

  /** The record as the reference parser gives it; null when that has to look, also at what is no record or no JSON. */
  parse(text: string): SourceRecord | null {
    this.#text = text;
    this.#at = 0;
    this.#depth = 0;
    this.#values = 1; // the record
    this.#backslash = -1;
    this.#hasControls = CONTROL.test(text);
    try {
      this.#skipSpace();
      if (this.#code() !== OPEN_OBJECT) return null;
      const record = this.#object();
      this.#skipSpace();
      return this.#at === text.length ? record : null;
    } catch (error) {
      if (error === UNSURE) return null;
      throw error;
    }
  }

  #object(): SourceRecord {
    const record = createRecord();
    const level = this.#enter();
    const object = ++this.#objects;
    if (this.#code() !== CLOSE_OBJECT) {
      let last: Name | null = null;
      do {
        this.#skipSpace();
        last = this.#name(level, last);
        if (last.object === object) throw UNSURE;
        last.object = object;
        this.#skipSpace();
        if (this.#code() !== COLON) throw UNSURE;
        this.#at++;
        record[last.name] = this.#value();
      } while (this.#comma());
    }
    this.#leave(CLOSE_OBJECT);
    return record;
  }

  #array(): SourceValue {
    const list: SourceValue[] = [];
    this.#enter();
    if (this.#code() !== CLOSE_ARRAY) {
      do list.push(this.#value());
      while (this.#comma());
    }
    this.#leave(CLOSE_ARRAY);
    return list;
  }

  #enter(): Level {
    if (++this.#depth > MAX_DEPTH) throw UNSURE;
    this.#at++;
    this.#skipSpace();
    return (this.#levels[this.#depth] ??= { names: new Map(), first: null });
  }

  #leave(closer: number): void {
    if (this.#code() !== closer) throw UNSURE;
    this.#at++;
    this.#depth--;
  }

  #comma(): boolean {
    this.#skipSpace();
    if (this.#code() !== COMMA) return false;
    this.#at++;
    return true;
  }

  #name(level: Level, last: Name | null): Name {
    const expected = last === null ? level.first : last.next;
    if (expected !== null && this.#text.startsWith(expected.quoted, this.#at)) {
      this.#at += expected.quoted.length;
      return expected;
    }
    const name = this.#newName(level);
    if (last === null) level.first = name;
    else last.next = name;
    return name;
  }

  #newName(level: Level): Name {
    const start = this.#at;
    if (this.#code() !== QUOTE) throw UNSURE;
    const name = this.#string();
    const known = level.names.get(name);
    if (known !== undefined) return known;
    if (isForbiddenName(name) || name.length > MAX_NAME_LENGTH || this.#names >= MAX_NAMES) throw UNSURE;
    this.#names++;
    const made = { name: copy(name), quoted: copy(this.#text.slice(start, this.#at)), object: 0, next: null };
    level.names.set(made.name, made);
    return made;
  }

  #value(): SourceValue {
    if (++this.#values > MAX_VALUES) throw UNSURE;
    this.#skipSpace();
    switch (this.#code()) {
      case QUOTE:
        return this.#string();
      case OPEN_OBJECT:
        return this.#object();
      case OPEN_ARRAY:
        return this.#array();
      default:
        return this.#scalar();
    }
  }

  #string(): string {
    const start = this.#at + 1;
    const end = this.#text.indexOf('"', start);
    if (this.#backslash < start) {
      const found = this.#text.indexOf('\\', start);
      this.#backslash = found === -1 ? Infinity : found;
    }
    if (end === -1) throw UNSURE;
    if (this.#backslash < end) return this.#escaped(start);
    const text = this.#text.slice(start, end);
    if (this.#hasControls && CONTROL.test(text)) throw UNSURE;
    this.#at = end + 1;
    return text;
  }

  #escaped(start: number): string {
    let end = start;
    for (let code = this.#text.charCodeAt(end); code !== QUOTE; code = this.#text.charCodeAt(++end)) {
      if (code === 0x5c) end++;
      if (end >= this.#text.length) throw UNSURE;
    }
    const value = unescapeText(this.#text.slice(start - 1, end + 1));
    this.#at = end + 1;
    return value;
  }

  #scalar(): SourceValue {
    NUMBER.lastIndex = this.#at;
    if (NUMBER.test(this.#text)) {
      const start = this.#at;
      this.#at = NUMBER.lastIndex;
      return this.#text.slice(start, this.#at);
    }
    if (this.#literal('null')) return null;
    if (this.#literal('true')) return true;
    if (this.#literal('false')) return false;
    throw UNSURE;
  }

  #literal(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false;
    this.#at += word.length;
    return true;
  }

  #code(): number {
    return this.#text.charCodeAt(this.#at);
  }

  #skipSpace(): void {
    for (let code = this.#code(); code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;) {
      this.#at++;
      code = this.#code();
    }
  }
}

function unescapeText(quoted: string): string {
  let value: unknown;
  try {
    value = JSON.parse(quoted);
  } catch {
    throw UNSURE;
  }
  if (typeof value === 'string' && !UNSTORABLE.test(value)) return value;
  throw UNSURE;
}

/** A part of a text keeps all of the text in memory. */
function copy(part: string): string {
  return Buffer.from(part).toString();
}
