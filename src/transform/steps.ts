// The steps between a source value and a field: functions, then codes. Each takes a value that is neither absent nor
// null: those end the steps, so that what was not sent stays so, and what was sent empty stays so too.

import type { ApplyStep, CodeQuery, FieldMapping } from '../domain/definition.ts';
import type { SourceRecord, Value } from '../domain/values.ts';
import { USER_PREFIX } from '../domain/user-functions.ts';
import { isList } from '../domain/values.ts';
import { invalid, within } from '../expressions/invalid.ts';
import { Fault, type Outcome } from './fault.ts';
import type { ListStep, StepContext, TextStep } from './functions/function.ts';
import { FUNCTIONS } from './functions/registry.ts';
import type { FunctionResult } from './transform.ts';

export type Step = (value: string | boolean | readonly Value[], context: StepContext) => Outcome;

/** Compiles one function of `apply`; throws `config.invalid`. */
export function compileStep({ fn, args }: ApplyStep): Step {
  if (fn.startsWith(USER_PREFIX)) return userStep(fn, args ?? null);
  const found = FUNCTIONS.get(fn);
  if (found === undefined)
    throw invalid(`there is no function \`${fn}\`; expected one of ${[...FUNCTIONS.keys()].join(', ')}`);
  return within([fn], () =>
    found.takes === 'text' ? textStep(fn, found.parse(args)) : listStep(fn, found.parse(args)),
  );
}

/** Compiles the code table: the text as it stands is looked up. */
export function compileCodes(codes: NonNullable<FieldMapping['codes']>, unmapped: FieldMapping['unmapped']): Step {
  const table = new Map(Object.entries(codes));
  return (value) =>
    forEachItem(value, (item) => {
      const text = String(item);
      const code = table.get(text);
      if (code !== undefined) return code;
      if (unmapped.kind === 'keep') return item;
      if (unmapped.kind === 'absent') return undefined;
      return unmapped.kind === 'value' ? unmapped.value : new Fault('codes', 'is not in the code table', text);
    });
}

/** For trials without servers: nobody has read the table, so nobody knows what a code means. */
export function unreadCodes({ connection, table }: CodeQuery): Step {
  return (value) =>
    new Fault('codes', `the code table ${table} of ${connection} is read when a run begins, not here`, value);
}

/** True for values that steps do not touch. */
export function isSettled(value: Outcome): value is undefined | null | Fault {
  return value === undefined || value === null || value instanceof Fault;
}

/** `whenEmpty` in place of empty text and lists; empty items of a list are left out. */
export function settle(value: Outcome, whenEmpty: null | undefined): Outcome {
  if (value === '') return whenEmpty;
  if (value instanceof Fault || !isList(value)) return value;
  const items = value.filter((item) => item !== '');
  return items.length === 0 ? whenEmpty : items;
}

/** Without an answer the field is given up for now; the record is made again when it has come. */
function userStep(fn: string, args: unknown): Step {
  const name = fn.slice(USER_PREFIX.length);
  return (value, { answers }) => {
    if (answers === undefined) return new Fault(fn, 'is a function of the project, which cannot be called here', value);
    const result = answers.of({ name, args, value });
    return result === null ? undefined : toOutcome(fn, result, value);
  };
}

function textStep(name: string, step: TextStep): Step {
  return (value, context) => forEachItem(value, (item) => toOutcome(name, step(String(item), context), item));
}

function listStep(name: string, step: ListStep): Step {
  return (value, context) => {
    const list = isList(value) ? value : [value];
    return toOutcome(name, step(list.filter((item) => item !== null).map(String), context), value);
  };
}

/** The first fault is the whole list's. What one item becomes many goes into the same list. */
function forEachItem(value: Value, change: (item: string | boolean) => Outcome): Outcome {
  if (value === null) return null;
  if (!isList(value)) return change(value);
  const items: Value[] = [];
  for (const item of value) {
    const made = item === '' ? undefined : forEachItem(item, change);
    if (made instanceof Fault) return made;
    if (made === undefined) continue;
    // Not `push(...made)`: a list of a hundred thousand does not fit into a call.
    for (const part of isList(made) ? made : [made]) items.push(part);
  }
  return items;
}

function toOutcome(name: string, result: FunctionResult, input: SourceRecord[string]): Outcome {
  return 'error' in result ? new Fault(name, result.error, input) : result.value;
}
