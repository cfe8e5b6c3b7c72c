// Functions that users write run in a process of their own, many values at a time, while a mapping is made of closures
// that wait for nobody. So a record whose mapping needs an answer that is not there yet is given up and made again, once
// the answers of the whole batch have come. With one function in a mapping every record is made twice; with two after
// each other in one field, three times.

import type { Value } from '../domain/values.ts';
import type { FunctionResult } from './transform.ts';

export interface FunctionCall {
  /** The exported function. */
  readonly name: string;
  /** The argument as written; null without one. */
  readonly args: unknown;
  /** Neither absent nor null; a list as a whole. */
  readonly value: string | boolean | readonly Value[];
}

/** Answers calls in their order, one result each. Rejects only when no function can be called at all. */
export type RunCalls = (calls: readonly FunctionCall[]) => Promise<readonly FunctionResult[]>;

/** The answers of one batch. Equal calls have one answer: functions are pure. */
export class Answers {
  readonly #known = new Map<string, FunctionResult>();
  readonly #wanted = new Map<string, FunctionCall>();
  #missed = false;

  /** Null when the answer is not known yet: it is asked for, and what is made without it counts for nothing. */
  of(call: FunctionCall): FunctionResult | null {
    const id = JSON.stringify([call.name, call.args, call.value]);
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    this.#wanted.set(id, call);
    this.#missed = true;
    return null;
  }

  /** Whether something was made without an answer since this was asked last. */
  takeMissed(): boolean {
    const missed = this.#missed;
    this.#missed = false;
    return missed;
  }

  /** Asks for all that is wanted. */
  async ask(run: RunCalls): Promise<void> {
    const wanted = [...this.#wanted];
    this.#wanted.clear();
    const results = await run(wanted.map(([, call]) => call));
    for (const [index, [id]] of wanted.entries()) this.#known.set(id, results[index] ?? { error: 'gave no answer' });
  }
}

/** Makes one thing of each item, in order. `make` is pure, and asks for answers as it needs them. */
export async function makeAll<T, R>(
  items: readonly T[],
  make: (item: T, answers: Answers) => R,
  run: RunCalls,
): Promise<readonly R[]> {
  const answers = new Answers();
  const made: R[] = [];
  let waiting: readonly (readonly [number, T])[] = [...items.entries()];
  for (;;) {
    waiting = waiting.filter(([index, item]) => {
      made[index] = make(item, answers);
      return answers.takeMissed();
    });
    if (waiting.length === 0) return made;
    await answers.ask(run);
  }
}
