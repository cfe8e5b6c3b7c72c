// One field's mapping as a closure: source, then functions, then codes, then the default.

import type { FieldMapping } from '../domain/definition.ts';
import type { CelCompiler } from '../expressions/cel.ts';
import { invalid, within } from '../expressions/invalid.ts';
import { Fault, type Outcome } from './fault.ts';
import type { FunctionsInCel } from './cel-functions.ts';
import type { StepContext } from './functions/function.ts';
import { compileJsonPath, compilePath } from './path.ts';
import { unlessShortened } from './spreadsheet.ts';
import { compileCodes, compileStep, isSettled, settle, unreadCodes } from './steps.ts';

/** What one record offers to all of its fields. */
export interface RecordContext extends StepContext {
  /** Of expressions. */
  readonly variables: Readonly<Record<string, unknown>>;
}

export type MakeField = (context: RecordContext) => Outcome;
/** A fault where the expression fails, or answers neither true nor false. */
export type Condition = (context: RecordContext) => boolean | Fault;

export interface MappingSetting {
  readonly cel: CelCompiler;
  readonly functions: FunctionsInCel;
  /** The field has to be what the source says, to the digit: a number that a spreadsheet shortened is not. */
  readonly exact: boolean;
  /** What empty text and empty lists become: the stream's `empty`. */
  readonly whenEmpty: null | undefined;
}

/** Throws `config.invalid` with the path inside the mapping. */
export function compileMapping(mapping: FieldMapping, setting: MappingSetting): MakeField {
  const { whenEmpty } = setting;
  const source = compileSource(mapping, setting);
  const nested = compileNested(mapping);
  const steps = mapping.apply.map((step, index) => within(['apply', index], () => compileStep(step)));
  if (mapping.codes !== undefined) steps.push(compileCodes(mapping.codes, mapping.unmapped));
  else if (mapping.codesFrom !== undefined) steps.push(unreadCodes(mapping.codesFrom));
  const fallback = mapping.default;
  const rest = steps.slice(1);
  const make: MakeField = (context) => {
    const json = nested?.(context.record);
    let value = json ?? settle(source(context), whenEmpty);
    for (const step of json === undefined ? steps : rest) {
      if (isSettled(value)) break;
      value = settle(step(value, context), whenEmpty);
    }
    return value === undefined ? fallback : value;
  };
  return mapping.when === undefined ? make : onlyWhen(mapping.when, make, setting);
}

/** Objects have no other value than their JSON: where `to_json` comes first, it takes them as they stand. */
function compileNested({ from, apply }: FieldMapping): ReturnType<typeof compileJsonPath> | null {
  const [path] = from ?? [];
  if (path === undefined || from?.length !== 1 || apply[0]?.fn !== 'to_json') return null;
  return within(['from', 0], () => compileJsonPath(path));
}

/** Throws `config.invalid` for an expression that can give neither true nor false. */
export function compileCondition(
  source: string,
  name: 'when' | 'where',
  { cel, functions }: MappingSetting,
): Condition {
  const { evaluate, type } = cel(source);
  if (type !== 'bool' && type !== 'dyn') throw invalid(`the expression gives ${type}, not true or false`);
  return (context) => {
    functions.context = context;
    const result = evaluate(context.variables);
    if (!result.ok) return new Fault(name, result.message);
    return typeof result.value === 'boolean' ? result.value : new Fault(name, 'gives neither true nor false');
  };
}

function onlyWhen(source: string, make: MakeField, setting: MappingSetting): MakeField {
  const condition = within(['when'], () => compileCondition(source, 'when', setting));
  return (context) => {
    const holds = condition(context);
    if (holds instanceof Fault) return holds;
    return holds ? make(context) : undefined;
  };
}

function compileSource({ value, cel, from }: FieldMapping, setting: MappingSetting): MakeField {
  if (value !== undefined) return () => value;
  if (cel !== undefined) return within(['cel'], () => compileExpression(cel, setting));
  if (from === undefined || from.length === 0) throw invalid('expected one of from, value, cel; found none');
  const read = compilePaths(from);
  return setting.exact ? (context) => unlessShortened(read(context)) : read;
}

function compileExpression(source: string, { cel, functions }: MappingSetting): MakeField {
  const { evaluate } = cel(source);
  return (context) => {
    functions.context = context;
    const result = evaluate(context.variables);
    return result.ok ? result.value : new Fault('cel', result.message);
  };
}

/** The first path that has more than white space counts; without one null goes before other empty values. */
function compilePaths(from: readonly string[]): MakeField {
  const paths = from.map((path, index) => within(['from', index], () => compilePath(path)));
  const [only] = paths;
  if (paths.length === 1 && only !== undefined) return ({ record }) => only(record);
  return ({ record }) => {
    let empty: Outcome;
    for (const path of paths) {
      const value = path(record);
      if (value instanceof Fault || !isBlank(value)) return value;
      if (empty === undefined || value === null) empty = value;
    }
    return empty;
  };
}

function isBlank(value: Exclude<Outcome, Fault>): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'string' ? value.trim() === '' : Array.isArray(value) && value.length === 0;
}
