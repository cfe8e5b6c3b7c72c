// Functions that mend a value which a rule has found wrong.

import type { ApplyStep } from '../domain/definition.ts';
import type { Fields, Value } from '../domain/values.ts';
import { within } from '../expressions/invalid.ts';
import type { Outcome } from '../transform/fault.ts';
import { compileStep, isSettled, settle } from '../transform/steps.ts';

/** What the functions make of a value; null where they fail or leave nothing. Pure; never throws. */
export type Fix = (value: Value, fields: Fields) => Value;

/** Compiles them once; throws `config.invalid` with the step's index in front of the path. */
export function compileFix(steps: readonly ApplyStep[]): Fix {
  const compiled = steps.map((step, index) => within([index], () => compileStep(step)));
  return (value, fields) => {
    let made: Outcome = value;
    for (const step of compiled) {
      if (isSettled(made)) return null;
      // A function that reads the record (`phone: { region: country }`) sees the mapped fields.
      made = settle(step(made, { record: fields }), undefined);
    }
    return isSettled(made) ? null : made;
  };
}
