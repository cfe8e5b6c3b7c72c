// What stands around the records of an XML document: the open elements and their namespaces. Judged by saxes, piece by
// piece. Bytes above 0x7F are opaque here: they are shown to saxes as letters, one for each, so that no encoding matters.

import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { readContext } from '../context.ts';
import { strictDecoder } from '../encodings.ts';
import type { SaxesTagNS } from 'saxes';
import { judgeXml } from './well-formed.ts';

export const MAX_DEPTH = 64;

/** An open element: its name, then its namespace declarations as written in a start tag; in Latin-1. */
export type OpenElement = readonly [name: string, ...declarations: string[]];

/** What a position in an XML stream carries. */
export interface XmlContext {
  readonly open: readonly OpenElement[];
}

export function xmlContext(context: unknown): XmlContext | null {
  return readContext(context, (value): value is XmlContext => 'open' in value && Array.isArray(value.open));
}

export class XmlOutline {
  readonly #path: readonly string[];
  readonly #decodeText: (bytes: Uint8Array) => string | null;
  /** Replaced whole whenever it changes, so that the positions of neighbouring records share it. */
  #context: XmlContext;
  #rootSeen: boolean;
  #parentSeen: boolean;
  #recordSeen: boolean;
  #strangerSeen = false;

  constructor(stream: StreamDefinition, context: XmlContext | null) {
    this.#path = stream.record.split('/');
    this.#decodeText = strictDecoder(stream.encoding);
    this.#context = context ?? { open: [] };
    this.#rootSeen = context !== null;
    this.#parentSeen = context !== null;
    this.#recordSeen = context !== null;
  }

  get context(): XmlContext {
    return this.#context;
  }

  get depth(): number {
    return this.#context.open.length;
  }

  get rootClosed(): boolean {
    return this.#rootSeen && this.depth === 0;
  }

  /** An element that could hold records, or a record, has been met. */
  get pathSeen(): boolean {
    return this.#parentSeen || this.#recordSeen;
  }

  /** Elements were found where records belong, but not one record: the path may be wrong, so nothing is proven. */
  get isDoubtful(): boolean {
    return this.#strangerSeen && !this.#recordSeen;
  }

  /** Whether the element of this name that starts here is a record. */
  beginsRecord(name: string): boolean {
    if (!this.#isParent()) return false;
    const isRecord = this.#matches(name, this.depth) && !this.rootClosed;
    if (isRecord) {
      this.#recordSeen = true;
      this.#rootSeen = true;
    } else if (this.depth > 0) {
      this.#strangerSeen = true;
    }
    return isRecord;
  }

  open(name: string, tag: string, isEmpty: boolean): void {
    if (this.rootClosed) throw malformed('there is a second root element');
    const declarations = this.#judgeTag(tag, isEmpty ? '' : `</${name}>`);
    this.#rootSeen = true;
    const before = this.#context;
    this.#context = { open: [...before.open, [name, ...declarations]] };
    if (this.depth > MAX_DEPTH) {
      throw new SyncError('source.limit', { message: `the document is nested deeper than ${MAX_DEPTH} elements` });
    }
    if (this.#isParent()) this.#parentSeen = true;
    if (isEmpty) this.#context = before;
  }

  /** @param tag the whole end tag */
  close(tag: string): void {
    const last = this.#context.open.at(-1);
    if (last === undefined || tag.replace(/[ \t\r\n]*>$/, '') !== `</${last[0]}`) {
      throw malformed('an end tag does not match its start tag');
    }
    this.#context = { open: this.#context.open.slice(0, -1) };
  }

  isOpen(name: string): boolean {
    return this.#context.open.some((element) => element[0] === name);
  }

  /** Text, a comment or an instruction between elements. */
  judge(piece: string): void {
    this.#judgeDocument(`<_>${opaque(piece)}</_>`);
  }

  /** The XML declaration, which only the first bytes may be. */
  judgeDeclaration(piece: string): void {
    this.#judgeDocument(`${opaque(piece)}<_/>`);
  }

  /** Returns the tag's namespace declarations. */
  #judgeTag(tag: string, endTag: string): string[] {
    const declarations: string[] = [];
    const head = `<_ ${namespaceAttributes(this.#context)}>`;
    this.#judgeDocument(opaque(`${head}${tag}${endTag}</_>`), (attributes, index) => {
      if (index === 1) declarations.push(...attributes.map(transparent));
    });
    return declarations;
  }

  #judgeDocument(text: string, onTag: (declarations: string[], index: number) => void = () => undefined): void {
    let index = 0;
    const onOpen = (tag: SaxesTagNS): void => {
      const declared = Object.values(tag.attributes).filter(
        ({ name }) => name === 'xmlns' || name.startsWith('xmlns:'),
      );
      const written = declared.map(({ name, value }) => `${name}="${escapeAttribute(value)}"`);
      onTag(written, index++);
    };
    const problem = judgeXml(text, { onOpen });
    if (problem !== null) throw malformed(problem);
  }

  #isParent(): boolean {
    const { open } = this.#context;
    return open.length === this.#path.length - 1 && open.every(([name], level) => this.#matches(name, level));
  }

  /** A step of the path without a prefix matches any prefix. */
  #matches(latin1: string, level: number): boolean {
    const step = this.#path[level];
    if (step === undefined) return false;
    const name = /[\u0080-\u00FF]/.test(latin1) ? this.#decodeText(Buffer.from(latin1, 'latin1')) : latin1;
    if (name === null) return false;
    return name === step || (!step.includes(':') && name.slice(name.indexOf(':') + 1) === step);
  }
}

/** The namespace declarations in force, as attributes; an inner one replaces an outer one of the same name. */
export function namespaceAttributes(context: XmlContext): string {
  const byName = new Map<string, string>();
  for (const [, ...declarations] of context.open) {
    for (const declaration of declarations) byName.set(declaration.slice(0, declaration.indexOf('=')), declaration);
  }
  return [...byName.values()].join(' ');
}

export function malformed(problem: string): SyncError {
  return new SyncError('source.malformed', { message: `not XML: ${problem}` });
}

function escapeAttribute(value: string): string {
  return value.replace(/[&<"\t\n\r]/g, (char) => `&#${char.charCodeAt(0)};`);
}

// U+0100 to U+017F may stand anywhere in an XML name.
function opaque(latin1: string): string {
  return latin1.replace(/[\u0080-\u00FF]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 0x80));
}

function transparent(text: string): string {
  return text.replace(/[\u0100-\u017F]/g, (char) => String.fromCharCode(char.charCodeAt(0) - 0x80));
}
