// Where a pattern occurs, and where its groups do: Pike's machine, which carries positions along with each thread.
// Threads stand in the order in which JavaScript would try them, so the first to match is the one it would find.

import type { Instruction } from './regex-program.ts';
import { holds, isWord, type Side } from './regex-sides.ts';

/** Start and end of the occurrence, then of each group; undefined for a group that took no part. */
export type Slots = readonly (number | undefined)[];

interface Thread {
  readonly at: number;
  readonly slots: Slots;
}

/** Many occurrences that each look far ahead could take quadratic time; beyond this the search gives up. */
const MAX_STEPS = 2_000_000;

/** All occurrences from left to right, none inside another; `too_long` when that takes more than two million steps. */
export function createSearch(
  program: readonly Instruction[],
  groups: number,
): (text: string) => readonly Slots[] | 'too_long' {
  return (text) => {
    const search = new Search(program, text, groups);
    const found: Slots[] = [];
    for (let from = 0; from <= text.length;) {
      const slots = search.next(from);
      if (slots === 'too_long') return slots;
      if (slots === null) break;
      found.push(slots);
      const [start = 0, end = 0] = slots;
      from = end > start ? end : end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1);
    }
    return found;
  };
}

class Search {
  readonly #program: readonly Instruction[];
  readonly #text: string;
  readonly #empty: Slots;
  /** The round in which an instruction was reached last. */
  readonly #seen: Uint32Array;
  #round = 0;
  #steps = 0;

  constructor(program: readonly Instruction[], text: string, groups: number) {
    this.#program = program;
    this.#text = text;
    this.#empty = Array.from({ length: 2 + groups * 2 }, () => undefined);
    this.#seen = new Uint32Array(program.length);
  }

  next(from: number): Slots | null | 'too_long' {
    let threads: readonly Thread[] = [];
    let found: Slots | null = null;
    for (let position = from; position <= this.#text.length;) {
      if (this.#steps > MAX_STEPS) return 'too_long';
      const started = found === null ? [...threads, { at: 0, slots: this.#empty.with(0, position) }] : threads;
      const { open, match } = this.#follow(started, position);
      found = match ?? found;
      if (open.length === 0 && found !== null) break;
      const point = this.#text.codePointAt(position) ?? 0;
      threads = open.filter(({ at }) => this.#accepts(at, point)).map(({ at, slots }) => ({ at: at + 1, slots }));
      position += point > 0xffff ? 2 : 1;
    }
    return found;
  }

  /** The threads that wait for a character, and the match that cuts off those behind it. */
  #follow(threads: readonly Thread[], position: number): { open: readonly Thread[]; match: Slots | null } {
    this.#round += 1;
    const [before, after] = this.#sides(position);
    const open: Thread[] = [];
    const todo = threads.toReversed();
    for (let thread = todo.pop(); thread !== undefined; thread = todo.pop()) {
      const { at, slots } = thread;
      if (this.#seen[at] === this.#round) continue;
      this.#seen[at] = this.#round;
      this.#steps += 1;
      const instruction = this.#program[at];
      if (instruction === undefined || instruction.op === 'match') return { open, match: slots.with(1, position) };
      if (instruction.op === 'one') open.push(thread);
      else if (instruction.op === 'jump') todo.push({ at: instruction.to, slots });
      else if (instruction.op === 'save') todo.push({ at: at + 1, slots: slots.with(instruction.slot, position) });
      else if (instruction.op === 'fork') {
        const [first, second] = instruction.toFirst ? [instruction.to, at + 1] : [at + 1, instruction.to];
        todo.push({ at: second, slots }, { at: first, slots });
      } else if (holds(instruction.at, before, after)) todo.push({ at: at + 1, slots });
    }
    return { open, match: null };
  }

  #accepts(at: number, point: number): boolean {
    const instruction = this.#program[at];
    return instruction?.op === 'one' && instruction.accepts(point);
  }

  #sides(position: number): readonly [Side, Side] {
    const side = (at: number): Side => {
      if (at < 0 || at >= this.#text.length) return 'edge';
      return isWord(this.#text.charCodeAt(at)) ? 'word' : 'other';
    };
    return [side(position - 1), side(position)];
  }
}
