// What Tributary looks at and changes in a parsed CEL expression, before it is checked and run.

import type { ASTNode } from '@marcbachmann/cel-js';

import { invalid } from './invalid.ts';
import { compilePattern } from './pattern.ts';

/** The function that runs in place of `matches`. */
export const LINEAR_MATCHES = 'matches_linear';

const MAX_NESTED_MACROS = 3;
const MACROS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter', 'bind']);
// Both run in place of what is written, and would be unbounded or unknown under their own names.
const INTERNAL = /^(matches_linear|function_\d+)$/;

/** Functions of ours that may stand in an expression: `trim(x)`, or with their argument: `date(x, "yyyy/M/d")`. */
export interface CelFunctions {
  has(name: string): boolean;
  /** Throws `config.invalid` for a wrong argument. @returns the step, which may throw what is wrong with the value */
  compile(name: string, args: unknown): CelFunction;
}

export type CelFunction = (value: unknown) => unknown;

export interface Prepared {
  /** The names that it mentions: variables, and the macros' own. */
  readonly names: ReadonlySet<string>;
  /** The calls of our functions, by the names that they have now. */
  readonly calls: ReadonlyMap<string, CelFunction>;
}

/**
 * Prepares an expression in place.
 *
 * The engine's `matches` uses JavaScript's backtracking and cannot be replaced under its own name, so calls are given
 * another one. Our functions are compiled with their arguments, each call under a name of its own. Macros run once for
 * each item: nested too deeply they would take time without bound. Throws `config.invalid`.
 */
export function prepare(root: ASTNode, functions?: CelFunctions): Prepared {
  const names = new Set<string>();
  const calls = new Map<string, CelFunction>();
  visit(root, 0);
  return { names, calls };

  function visit(node: ASTNode, macros: number): void {
    if (node.op === 'id') names.add(node.args);
    if (node.op === 'rcall') return visitMethod(node.args, macros);
    if (node.op === 'call') renameFunction(node.args);
    for (const child of children(node.args)) visit(child, macros);
  }

  function renameFunction(call: [string, ASTNode[]]): void {
    const [name, [, argument, more]] = call;
    if (INTERNAL.test(name)) throw invalid(`the function \`${name}\` is unknown`);
    if (functions?.has(name) !== true) return;
    if (call[1].length === 0 || more !== undefined)
      throw invalid(`${name}() takes the value, and at most one argument as it would stand under \`apply\``);
    const step = functions.compile(name, argument === undefined ? null : literalOf(argument, name));
    call[0] = `function_${calls.size}`;
    call[1] = call[1].slice(0, 1);
    calls.set(call[0], step);
  }

  function visitMethod(call: [string, ASTNode, ASTNode[]], macros: number): void {
    const [name, receiver, args] = call;
    if (INTERNAL.test(name)) throw invalid(`the function \`${name}\` is unknown`);
    if (name === 'matches') {
      checkLiteral(args);
      call[0] = LINEAR_MATCHES;
    }
    const inside = MACROS.has(name) ? macros + 1 : macros;
    if (inside > MAX_NESTED_MACROS)
      throw invalid(`the expression nests more than ${MAX_NESTED_MACROS} macros (${name})`);
    visit(receiver, macros);
    for (const arg of args) visit(arg, inside);
  }
}

/** The names of a variable's fields that an expression reads without asking first whether they are there. */
export function neededFields(root: ASTNode, variable: string): readonly string[] {
  const needed = new Set<string>();
  const optional = new Set<string>();
  visit(root, needed);
  return [...needed].filter((name) => !optional.has(name));

  function visit(node: ASTNode, found: Set<string>): void {
    const name = fieldOf(node);
    if (name !== null) (node.op === '.?' || node.op === '[?]' ? optional : found).add(name);
    const asked = node.op === 'call' && node.args[0] === 'has';
    for (const child of children(node.args)) visit(child, asked ? optional : found);
  }

  function fieldOf(node: ASTNode): string | null {
    if (node.op === '.' || node.op === '.?') return isVariable(node.args[0]) ? node.args[1] : null;
    if (node.op !== '[]' && node.op !== '[?]') return null;
    const [of, index] = node.args;
    return isVariable(of) && index.op === 'value' && typeof index.args === 'string' ? index.args : null;
  }

  function isVariable(node: ASTNode): boolean {
    return node.op === 'id' && node.args === variable;
  }
}

/** What is written out in an expression, as the YAML of `apply` would give it. */
function literalOf(node: ASTNode, name: string): unknown {
  if (node.op === 'value') return typeof node.args === 'bigint' ? Number(node.args) : node.args;
  if (node.op === 'list') return node.args.map((item) => literalOf(item, name));
  if (node.op === '-_') return -Number(literalOf(node.args, name));
  if (node.op === 'map') {
    const entries = node.args.map(([key, value]) => [String(literalOf(key, name)), literalOf(value, name)]);
    return Object.fromEntries(entries);
  }
  throw invalid(`the argument of ${name}() must be written out: text, a number, a list or a map of them`);
}

function checkLiteral([pattern]: readonly ASTNode[]): void {
  if (pattern?.op === 'value' && typeof pattern.args === 'string') compilePattern(pattern.args);
}

/** The nodes inside a node's operands, however they are nested. */
function children(args: unknown): readonly ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(children);
  return isNode(args) ? [args] : [];
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}
