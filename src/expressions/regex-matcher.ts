// Runs a pattern's program over a text in time linear in the text, whatever the pattern.
//
// The machine's states are made deterministic on first use (a lazy DFA, as in RE2) and dropped when they grow too many:
//   state = instructions reached by the text so far + the kind of the last character
//   step  = follow forks, jumps and anchors (they look at the characters on both sides), then accept one character

import type { Instruction } from './regex-program.ts';
import { holds, isWord, type Side } from './regex-sides.ts';

interface State {
  readonly reached: readonly number[];
  readonly before: Side;
  /** Known steps by code point; null means that the pattern matches. */
  readonly steps: Map<number, State | null>;
}

/** In numbers held by the known states, about 16 bytes each. */
const MAX_WEIGHT = 200_000;

/** Tells whether a program matches anywhere in a text. Keeps what it learns between texts, up to a bound. */
export class Matcher {
  readonly #program: readonly Instruction[];
  #states = new Map<string, State>();
  #start: State;
  #weight = 0;
  /** The round in which `#follow` came to an instruction last. */
  readonly #seen: Uint32Array;
  #round = 0;

  constructor(program: readonly Instruction[]) {
    this.#program = program;
    this.#seen = new Uint32Array(program.length);
    this.#start = this.#intern([], 'edge');
  }

  test(text: string): boolean {
    let state = this.#start;
    for (let at = 0; at < text.length;) {
      const point = text.codePointAt(at) ?? 0;
      at += point > 0xffff ? 2 : 1;
      const known = state.steps.get(point);
      const next = known === undefined ? this.#learn(state, point) : known;
      if (next === null) return true;
      state = next;
    }
    return this.#follow(state, 'edge') === null;
  }

  #learn(state: State, point: number): State | null {
    if (this.#weight > MAX_WEIGHT) this.#forget();
    const after: Side = isWord(point) ? 'word' : 'other';
    const open = this.#follow(state, after);
    const next = open === null ? null : this.#intern(this.#accept(open, point), after);
    state.steps.set(point, next);
    this.#weight += 4;
    return next;
  }

  #accept(open: readonly number[], point: number): number[] {
    return open.filter((at) => {
      const instruction = this.#program[at];
      return instruction?.op === 'one' && instruction.accepts(point);
    });
  }

  /** The instructions that wait for a character at this position; null when the pattern has matched. */
  #follow(state: State, after: Side): readonly number[] | null {
    this.#round += 1;
    if (this.#round > 0xffff_fff0) this.#restartRounds();
    const open: number[] = [];
    // A match may begin at every position, so the program's start is always among the places to go on from.
    const todo = [0, ...state.reached.map((at) => at + 1)];
    for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
      if (this.#seen[at] === this.#round) continue;
      this.#seen[at] = this.#round;
      const instruction = this.#program[at];
      if (instruction === undefined || instruction.op === 'match') return null;
      if (instruction.op === 'one') open.push(at);
      else if (instruction.op === 'jump') todo.push(instruction.to);
      else if (instruction.op === 'fork') todo.push(at + 1, instruction.to);
      else if (instruction.op === 'save') todo.push(at + 1);
      else if (holds(instruction.at, state.before, after)) todo.push(at + 1);
    }
    return open.toSorted((a, b) => a - b);
  }

  #intern(reached: readonly number[], before: Side): State {
    const key = `${before}:${reached.join()}`;
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const state: State = { reached, before, steps: new Map() };
    this.#states.set(key, state);
    this.#weight += 4 + reached.length;
    return state;
  }

  #restartRounds(): void {
    this.#seen.fill(0);
    this.#round = 1;
  }

  #forget(): void {
    this.#states = new Map();
    this.#weight = 0;
    this.#start = this.#intern([], 'edge');
  }
}
