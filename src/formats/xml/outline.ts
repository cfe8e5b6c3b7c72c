// What stands around the records of an XML document: the open elements and their namespaces. Judged by saxes, piece by
// piece; what was judged before at the same place, or is plain text, is not judged again.

import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import type { SaxesAttributeNS, SaxesTagNS } from 'saxes';
import { type OpenElement, OUTSIDE, surroundingTag, type XmlContext } from './context.ts';
import { judgeXml, type XmlVersion } from './well-formed.ts';

export const MAX_DEPTH = 64;
export const MAX_ATTRIBUTES = 256;
/** Positions carry the names and namespaces around them. */
const MAX_CONTEXT_CHARS = 64 * 1024;
/** Of start tags and places, and of a tag's length: a file of tags that all differ must not fill the memory. */
const MAX_REMEMBERED = 4_096;
const MAX_REMEMBERED_CHARS = 256;

// Characters that need no second look anywhere in text; in a comment, hyphens do.
const PLAIN_TEXT = /^[\t\n\r\x20-\x25\x27-\x3B\x3D-\x5C\x5E-\x7E\u00A0-\u2027\u202A-\uD7FF]*$/;
const PLAIN_COMMENT = /^<!--[\t\n\r\x20-\x2C\x2E-\x7E\u00A0-\u2027\u202A-\uD7FF]*-->$/;
const LATER_SPACE = /[\u0085\u2028]/;

/** A place between the same open elements. There is one object for each, so that positions share their context. */
interface Place {
  readonly context: XmlContext;
  readonly outer: Place | null;
  /** Start tags that were well-formed here, with the places behind them. */
  readonly tags: Map<string, Place>;
  /** Places by what their contexts say of them. */
  readonly inner: Map<string, Place>;
  /** Records may stand here. */
  readonly isParent: boolean;
}

export class XmlOutline {
  readonly #path: readonly string[];
  #place: Place;
  #rootSeen: boolean;
  #parentSeen: boolean;
  #recordSeen: boolean;
  #strangerSeen = false;
  #remembered = 0;

  constructor(stream: StreamDefinition, context: XmlContext | null) {
    this.#path = stream.record.split('/');
    const { version, open } = context ?? OUTSIDE;
    this.#place = this.#placeOf({ version, open: [] }, null);
    for (const element of open) this.#place = this.#inside(element);
    this.#rootSeen = context !== null;
    this.#parentSeen = context !== null;
    this.#recordSeen = context !== null;
  }

  get context(): XmlContext {
    return this.#place.context;
  }

  get depth(): number {
    return this.context.open.length;
  }

  get rootClosed(): boolean {
    return this.#rootSeen && this.depth === 0;
  }

