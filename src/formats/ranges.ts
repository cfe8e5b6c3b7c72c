// A stream in ranges that several readers take at the same time, and that meet exactly.
//
//   start ──records──▶ p1 ──records──▶ p2 ──records──▶ end of the stream
//   └─── range 1 ─────┘└─── range 2 ──┘└── last range ┘
//
// Splits are positions, so they lie directly after a record. Reading a range is reading on from its first position until
// the next one is reached.

import { type FramePosition, type Framer, type RawRecord, START } from './format.ts';

/** Finds splits while the stream goes by once, for example as its digest is taken. Every byte of it is judged by that. */
export class SplitFinder {
  readonly #framer: Framer;
  readonly #everyBytes: number;
  readonly #splits: FramePosition[] = [];
  #last = START.offset;
  #records = 0;

  /** @param framer one at the start of the stream */
  constructor(framer: Framer, everyBytes: number) {
    this.#framer = framer;
    this.#everyBytes = everyBytes;
  }

  /** The chunk belongs to the finder from now on. Throws as `Framer.next` does. */
  push(chunk: Uint8Array): void {
    this.#framer.push(chunk);
    this.#drain();
  }

  /** No more bytes will come. Throws as `Framer.next` does: a truncated stream is found here. */
  finish(): void {
    this.#framer.finish();
    this.#drain();
  }

  /** In order, at least `everyBytes` apart. With the start before them, each begins one range. */
  get splits(): readonly FramePosition[] {
    return this.#splits;
  }

  /** How many records the stream has, so far. */
  get records(): number {
    return this.#records;
  }

  /** After `finish`. */
  completeness(): 'proven' | 'unproven' {
    return this.#framer.completeness();
  }

  #drain(): void {
    const framer = this.#framer;
    for (let raw = framer.next(); raw !== null; raw = framer.next()) {
      this.#records++;
      // Positions are made only where they are wanted: most formats have to build them.
      if (raw.offset + raw.bytes.length < this.#last + this.#everyBytes) continue;
      const position = framer.position();
      this.#splits.push(position);
      this.#last = position.offset;
    }
  }
}

/**
 * Frames one range: everything that `framer` yields up to the split at byte `end`, the offset of the next range's
 * position; null for the last range, which alone goes to the end of the stream and alone can be proven complete.
 *
 * The caller pushes bytes until `done`, and calls `finish` only at the end of the stream: how far the last record of a
 * range goes may show in bytes behind it.
 */
export class RangeFramer implements Framer {
  readonly #framer: Framer;
  readonly #end: number;
  /** After the last record: asked for once a record. */
  #position: FramePosition;

  constructor(framer: Framer, end: number | null) {
    this.#framer = framer;
    this.#end = end ?? Infinity;
    this.#position = framer.position();
  }

  /** The range has yielded all its records. Never true of the last range, which the caller's bytes end. */
  get done(): boolean {
    return this.#position.offset >= this.#end;
  }

  push(chunk: Uint8Array): void {
    if (!this.done) this.#framer.push(chunk);
  }

  finish(): void {
    if (!this.done) this.#framer.finish();
  }

  next(): RawRecord | null {
    if (this.done) return null;
    const raw = this.#framer.next();
    if (raw !== null) this.#position = this.#framer.position();
    return raw;
  }

  position(): FramePosition {
    return this.#position;
  }

  completeness(): 'proven' | 'unproven' {
    return this.#end === Infinity ? this.#framer.completeness() : 'unproven';
  }
}
