// The functions of a project: found and checked when it is opened, kept running while batches need them.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '../config/problems.ts';
import type { FunctionLimits, FunctionsDefinition, RunDefinition } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import { FunctionProcess } from '../functions/function-process.ts';
import { type CallContext, FunctionRunner } from '../functions/function-runner.ts';
import { transpile } from '../functions/transpile.ts';
import type { RunCalls } from '../transform/user-functions.ts';

const FILES = ['functions.ts', 'functions.js'];
/** While the project is checked nobody knows yet what the project says about limits. */
const CHECKING: FunctionLimits = { timeoutMs: 10_000, batchMs: 10_000, memoryBytes: 256 * 1024 * 1024 };

export interface LoadedFunctions {
  /** Null where there is no file, or a wrong one. */
  readonly module: Pick<FunctionsDefinition, 'hash' | 'code'> | null;
  /** What it exports. */
  readonly names: readonly string[];
  readonly problems: readonly Problem[];
}

const NONE: LoadedFunctions = { module: null, names: [], problems: [] };
const known = new Map<string, Promise<LoadedFunctions>>();

/** Reads `functions.ts` or `functions.js` beside tributary.yaml, and loads it once, in a process of its own. */
export async function loadFunctions(projectDir: string): Promise<LoadedFunctions> {
  const files = FILES.filter((file) => existsSync(join(projectDir, file)));
  const [file, other] = files;
  if (file === undefined) return NONE;
  const text = await readFile(join(projectDir, file), 'utf8');
  if (other !== undefined)
    return wrong(other, text, { line: 1, column: 1, message: `expected one of ${FILES.join(' and ')}; found both` });
  const hash = createHash('sha256').update(`${file}\n${text}`).digest('hex');
  const key = `${projectDir}\n${hash}`;
  const loading = known.get(key) ?? load(projectDir, { file, text, hash });
  known.set(key, loading);
  loading.catch(() => known.delete(key));
  return loading;
}

async function load(
  projectDir: string,
  { file, text, hash }: { readonly file: string; readonly text: string; readonly hash: string },
): Promise<LoadedFunctions> {
  const made = await transpile(file, text);
  if ('problem' in made) return wrong(file, text, made.problem);
  const module = { hash, code: made.code };
  try {
    const process = await FunctionProcess.start({ code: made.code, folder: projectDir }, CHECKING);
    process.stop();
    return { module, names: process.names, problems: [] };
  } catch (error) {
    if (!(error instanceof SyncError) || error.code !== 'functions.unloadable') throw error;
    return wrong(file, text, { line: 1, column: 1, message: error.message });
  }
}

function wrong(
  file: string,
  text: string,
  { line, column, message }: Pick<Problem, 'line' | 'column' | 'message'>,
): LoadedFunctions {
  const excerpt = text.split(/\r?\n/)[line - 1] ?? '';
  return { ...NONE, problems: [{ file, line, column, path: '', message, excerpt }] };
}

/** Calls the functions of any definition; processes are kept for the next batch. */
export interface Functions {
  of(definition: Pick<RunDefinition, 'functions'>, context?: CallContext): RunCalls;
  close(): void;
}

/** Definitions that are kept running: that of the runs under way, and of those before a change. */
const KEPT = 2;

const NEVER: CallContext = { signal: new AbortController().signal, progress: () => {} };

export function createFunctions(projectDir: string): Functions {
  const runners = new Map<string, FunctionRunner>();
  const runnerOf = (definition: FunctionsDefinition): FunctionRunner => {
    const { hash, code, ...limits } = definition;
    const key = JSON.stringify([hash, limits]);
    const runner =
      runners.get(key) ??
      new FunctionRunner({ limits, start: () => FunctionProcess.start({ code, folder: projectDir }, limits) });
    runners.delete(key);
    runners.set(key, runner);
    for (const [oldest, oldRunner] of runners) {
      if (runners.size <= KEPT) break;
      runners.delete(oldest);
      oldRunner.stop();
    }
    return runner;
  };
  return {
    of:
      ({ functions }, context = NEVER) =>
      async (calls) => {
        if (functions === undefined)
          return calls.map(() => ({ error: 'is a function that this project does not have' }));
        return runnerOf(functions).run(calls, context);
      },
    close: () => {
      for (const runner of runners.values()) runner.stop();
      runners.clear();
    },
  };
}
