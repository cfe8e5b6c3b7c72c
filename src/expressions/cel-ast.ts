// What Tributary looks at and changes in a parsed CEL expression, before it is checked and run.

import type { ASTNode } from '@marcbachmann/cel-js';

import { invalid } from './invalid.ts';
import { compilePattern } from './pattern.ts';

/** The function that runs in place of `matches`. */
export const LINEAR_MATCHES = 'matches_linear';

const MAX_NESTED_MACROS = 3;
const MACROS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter', 'bind']);

/**
 * Prepares an expression in place and returns the names that it mentions.
 *
 * The engine's `matches` uses JavaScript's backtracking and cannot be replaced under its own name, so calls are given
 * another one. Macros run once for each item: nested too deeply they would take time without bound.
 * Throws `config.invalid`.
 */
export function prepare(root: ASTNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(root, 0);
  return names;

  function visit(node: ASTNode, macros: number): void {
    if (node.op === 'id') names.add(node.args);
    if (node.op === 'rcall') return visitCall(node.args, macros);
    for (const child of children(node.args)) visit(child, macros);
  }

  function visitCall(call: [string, ASTNode, ASTNode[]], macros: number): void {
    const [name, receiver, args] = call;
    if (name === LINEAR_MATCHES) throw invalid(`the function \`${name}\` is unknown`);
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
