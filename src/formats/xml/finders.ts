// Where something stands next in a window. Every byte is searched once, however often is asked.

import { endsName, LT, SLASH } from './markup.ts';

/** Further than any place: it does not stand in the window yet. */
export const NOWHERE = Infinity;

/** Finds `<!` or `<?`. By its second byte, which is rare, unlike `<`. */
export class MarkFinder {
  readonly #byte: number;
  #found = -1;
  /** No mark has its second byte before this one, but for `#found`. */
  #searched = 0;

  constructor(byte: number) {
    this.#byte = byte;
  }

  move(by: number): void {
    this.#found -= by;
    this.#searched -= by;
  }

  next(bytes: Buffer, from: number): number {
    if (this.#found >= from) return this.#found;
    for (let at = Math.max(from + 1, this.#searched); ; at = this.#searched) {
      const hit = bytes.indexOf(this.#byte, at);
      this.#searched = hit === -1 ? bytes.length : hit + 1;
      if (hit === -1) return NOWHERE;
      if (bytes[hit - 1] === LT) return (this.#found = hit - 1);
    }
  }
}

/** Finds the tags of one name, start tags and end tags. By the name, since `<` is everywhere. */
export class TagFinder {
  readonly name: Buffer;
  #found = -1;
  /** No tag of the name has it before this byte, but for `#found`. */
  #searched = 0;

  constructor(name: Buffer) {
    this.name = name;
  }

  move(by: number): void {
    this.#found -= by;
    this.#searched -= by;
  }

  next(bytes: Buffer, from: number): number {
    if (this.#found >= from) return this.#found;
    const length = this.name.length;
    for (let at = Math.max(from + 1, this.#searched); ; at = this.#searched) {
      const hit = bytes.indexOf(this.name, at);
      const isWhole = hit !== -1 && hit + length < bytes.length;
      this.#searched = isWhole ? hit + 1 : hit === -1 ? Math.max(at, bytes.length - length + 1) : hit;
      if (!isWhole) return NOWHERE;
      const place = bytes[hit - 1] === SLASH ? hit - 2 : hit - 1;
      if (place >= from && bytes[place] === LT && endsName(bytes[hit + length])) return (this.#found = place);
    }
  }
}
