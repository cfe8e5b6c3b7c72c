// The names that the fast lane has met and found right: well-formed, allowed, of a declared prefix.

import type { SourceValue } from '../../domain/values.ts';
import { isForbiddenName, type MutableRecord } from '../names.ts';
import { declarationsOf, type XmlContext } from './context.ts';
import { SCHEMA_INSTANCE } from './inspect-record.ts';

/** Elements with names of their own at places of their own; a hostile file must not fill the memory. */
const MAX_KNOWN = 5_000;

// XML's names without the colon, characters beyond the first plane, and U+FEFF.
const START = String.raw`A-Za-z_\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFEFE\uFF00-\uFFFD`;
const NAME = String.raw`[${START}][${START}\-.0-9\u00B7\u0300-\u036F\u203F\u2040]*`;

/** `prefix:name` or `name`. */
export const QUALIFIED_NAME = `(?:${NAME}:)?${NAME}`;
const WHOLE_NAME = new RegExp(`^${QUALIFIED_NAME}$`);

/** Elements of one local name in one parent: what occurs twice in the same one is a list. */
export interface Siblings {
  readonly name: string;
  /** The record of the element that they stand in; another one begins anew. */
  owner: MutableRecord | null;
  /** The first of them had a value. */
  hasFirst: boolean;
  /** Their values when there are several. */
  list: SourceValue[] | null;
}

export interface KnownTag {
  readonly element: KnownElement;
  readonly isEmpty: boolean;
}

/** An element of one name at one place in the records. */
export interface KnownElement {
  readonly endTag: string;
  readonly siblings: Siblings;
  /** Start tags without attributes that stand in it, by what is between `<` and `>`. */
  readonly tags: Map<string, KnownTag>;
  readonly elements: Map<string, KnownElement>;
  readonly siblingsByName: Map<string, Siblings>;
}

export interface KnownAttribute {
  /** In the record: `@id`. */
  readonly key: string;
  readonly isNil: boolean;
}

export class NameBook {
  /** Stands for what is around a record. */
  readonly top: KnownElement = createElement('', '');
  /** Prefixes with their namespaces, as they are declared. */
  readonly #prefixes = new Map<string, string>();
  readonly #attributes = new Map<string, KnownAttribute>();
  #count = 0;

  constructor(around: XmlContext) {
    for (const [name, declaration] of declarationsOf(around)) {
      if (name.startsWith('xmlns:')) {
        this.#prefixes.set(name.slice('xmlns:'.length), declaration.slice(name.length + 2, -1));
      }
    }
  }

  /** Null when the name is not certain to be right. */
  element(parent: KnownElement, name: string): KnownElement | null {
    const known = parent.elements.get(name);
    if (known !== undefined) return known;
    const { prefix, local } = split(name);
    const isSure = WHOLE_NAME.test(name) && !isForbiddenName(local) && (prefix === '' || this.#prefixes.has(prefix));
    if (!isSure || this.#isFull()) return null;
    const siblings = parent.siblingsByName.get(local);
    const element = createElement(name, local, siblings);
    parent.elements.set(name, element);
    parent.siblingsByName.set(local, element.siblings);
    return element;
  }

  /** Remembers a start tag without attributes. */
  addTag(parent: KnownElement, written: string, tag: KnownTag): void {
    if (!this.#isFull()) parent.tags.set(written, tag);
  }

  /** Null when the name is not certain to be right, or declares a namespace. */
  attribute(name: string): KnownAttribute | null {
    const known = this.#attributes.get(name);
    if (known !== undefined) return known;
    const { prefix, local } = split(name);
    const isSure = prefix === '' ? name !== 'xmlns' : prefix === 'xml' || this.#prefixes.has(prefix);
    if (!isSure || !WHOLE_NAME.test(name) || this.#isFull()) return null;
    const attribute = { key: `@${local}`, isNil: local === 'nil' && this.#prefixes.get(prefix) === SCHEMA_INSTANCE };
    this.#attributes.set(name, attribute);
    return attribute;
  }

  #isFull(): boolean {
    return this.#count++ >= MAX_KNOWN;
  }
}

function createElement(name: string, local: string, siblings?: Siblings): KnownElement {
  return {
    endTag: `</${name}>`,
    siblings: siblings ?? { name: local, owner: null, hasFirst: false, list: null },
    tags: new Map(),
    elements: new Map(),
    siblingsByName: new Map(),
  };
}

function split(name: string): { readonly prefix: string; readonly local: string } {
  const colon = name.indexOf(':');
  return { prefix: name.slice(0, Math.max(0, colon)), local: name.slice(colon + 1) };
}
