// Reads the records that most files consist of, without a parser: elements with attributes and text, nested or not, whose
// names and prefixes are known to be right. Everything else (comments, CDATA, namespaces declared in the record, text
// beside elements, whatever may be ill-formed) it leaves to the reference lane, to which it is equal.

import type { SourceRecord, SourceValue } from '../../domain/values.ts';
import { createRecord, isRecord, type MutableRecord } from '../names.ts';
import type { XmlContext } from './context.ts';
import { type KnownElement, NameBook, QUALIFIED_NAME, type Siblings } from './known-names.ts';
import { ENTITIES, holdsText, TEXT } from './tree.ts';

/** Deeper elements are the reference lane's, which knows the limit; so are more attributes. */
const SURE_DEPTH = 32;
const SURE_ATTRIBUTES = 32;

const LT = 0x3c;
const NO_TEXT = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/;
const REFERENCE = /&(?:(lt|gt|amp|quot|apos);|#(?:([0-9]{1,7})|x([0-9a-fA-F]{1,6}));)?/g;
const ELEMENT_NAME = new RegExp(QUALIFIED_NAME, 'y');
const ATTRIBUTE = new RegExp(`[ \\t\\r\\n]+(${QUALIFIED_NAME})=(?:"([^"<\\t\\r\\n]*)"|'([^'<\\t\\r\\n]*)')`, 'y');
const TAG_END = /[ \t\r\n]*(\/?)>/y;

/** Thrown, and caught here, where something is not certain. */
const UNSURE = new Error('left to the reference lane');

/** Makes a function that reads one record, or returns null. */
export function createFastLane(empty: 'absent' | 'null', around: XmlContext): (text: string) => SourceRecord | null {
  // Other rules for characters and line ends.
  if (around.version === '1.1') return () => null;
  const reader = new FastReader(empty, new NameBook(around));
  return (text) => reader.read(text);
}

class FastReader {
  /** The value of an element without text, attributes and children. */
  readonly #nothing: null | undefined;
  readonly #book: NameBook;
  #text = '';
  #at = 0;
  #hasReferences = false;
  #hasReturns = false;
  // Of the start tag that was read last.
  #isEmpty = false;
  #isNil = false;
  #attributes: MutableRecord | null = null;

  constructor(empty: 'absent' | 'null', book: NameBook) {
    this.#nothing = empty === 'null' ? null : undefined;
    this.#book = book;
  }

  read(text: string): SourceRecord | null {
    if (text.charCodeAt(0) !== LT || NO_TEXT.test(text) || text.includes(']]>')) return null;
    this.#text = text;
    this.#at = 0;
    this.#hasReferences = text.includes('&');
    this.#hasReturns = text.includes('\r');
    try {
      const value = this.#element(this.#startTag(this.#book.top), 1);
      return this.#at === text.length ? toRecord(value) : null;
    } catch (error) {
      if (error === UNSURE) return null;
      throw error;
    }
  }

  /** Reads the start tag at `#at`. */
  #startTag(parent: KnownElement): KnownElement {
    const text = this.#text;
    const end = text.indexOf('>', this.#at);
    if (end === -1) throw UNSURE;
    const written = text.slice(this.#at + 1, end);
    this.#attributes = null;
    this.#isNil = false;
    const known = parent.tags.get(written);
    if (known === undefined) return this.#newTag(parent, written);
    this.#at = end + 1;
    this.#isEmpty = known.isEmpty;
    return known.element;
  }

  #newTag(parent: KnownElement, written: string): KnownElement {
    const text = this.#text;
    ELEMENT_NAME.lastIndex = this.#at + 1;
    if (!ELEMENT_NAME.test(text)) throw UNSURE;
    const nameEnd = ELEMENT_NAME.lastIndex;
    const element = this.#book.element(parent, text.slice(this.#at + 1, nameEnd));
    if (element === null) throw UNSURE;
    TAG_END.lastIndex = this.#readAttributes(nameEnd);
    const end = TAG_END.exec(text);
    if (end === null) throw UNSURE;
    this.#at = TAG_END.lastIndex;
    this.#isEmpty = end[1] === '/';
    if (end.index === nameEnd) this.#book.addTag(parent, written, { element, isEmpty: this.#isEmpty });
    return element;
  }

  /** Returns the place after the last attribute. */
  #readAttributes(from: number): number {
    const seen: string[] = [];
    for (let at = from; ; at = ATTRIBUTE.lastIndex) {
      ATTRIBUTE.lastIndex = at;
      const match = ATTRIBUTE.exec(this.#text);
      if (match === null) return at;
      const [, name = '', quoted, apostrophed = ''] = match;
      const attribute = this.#book.attribute(name);
      if (attribute === null || seen.includes(attribute.key) || seen.length === SURE_ATTRIBUTES) throw UNSURE;
      seen.push(attribute.key);
      const value = this.#decode(quoted ?? apostrophed);
      if (attribute.isNil) this.#isNil = toBoolean(value);
      else (this.#attributes ??= createRecord())[attribute.key] = value;
    }
  }

  /** Reads on from after the start tag; undefined for an element that is absent. */
  #element(element: KnownElement, depth: number): SourceValue | undefined {
    const attributes = this.#attributes;
    const isNil = this.#isNil;
    if (this.#isEmpty) return isNil ? null : (attributes ?? this.#nothing);
    const text = this.#text;
    const start = this.#at;
    const end = text.indexOf('<', start);
    let value: SourceValue | undefined;
    if (text.startsWith(element.endTag, end)) {
      this.#at = end + element.endTag.length;
      value = this.#textValue(text.slice(start, end), attributes);
    } else {
      value = this.#parentValue(element, attributes ?? createRecord(), depth);
    }
    return isNil ? null : value;
  }

  #textValue(written: string, attributes: MutableRecord | null): SourceValue | undefined {
    const text = this.#decode(written);
    const hasText = holdsText(text);
    if (attributes === null) return hasText ? text : this.#nothing;
    if (hasText) attributes[TEXT] = text;
    return attributes;
  }

  #parentValue(element: KnownElement, record: MutableRecord, depth: number): SourceRecord {
    if (depth >= SURE_DEPTH) throw UNSURE;
    const text = this.#text;
    for (;;) {
      const next = text.indexOf('<', this.#at);
      if (next === -1 || !isSpace(text, this.#at, next)) throw UNSURE;
      this.#at = next;
      if (text.startsWith(element.endTag, next)) break;
      const child = this.#startTag(element);
      add(record, child.siblings, this.#element(child, depth + 1));
    }
    this.#at += element.endTag.length;
    return record;
  }

  #decode(written: string): string {
    const text = this.#hasReturns ? written.replace(/\r\n?/g, '\n') : written;
    return this.#hasReferences && text.includes('&') ? text.replace(REFERENCE, decodeReference) : text;
  }
}

function toRecord(value: SourceValue | undefined): SourceRecord {
  if (isRecord(value)) return value;
  const record = createRecord();
  if (typeof value === 'string') record[TEXT] = value;
  return record;
}

function add(record: MutableRecord, siblings: Siblings, value: SourceValue | undefined): void {
  const { name } = siblings;
  if (siblings.owner !== record) {
    siblings.owner = record;
    siblings.list = null;
    siblings.hasFirst = value !== undefined;
    if (value !== undefined) record[name] = value;
    return;
  }
  // Its place among the others is that of the first one, which has been missed.
  if (!siblings.hasFirst) throw UNSURE;
  if (siblings.list === null) {
    siblings.list = [record[name] ?? null];
    record[name] = siblings.list;
  }
  if (value !== undefined) siblings.list.push(value);
}

function isSpace(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return false;
  }
  return true;
}

function toBoolean(value: string): boolean {
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  throw UNSURE;
}

// oxlint-disable-next-line max-params -- `replace` calls it with the groups
function decodeReference(_whole: string, name?: string, decimal?: string, hex?: string): string {
  if (name !== undefined) return ENTITIES[name] ?? '';
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  if (!isCharacter(code)) throw UNSURE;
  return String.fromCodePoint(code);
}

/** Also false for an `&` that is no reference, whose code is not a number. */
function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d;
  return code < 0xd800 || (code > 0xdfff && code < 0xfffe) || (code > 0xffff && code < 0x110000);
}
