// CEL (Common Expression Language) as mappings and rules use it: https://github.com/google/cel-spec
// No side effects, no clock, no loops but macros over lists; sizes and patterns are bounded.

import { Environment, Optional, type ParseResult } from '@marcbachmann/cel-js';

import { type CelFunctions, LINEAR_MATCHES, neededFields, prepare } from './cel-ast.ts';
import { toValue, type CelResult } from './cel-value.ts';
import { cleanMessage } from './excerpt.ts';
import { invalid } from './invalid.ts';
import { compilePattern, MAX_TEXT_LENGTH, type Pattern } from './pattern.ts';

/** One compiled expression. */
export interface CelExpression {
  /** The type found at compile time: `bool`, `string`, `dyn` … */
  readonly type: string;
  /** The names it mentions: variables, and the macros' own. */
  readonly names: ReadonlySet<string>;
  /** Every variable must be given. Never throws: an error of the engine is a result. */
  readonly evaluate: (variables: Readonly<Record<string, unknown>>) => CelResult;
}

/** Compiles an expression over the variables; throws `config.invalid`. */
export type CelCompiler = (source: string) => CelExpression;

const MAX_SOURCE_LENGTH = 5000;
const MAX_KNOWN_PATTERNS = 100;
const LIMITS = { maxAstNodes: 1000, maxDepth: 50, maxListElements: 500, maxMapEntries: 100, maxCallArguments: 16 };
// Without two neighbours that take the same digits: that would be quadratic on long texts.
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;

export interface CelSetting {
  readonly functions?: CelFunctions;
  /** Allows `record.?name`, which has no value where the field is absent, and `record.?name.orValue("")`. */
  readonly optionals?: boolean;
}

/**
 * An environment in which the given names are variables of any type. Adds `number(x)`: a decimal as a double, for
 * comparisons; an error for null and for text that is no decimal number.
 */
export function createCel(
  variables: readonly string[],
  { functions, optionals = false }: CelSetting = {},
): CelCompiler {
  const environment = createEnvironment(optionals);
  environment.registerFunction('number(dyn): double', toNumber, { async: false });
  environment.registerFunction(`string.${LINEAR_MATCHES}(string): bool`, createMatches(), { async: false });
  const taken = new Set(variables.filter((name) => !register(environment, name)));
  return (source) => compile(environment, { taken, functions }, source);
}

/** The fields of a variable without which the expression fails: it does not ask whether they are there. */
export function fieldsNeeded(source: string, variable: string): readonly string[] {
  return neededFields(parse(createEnvironment(true), source).ast, variable);
}

function createEnvironment(optionals: boolean): Environment {
  return new Environment({ homogeneousAggregateLiterals: false, enableOptionalTypes: optionals, limits: LIMITS });
}

interface Setting {
  /** Names that CEL keeps for itself. */
  readonly taken: ReadonlySet<string>;
  readonly functions: CelFunctions | undefined;
}

function compile(shared: Environment, { taken, functions }: Setting, source: string): CelExpression {
  const environment = functions === undefined ? shared : shared.clone();
  const parsed = parse(environment, source);
  const { names, calls } = prepare(parsed.ast, functions);
  for (const [name, step] of calls) {
    environment.registerFunction(`${name}(dyn): dyn`, (value: unknown) => ofOptional(value, step), { async: false });
  }
  for (const name of names) {
    if (taken.has(name))
      throw invalid(`the field \`${name}\` cannot be used in an expression: CEL has a word of that name`);
  }
  const check = parsed.check();
  if (!check.valid) throw invalid(describe(check.error));
  return { type: check.type ?? 'dyn', names, evaluate: (context) => evaluate(parsed, context) };
}

function parse(environment: Environment, source: string): ParseResult {
  if (source.length > MAX_SOURCE_LENGTH) throw invalid(`the expression is longer than ${MAX_SOURCE_LENGTH} characters`);
  try {
    return environment.parse(source);
  } catch (error) {
    throw invalid(describe(error));
  }
}

function evaluate(parsed: ParseResult, context: Readonly<Record<string, unknown>>): CelResult {
  try {
    // The engine types its results as any.
    const result: unknown = parsed(context);
    if (!(result instanceof Optional)) return toValue(result);
    return result.hasValue() ? toValue(result.value()) : { ok: true, value: undefined };
  } catch (error) {
    return { ok: false, message: cleanMessage(summary(error)) };
  }
}

/** A function of nothing is nothing. */
function ofOptional(value: unknown, step: (value: unknown) => unknown): unknown {
  if (!(value instanceof Optional)) return step(value);
  return value.hasValue() ? Optional.of(step(value.value())) : value;
}

/** False when CEL keeps the name for itself. */
function register(environment: Environment, name: string): boolean {
  try {
    environment.registerVariable(name, 'dyn');
    return true;
  } catch {
    return false;
  }
}

function toNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value === null) throw new TypeError('number() has no value to read: it is null');
  if (typeof value !== 'string' || !DECIMAL.test(value)) throw new TypeError('number() reads decimal numbers only');
  return Number(value);
}

function createMatches(): (text: string, pattern: string) => boolean {
  const known = new Map<string, Pattern>();
  return (text, pattern) => {
    let compiled = known.get(pattern);
    if (compiled === undefined) {
      compiled = compilePattern(pattern);
      // Patterns may come from the record; those written in the expression come back at once.
      if (known.size >= MAX_KNOWN_PATTERNS) known.clear();
      known.set(pattern, compiled);
    }
    const found = compiled(text);
    if (found === 'too_long') throw new RangeError(`matches() reads at most ${MAX_TEXT_LENGTH} characters`);
    return found;
  };
}

function describe(error: unknown): string {
  const start = position(error);
  return `the expression is not valid: ${summary(error)}${start === null ? '' : ` (at character ${start + 1})`}`;
}

/** The engine's message without its drawing of the source. */
function summary(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = 'summary' in error && typeof error.summary === 'string' ? error.summary : error.message;
  return text.replaceAll(LINEAR_MATCHES, 'matches');
}

function position(error: unknown): number | null {
  if (!(error instanceof Error) || !('range' in error)) return null;
  const { range } = error;
  if (typeof range !== 'object' || range === null || !('start' in range)) return null;
  return typeof range.start === 'number' ? range.start : null;
}
