// TypeScript becomes JavaScript by swc, on every version of Node alike: the same file runs everywhere, or nowhere.

import { SyncError } from '../domain/errors.ts';

/** A mistake in the file, with its place from 1. */
export interface FunctionsProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type Transpiled = { readonly code: string } | { readonly problem: FunctionsProblem };

/** Modules that reach out: functions look at nothing but their value. */
const REFUSED = /^(node:)?(net|tls|http|https|http2|dgram|dns|child_process|cluster|worker_threads)(\/|$)/;

/** @param file its name, which says by `.ts` or `.js` what it is written in */
export async function transpile(file: string, text: string): Promise<Transpiled> {
  // Loaded only where a project has functions.
  const { parseSync, transformSync } = await import('@swc/core');
  const parser = file.endsWith('.ts') ? { syntax: 'typescript' as const } : { syntax: 'ecmascript' as const };
  try {
    const { code } = transformSync(text, {
      filename: file,
      swcrc: false,
      configFile: false,
      isModule: true,
      jsc: { parser, target: 'es2022' },
      module: { type: 'es6' },
    });
    const imports = parseSync(code, { syntax: 'ecmascript', target: 'es2022' }).body.flatMap((item) =>
      'source' in item && item.source ? [item.source.value] : [],
    );
    const refused = imports.map((specifier) => refusal(text, specifier)).find((problem) => problem !== null);
    return refused === undefined ? { code } : { problem: refused };
  } catch (error) {
    return { problem: syntaxProblem(error) };
  }
}

function refusal(text: string, specifier: string): FunctionsProblem | null {
  const message = specifier.startsWith('.')
    ? `expected a package or a module of Node; \`${specifier}\` is another file: put what it has into this one`
    : REFUSED.test(specifier)
      ? `\`${specifier}\` cannot be imported: functions reach neither the network nor other processes`
      : null;
  if (message === null) return null;
  const at = Math.max(text.search(`["']${escaped(specifier)}["']`), 0);
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, message };
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** From `x Expected ';', got '}'`, `[functions.ts:2:1]` and the caret below the line. */
function syntaxProblem(error: unknown): FunctionsProblem {
  const text = error instanceof Error ? error.message : '';
  const [, message] = /^\s*x\s+(.+)$/m.exec(text) ?? [];
  const [, line = '1'] = /\[[^\]\n]*:(\d+):\d+\]/.exec(text) ?? [];
  const [, before = ''] = /^\s*: ( *)\^/m.exec(text) ?? [];
  if (message === undefined) throw new SyncError('internal.bug', { message: 'swc failed', cause: error });
  return { line: Number(line), column: before.length + 1, message };
}
