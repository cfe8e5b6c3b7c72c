// A functions.js in a folder of its own, and a runner for it.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FunctionLimits } from '../../src/domain/definition.ts';
import { FunctionProcess } from '../../src/functions/function-process.ts';
import { FunctionRunner } from '../../src/functions/function-runner.ts';
import type { FunctionCall } from '../../src/transform/user-functions.ts';

const MB = 1024 * 1024;

export const LIMITS: FunctionLimits = { timeoutMs: 2_000, batchMs: 30_000, memoryBytes: 64 * MB };

export interface Started {
  /** Results as they are, errors as text. */
  readonly run: (calls: readonly FunctionCall[], signal?: AbortSignal) => Promise<readonly unknown[]>;
  readonly starts: () => number;
  readonly stop: () => void;
}

export function startFunctions(code: string, limits: Partial<FunctionLimits> = {}): Started {
  const dir = mkdtempSync(join(tmpdir(), 'tributary-functions-'));
  // A package of the project.
  mkdirSync(join(dir, 'node_modules/shouting'), { recursive: true });
  writeFileSync(join(dir, 'node_modules/shouting/package.json'), '{"type":"module","exports":"./index.js"}');
  writeFileSync(join(dir, 'node_modules/shouting/index.js'), 'export const shout = (text) => `${text}!`;');
  const all = { ...LIMITS, ...limits };
  let starts = 0;
  const runner = new FunctionRunner({
    limits: all,
    start: () => {
      starts++;
      return FunctionProcess.start({ code, folder: dir }, all);
    },
  });
  return {
    run: async (calls, signal = new AbortController().signal) => {
      const results = await runner.run(calls, { signal, progress: () => {} });
      return results.map((result) => ('error' in result ? `error: ${result.error}` : result.value));
    },
    starts: () => starts,
    stop: () => {
      runner.stop();
      rmSync(dir, { recursive: true });
    },
  };
}

export const call = (name: string, value: FunctionCall['value'], args: unknown = null): FunctionCall => ({
  name,
  value,
  args,
});