  /** Whether an element that starts here is a record if its name is one of a record. */
  get hasRecords(): boolean {
    return this.#place.isParent && !this.rootClosed;
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
    if (!this.#place.isParent) return false;
    const isRecord = this.#matches(name, this.depth) && !this.rootClosed;
    if (isRecord) {
      this.#recordSeen = true;
      this.#rootSeen = true;
    } else if (this.depth > 0) {
      this.#strangerSeen = true;
    }
    return isRecord;
  }

  /** @param tag the whole start tag */
  open(name: string, tag: string, isEmpty: boolean): void {
    if (this.rootClosed) throw malformed('there is a second root element');
    const place = this.#place.tags.get(tag) ?? this.#judgeTag(name, tag, isEmpty);
    this.#rootSeen = true;
    if (place.isParent) this.#parentSeen = true;
    if (!isEmpty) this.#place = place;
  }

  /** @param tag the whole end tag */
  close(tag: string): void {
    const { outer } = this.#place;
    const begin = `</${this.context.open.at(-1)?.[0]}`;
    if (outer === null || !tag.startsWith(begin) || !/^[ \t\r\n]*>$/.test(tag.slice(begin.length))) {
      throw malformed('an end tag does not match its start tag');
    }
    this.#place = outer;
  }

  /** Text, a comment or an instruction between elements. */
  judge(piece: string): void {
    if (PLAIN_TEXT.test(piece) || PLAIN_COMMENT.test(piece)) return;
    this.#judgeDocument(`<_>${piece}</_>`);
  }

  /** The XML declaration, which only the first bytes may be. */
  judgeDeclaration(piece: string): void {
    this.#judgeDocument(`${piece}<_/>`);
    const [, version] = /version[ \t\r\n]*=[ \t\r\n]*["']([^"']*)/.exec(piece) ?? [];
    this.#place = this.#placeOf({ version: isVersion(version) ? version : null, open: [] }, null);
  }

  #judgeTag(name: string, tag: string, isEmpty: boolean): Place {
    const { context, tags } = this.#place;
    // XML 1.1 takes them for white space in tags; the framer does not, and would look for another name.
    if (context.version === '1.1' && LATER_SPACE.test(tag)) throw malformed('a tag has U+0085 or U+2028 in it');
    if (this.depth >= MAX_DEPTH) {
      throw new SyncError('source.limit', { message: `the document is nested deeper than ${MAX_DEPTH} elements` });
    }
    const declarations: string[] = [];
    let index = 0;
    this.#judgeDocument(`${surroundingTag(context)}${tag}${isEmpty ? '' : `</${name}>`}</_>`, ({ attributes }) => {
      if (index++ === 1) declarations.push(...declarationsIn(Object.values(attributes)));
    });
    const place = this.#inside([name, ...declarations]);
    this.#remember(tags, tag, place);
    return place;
  }

  #judgeDocument(text: string, onOpen: (tag: SaxesTagNS) => void = () => undefined): void {
    const problem = judgeXml(text, this.context.version, { onOpen });
    if (problem !== null) throw malformed(problem);
  }

  #inside(element: OpenElement): Place {
    const { context, inner } = this.#place;
    const key = element.join(' ');
    const known = inner.get(key);
    if (known !== undefined) return known;
    const open = [...context.open, element];
    if (JSON.stringify(open).length > MAX_CONTEXT_CHARS) {
      const message = `the names and namespaces around the records are longer than ${MAX_CONTEXT_CHARS} characters`;
      throw new SyncError('source.limit', { message });
    }
    const place = this.#placeOf({ ...context, open }, this.#place);
    this.#remember(inner, key, place);
    return place;
  }

  #remember(places: Map<string, Place>, key: string, place: Place): void {
    if (key.length <= MAX_REMEMBERED_CHARS && this.#remembered++ < MAX_REMEMBERED) places.set(key, place);
  }

  #placeOf(context: XmlContext, outer: Place | null): Place {
    const { open } = context;
    const isParent = open.length === this.#path.length - 1 && open.every(([name], level) => this.#matches(name, level));
    return { context, outer, tags: new Map(), inner: new Map(), isParent };
  }

  /** A step of the path without a prefix matches any prefix. */
  #matches(name: string, level: number): boolean {
    const step = this.#path[level];
    if (step === undefined) return false;
    return name === step || (!step.includes(':') && name.slice(name.indexOf(':') + 1) === step);
  }
}

export function malformed(problem: string): SyncError {
  return new SyncError('source.malformed', { message: `not XML: ${problem}` });
}

function isVersion(version: string | undefined): version is Exclude<XmlVersion, null> {
  return version === '1.0' || version === '1.1';
}

function declarationsIn(attributes: readonly SaxesAttributeNS[]): readonly string[] {
  if (attributes.length > MAX_ATTRIBUTES) {
    throw new SyncError('source.limit', { message: `an element has more than ${MAX_ATTRIBUTES} attributes` });
  }
  return attributes
    .filter(({ name }) => name === 'xmlns' || name.startsWith('xmlns:'))
    .map(({ name, value }) => `${name}="${escapeAttribute(value)}"`);
}

function escapeAttribute(value: string): string {
  return value.replace(/[&<"\t\n\r]/g, (char) => `&#${char.charCodeAt(0)};`);
}
