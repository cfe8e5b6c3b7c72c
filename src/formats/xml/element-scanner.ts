// Finds where an element ends, by the tags of its own name alone. Comments, CDATA sections and instructions are stepped
// over; everything else is left to whoever judges the element.
//
//   <customer> … <customer> … </customer> … </customer>
//   depth 1      2            1             0: the end
//
// In a well-formed element that is its end: neither text nor an attribute value can hold a `<`. Of an ill-formed one it
// is as good a guess as any, since what is cut there will be judged.

import type { ByteWindow } from '../byte-window.ts';
import type { DoubleBytes } from '../encodings.ts';
import { MarkFinder, NOWHERE, TagFinder } from './finders.ts';
import { BANG, GT, type MarkupKind, MarkupLexer, QUESTION, SLASH } from './markup.ts';

export class ElementScanner {
  readonly #window: ByteWindow;
  readonly #lexer: MarkupLexer;
  readonly #declarations = new MarkFinder(BANG);
  readonly #instructions = new MarkFinder(QUESTION);
  #tags = new TagFinder(Buffer.alloc(1));
  /** Everything before it is understood. */
  #at = 0;
  #depth = 0;

  constructor(window: ByteWindow, double: DoubleBytes | null) {
    this.#window = window;
    this.#lexer = new MarkupLexer(window, double);
  }

  move(by: number): void {
    this.#at -= by;
    this.#lexer.move(by);
    this.#declarations.move(by);
    this.#instructions.move(by);
    this.#tags.move(by);
  }

  /** Whether a start tag of the name that was last begun with stands here. */
  startsAt(at: number): boolean {
    const { bytes } = this.#window;
    return this.#tags.next(bytes, at) === at && bytes[at + 1] !== SLASH;
  }

  /**
   * @param name as it stands in the element's tags
   * @param depth elements of this name that are open before `at`
   */
  begin(at: number, name: Buffer, depth = 0): void {
    if (!this.#tags.name.equals(name)) this.#tags = new TagFinder(Buffer.from(name));
    this.again(at, depth);
  }

  /** Begins with another element of the same name. */
  again(at: number, depth = 0): void {
    this.#at = at;
    this.#depth = depth;
  }

  /** The byte after the element; null when more bytes are needed. */
  end(): number | null {
    const { bytes } = this.#window;
    for (;;) {
      const tag = this.#tags.next(bytes, this.#at);
      const other = Math.min(this.#declarations.next(bytes, this.#at), this.#instructions.next(bytes, this.#at));
      const isTag = tag < other;
      if (!isTag && other === NOWHERE) return null;
      const kind = isTag ? this.#readTag(bytes, tag) : this.#lexer.read(other);
      if (kind === null) return null;
      this.#at = this.#lexer.end;
      if (kind === 'open' || kind === 'broken') this.#depth++;
      else if (kind === 'close') this.#depth--;
      if (this.#depth <= 0 && isTag) return this.#at;
    }
  }

  /** Most tags of records are names and nothing else. */
  #readTag(bytes: Buffer, at: number): MarkupKind | null {
    const isClose = bytes[at + 1] === SLASH;
    const nameEnd = at + (isClose ? 2 : 1) + this.#tags.name.length;
    if (bytes[nameEnd] !== GT) return this.#lexer.read(at);
    this.#lexer.end = nameEnd + 1;
    return isClose ? 'close' : 'open';
  }
}
