// Loads modules of a worker with a seeded bug in them: the compiled text with a few pieces replaced.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { BUGS, type Edit } from './bugs.ts';

let edits: readonly Edit[] = [];

export function initialize(bug: string): void {
  const found = BUGS[bug];
  if (found === undefined) throw new Error(`no bug is called ${bug}`);
  edits = found.edits;
}

interface Loaded {
  readonly format: string;
  readonly shortCircuit: true;
  readonly source: string;
}

/** Node's hook: see `module.register`. */
export async function load(
  url: string,
  context: unknown,
  next: (url: string, context: unknown) => Promise<unknown>,
): Promise<unknown> {
  const own = edits.filter(({ file }) => url.endsWith(`/dist/${file}`));
  if (own.length === 0) return next(url, context);
  let source = await readFile(fileURLToPath(url), 'utf8');
  for (const edit of own) source = replaced(source, edit);
  return { format: 'module', shortCircuit: true, source } satisfies Loaded;
}

function replaced(source: string, { file, from, to }: Edit): string {
  const parts = source.split(from);
  if (parts.length !== 2) throw new Error(`${file} holds this ${parts.length - 1} times, expected once: ${from}`);
  return parts.join(to);
}
