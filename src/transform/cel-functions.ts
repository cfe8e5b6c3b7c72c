// The transform functions inside CEL: `trim(record.name)` is what `apply: [trim]` does.

import type { CelFunctions } from '../expressions/cel-ast.ts';
import { toJsonText, toValue } from '../expressions/cel-value.ts';
import { Fault } from './fault.ts';
import type { StepContext } from './functions/function.ts';
import { FUNCTIONS } from './functions/registry.ts';
import { compileStep, isSettled } from './steps.ts';

/** Null stays null. What the function finds wrong with its value becomes an error of the expression. */
export class FunctionsInCel implements CelFunctions {
  /** Set before an expression is evaluated: some functions look at the record too. Evaluation is synchronous. */
  context: StepContext = { record: {} };

  has(name: string): boolean {
    return FUNCTIONS.has(name);
  }

  compile(name: string, args: unknown): (value: unknown) => unknown {
    const step = compileStep({ fn: name, args });
    if (name === 'to_json') return toJsonText;
    return (input) => {
      const given = toValue(input);
      if (!given.ok) throw new TypeError(`${name}() takes text, a number, true or false, or a list of them`);
      const made = isSettled(given.value) ? given.value : step(given.value, this.context);
      if (made instanceof Fault) throw new TypeError(`${name}(): ${made.message}`);
      return made ?? null;
    };
  }
}
