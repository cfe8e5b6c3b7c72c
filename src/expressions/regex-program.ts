// Patterns as programs of a non-deterministic machine (Thompson's construction, as in RE2).

import { invalid } from './invalid.ts';
import type { Assertion, Node, Syntax } from './regex-syntax.ts';

export type Instruction =
  | { readonly op: 'one'; readonly accepts: (codePoint: number) => boolean }
  | { readonly op: 'assert'; readonly at: Assertion }
  /** Goes on at the next instruction and at `to`; at the next one first, unless `toFirst`. */
  | { readonly op: 'fork'; to: number; readonly toFirst: boolean }
  /** Keeps the position: where group n begins in slot 2n, where it ends in slot 2n + 1. */
  | { readonly op: 'save'; readonly slot: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'match' };

const MAX_INSTRUCTIONS = 1000;
const MAX_VISITS = 20_000;

/**
 * Compiles a pattern; throws `config.invalid` when it is not a pattern, or unrolls to more than 1,000 instructions.
 * `saves`: with the positions of its groups, for those who read them out.
 */
export function compileProgram(syntax: Syntax, { saves }: { readonly saves: boolean }): readonly Instruction[] {
  return new Compiler(syntax, saves).program;
}

class Compiler {
  readonly program: Instruction[] = [];
  readonly #flags: string;
  readonly #saves: boolean;
  #visits = 0;

  constructor(syntax: Syntax, saves: boolean) {
    this.#saves = saves;
    this.#flags = `u${syntax.ignoreCase ? 'i' : ''}${syntax.dotAll ? 's' : ''}`;
    this.#emit(syntax.node);
    this.#push({ op: 'match' });
  }

  #emit(node: Node): void {
    this.#visits += 1;
    if (this.#visits > MAX_VISITS) throw tooLarge();
    if (node.kind === 'one') this.#push({ op: 'one', accepts: this.#acceptor(node.source) });
    else if (node.kind === 'assert') this.#push({ op: 'assert', at: node.at });
    else if (node.kind === 'sequence') for (const item of node.items) this.#emit(item);
    else if (node.kind === 'choice') this.#emitChoice(node.items);
    else if (node.kind === 'group') this.#emitGroup(node.item, node.index);
    else this.#emitRepeat(node);
  }

  #emitGroup(item: Node, index: number): void {
    if (this.#saves) this.#push({ op: 'save', slot: index * 2 });
    this.#emit(item);
    if (this.#saves) this.#push({ op: 'save', slot: index * 2 + 1 });
  }

  #emitChoice(items: readonly Node[]): void {
    const ends: { to: number }[] = [];
    items.forEach((item, index) => {
      if (index === items.length - 1) return this.#emit(item);
      const fork = this.#push({ op: 'fork', to: 0, toFirst: false });
      this.#emit(item);
      ends.push(this.#push({ op: 'jump', to: 0 }));
      fork.to = this.program.length;
    });
    for (const end of ends) end.to = this.program.length;
  }

  #emitRepeat({ item, min, max, lazy: toFirst }: Extract<Node, { kind: 'repeat' }>): void {
    for (let count = 0; count < min; count += 1) this.#emit(item);
    if (max === Infinity) {
      const start = this.program.length;
      const fork = this.#push({ op: 'fork', to: 0, toFirst });
      this.#emit(item);
      this.#push({ op: 'jump', to: start });
      fork.to = this.program.length;
      return;
    }
    const forks: { to: number }[] = [];
    for (let count = min; count < max; count += 1) {
      forks.push(this.#push({ op: 'fork', to: 0, toFirst }));
      this.#emit(item);
    }
    for (const fork of forks) fork.to = this.program.length;
  }

  #push<T extends Instruction>(instruction: T): T {
    if (this.program.length >= MAX_INSTRUCTIONS) throw tooLarge();
    this.program.push(instruction);
    return instruction;
  }

  /** Whether a set holds a code point is JavaScript's own answer, on one code point: that takes constant time. */
  #acceptor(source: string): (codePoint: number) => boolean {
    const literal = source.codePointAt(0);
    if (!this.#flags.includes('i') && literal !== undefined && /^[^\\.[]$/u.test(source))
      return (point) => point === literal;
    try {
      const one = new RegExp(`^${source}$`, this.#flags);
      return (point) => one.test(String.fromCodePoint(point));
    } catch {
      throw invalid(`the pattern has ${source}, which is not a valid set of characters`);
    }
  }
}

function tooLarge(): Error {
  return invalid('the pattern is too large once its repeat counts are written out; use smaller counts');
}
