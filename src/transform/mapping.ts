// One field's mapping as a closure: source, then functions, then codes, then the default.

import type { FieldMapping } from '../domain/definition.ts';
import type { CelCompiler } from '../expressions/cel.ts';
import { invalid, within } from '../expressions/invalid.ts';
import { Fault, type Outcome } from './fault.ts';
import type { StepContext } from './functions/function.ts';
import { compilePath } from './path.ts';
import { compileCodes, compileStep, isSettled, settle } from './steps.ts';

export type MakeField = (context: StepContext) => Outcome;

export interface MappingSetting {
  readonly cel: CelCompiler;
  /** What empty text and empty lists become: the stream's `empty`. */
  readonly whenEmpty: null | undefined;
}

/** Throws `config.invalid` with the path inside the mapping. */
export function compileMapping(mapping: FieldMapping, { cel, whenEmpty }: MappingSetting): MakeField {
  const source = compileSource(mapping, cel);
  const steps = mapping.apply.map((step, index) => within(['apply', index], () => compileStep(step)));
  if (mapping.codes !== undefined) steps.push(compileCodes(mapping.codes, mapping.unmapped));
  const fallback = mapping.default;
  return (context) => {
    let value = settle(source(context), whenEmpty);
    for (const step of steps) {
      if (isSettled(value)) break;
      value = settle(step(value, context), whenEmpty);
    }
    return value === undefined ? fallback : value;
  };
}

function compileSource({ value, cel, from }: FieldMapping, compileCel: CelCompiler): MakeField {
  if (value !== undefined) return () => value;
  if (cel !== undefined) return within(['cel'], () => compileExpression(cel, compileCel));
  if (from === undefined || from.length === 0) throw invalid('expected one of from, value, cel; found none');
  return compilePaths(from);
}

function compileExpression(source: string, compileCel: CelCompiler): MakeField {
  const { evaluate } = compileCel(source);
  return ({ record }) => {
    const result = evaluate({ record });
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
