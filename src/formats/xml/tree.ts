// Turns fast-xml-parser's ordered tree into a source record.

import type { SourceRecord, SourceValue } from '../../domain/values.ts';
import { createRecord, isRecord, type MutableRecord } from '../names.ts';
import type { NilAttribute } from './inspect-record.ts';

export const TEXT = '#text';
export const CDATA = '#cdata';
const ATTRIBUTES = ':@';

/** An element (its children under its name), or text or CDATA under `#text` or `#cdata`. */
export interface TreeNode {
  readonly [name: string]: string | readonly TreeNode[] | Readonly<Record<string, string>>;
}

interface Content {
  text: string;
  readonly elements: Map<string, { count: number; readonly values: SourceValue[] }>;
}

/**
 * Names lose their prefixes, but an attribute `p:name` beside `name` or `q:name` keeps it. Attributes are `@name`, the text
 * of an element with attributes or children is `#text`. What occurs once is a value, what occurs more often a list. White
 * space alone is no text: pretty-printers put it there.
 */
export class TreeReader {
  readonly #empty: 'absent' | 'null';
  readonly #nils: ReadonlyMap<number, NilAttribute>;
  /** Elements are numbered in document order, as their inspection numbers them. */
  #index = -1;

  constructor(empty: 'absent' | 'null', nils: ReadonlyMap<number, NilAttribute>) {
    this.#empty = empty;
    this.#nils = nils;
  }

  readRecord(node: TreeNode): SourceRecord {
    const value = this.#element(node, elementName(node));
    if (isRecord(value)) return value;
    const record = createRecord();
    if (typeof value === 'string') record[TEXT] = value;
    return record;
  }

  #element(node: TreeNode, name: string): SourceValue | undefined {
    this.#index++;
    const nil = this.#nils.get(this.#index);
    const record = createRecord();
    const hasAttributes = addAttributes(record, node, nil?.name);
    const { text, elements } = this.#content(node[name]);
    if (nil?.isNil === true) return null;
    const hasText = holdsText(text);
    if (!hasAttributes && elements.size === 0) return hasText ? text : this.#empty === 'null' ? null : undefined;
    if (hasText) record[TEXT] = text;
    for (const [child, { count, values }] of elements) {
      const [first] = values;
      if (first !== undefined) record[child] = count === 1 ? first : values;
    }
    return record;
  }

  #content(nodes: TreeNode[string] | undefined): Content {
    const content: Content = { text: '', elements: new Map() };
    for (const node of isNodeList(nodes) ? nodes : []) {
      const name = elementName(node);
      if (name === TEXT) content.text += decodeEntities(textOf(node));
      else if (name === CDATA) content.text += cdataOf(node);
      else this.#addChild(content, node, name);
    }
    return content;
  }

  #addChild(content: Content, node: TreeNode, name: string): void {
    const value = this.#element(node, name);
    const local = localName(name);
    const siblings = content.elements.get(local) ?? { count: 0, values: [] };
    siblings.count++;
    if (value !== undefined) siblings.values.push(value);
    content.elements.set(local, siblings);
  }
}

/** Whether there is more than white space. */
export function holdsText(text: string): boolean {
  return text.charCodeAt(0) > 0x20 || /[^ \t\r\n]/.test(text);
}

function addAttributes(record: MutableRecord, node: TreeNode, nilName: string | undefined): boolean {
  const written = Object.entries(node[ATTRIBUTES] ?? {}).map(([name, value]) => [name.slice(1), value] as const);
  const own = written.filter(([name]) => name !== nilName && name !== 'xmlns' && !name.startsWith('xmlns:'));
  for (const [name, value] of own) {
    if (typeof value !== 'string') continue;
    const local = localName(name);
    // Only those that nothing else tells apart keep their prefixes.
    const isAlone = local === name || !own.some(([other]) => other !== name && localName(other) === local);
    // White space in an attribute is normalised before references are resolved (XML 1.0, 3.3.3).
    record[`@${isAlone ? local : name}`] = decodeEntities(value.replace(/[\t\r\n]/g, ' '));
  }
  return own.length > 0;
}

function elementName(node: TreeNode): string {
  for (const name in node) if (name !== ATTRIBUTES) return name;
  return '';
}

function textOf(node: TreeNode): string {
  const text = node[TEXT];
  return typeof text === 'string' ? text : '';
}

function cdataOf(node: TreeNode): string {
  const nodes = node[CDATA];
  return isNodeList(nodes) ? nodes.map(textOf).join('') : '';
}

function isNodeList(value: TreeNode[string] | undefined): value is readonly TreeNode[] {
  return Array.isArray(value);
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

export const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(#x[0-9a-fA-F]+|#[0-9]+|[a-z]+);/g, (whole, body: string) => {
    if (!body.startsWith('#')) return ENTITIES[body] ?? whole;
    return String.fromCodePoint(body[1] === 'x' ? Number.parseInt(body.slice(2), 16) : Number(body.slice(1)));
  });
}
