// Calls functions through whatever they do: a value that hangs, fills the memory or ends the process is told from the
// others, and only its own record has the violation.

import type { FunctionLimits } from '../domain/definition.ts';
import type { FunctionResult } from '../transform/transform.ts';
import type { FunctionCall } from '../transform/user-functions.ts';
import type { Death, FunctionProcess } from './function-process.ts';

/** What a runner needs of a process. */
export type Callee = Pick<FunctionProcess, 'isAlive' | 'call' | 'stop'>;

export interface RunnerOptions {
  readonly limits: FunctionLimits;
  /** Starts a process; rejects when the functions cannot be loaded. */
  readonly start: () => Promise<Callee>;
}

export interface CallContext {
  readonly signal: AbortSignal;
  /** Called after progress, with the calls that are answered. */
  readonly progress: (answered: number) => void;
}

/** Calls that are sent at once: they and their results stay in memory. */
const CHUNK = 2_000;
/** After a death so many calls go one by one: as many as may have been unanswered then. */
const CAREFUL = 500;

export class FunctionRunner {
  readonly #options: RunnerOptions;
  #process: Callee | null = null;
  /** One batch after another: the process has one thread. */
  #busy: Promise<unknown> = Promise.resolve();

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** One result for each call, in order. Rejects when aborted, and when the functions cannot be loaded. */
  run(calls: readonly FunctionCall[], context: CallContext): Promise<readonly FunctionResult[]> {
    const running = this.#busy.then(() => this.#run(calls, context));
    this.#busy = running.catch(() => {});
    return running;
  }

  stop(): void {
    this.#process?.stop();
    this.#process = null;
  }

  async #run(calls: readonly FunctionCall[], context: CallContext): Promise<readonly FunctionResult[]> {
    const { limits } = this.#options;
    if (calls.length > 0) await this.#alive();
    const deadline = Date.now() + limits.batchMs;
    const results: FunctionResult[] = [];
    const onResults = (more: readonly FunctionResult[]): void => {
      results.push(...more);
      context.progress(results.length);
      if (Date.now() > deadline) this.stop();
    };
    const abort = (): void => this.stop();
    context.signal.addEventListener('abort', abort);
    try {
      for (let carefulUntil = 0; results.length < calls.length && Date.now() <= deadline;) {
        context.signal.throwIfAborted();
        const careful = results.length < carefulUntil;
        const chunk = calls.slice(results.length, careful ? carefulUntil : results.length + CHUNK);
        const callee = await this.#alive();
        context.signal.throwIfAborted();
        const death = await callee.call(chunk, { careful, onResults });
        if (death === null) continue;
        this.stop();
        if (!careful) carefulUntil = results.length + CAREFUL;
        else if (Date.now() <= deadline) onResults([{ error: REASONS[death](limits) }]);
      }
    } finally {
      context.signal.removeEventListener('abort', abort);
    }
    context.signal.throwIfAborted();
    return results.concat(calls.slice(results.length).map(() => tooLate(limits)));
  }

  async #alive(): Promise<Callee> {
    if (this.#process?.isAlive !== true) this.#process = await this.#options.start();
    return this.#process;
  }
}

const REASONS: Readonly<Record<Death, (limits: FunctionLimits) => string>> = {
  time: ({ timeoutMs }) => `took longer than ${timeoutMs / 1000} s`,
  memory: ({ memoryBytes }) => `took more than ${Math.round(memoryBytes / 1024 / 1024)} MB of memory`,
  exit: () => 'ended its process',
};

function tooLate({ batchMs }: FunctionLimits): FunctionResult {
  return { error: `was not called, because the functions of its batch took longer than ${batchMs / 1000} s` };
}
