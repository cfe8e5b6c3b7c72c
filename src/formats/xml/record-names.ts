// The names of the elements that are open in a record, as places in its bytes.

export class RecordNames {
  // Pairs of first and last + 1, relative to the record's first byte, which stays when the window moves.
  readonly #places: number[] = [];

  get isEmpty(): boolean {
    return this.#places.length === 0;
  }

  clear(): void {
    this.#places.length = 0;
  }

  push(from: number, to: number): void {
    this.#places.push(from, to);
  }

  /**
   * Closes the innermost open element of the name at this place, with those inside it, which were never closed. So one
   * ill-formed record does not swallow those after it. False when no such element is open.
   *
   * @param origin the record's first byte
   */
  // oxlint-disable-next-line max-params -- called for every end tag; an object would be made each time
  closeInnermost(bytes: Buffer, origin: number, from: number, to: number): boolean {
    const places = this.#places;
    const start = origin + from;
    for (let level = places.length - 2; level >= 0; level -= 2) {
      const openFrom = places[level] ?? 0;
      if ((places[level + 1] ?? 0) - openFrom === to - from && isSame(bytes, origin + openFrom, start, to - from)) {
        places.length = level;
        return true;
      }
    }
    return false;
  }
}

// oxlint-disable-next-line max-params -- four numbers that belong together; an object would be made for every tag
function isSame(bytes: Buffer, a: number, b: number, length: number): boolean {
  for (let index = 0; index < length; index++) {
    if (bytes[a + index] !== bytes[b + index]) return false;
  }
  return true;
}
