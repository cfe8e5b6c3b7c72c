// Keeps a number of worker processes running.
//
// Each has a slot:  starting ──ready──▶ running ──dies──▶ waiting (0.2 s, doubling to 10 s) ──▶ starting …
// A worker that lived for 30 s starts its slot's delay afresh. Workers are in process groups of their own: Ctrl-C in
// the terminal reaches only this process, which drains them.

import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ERRORS, isErrorCode, SyncError, type ErrorCode } from '../domain/errors.ts';
import { openLogFile, type Log } from './log.ts';
import type { ReceiverConfig } from './receiver/config.ts';
import { terminate } from './processes.ts';
import { WORKER_CONFIG_VARIABLE, WORKER_MESSAGE, type WorkerConfig } from './worker-config.ts';

export interface SupervisorOptions {
  readonly count: number;
  /** What the only process is, for the log. Default: `worker` and its number. */
  readonly name?: string;
  /** Each one's; their metrics ports count up from the one given. */
  readonly config: WorkerConfig | ReceiverConfig;
  readonly log: Log;
  /** Gets what the workers print. */
  readonly logFile: string;
  /** The program of a process. Default: that of workers. */
  readonly entry?: string;
}

export interface Supervisor {
  /** The worker processes that run at this moment. */
  readonly pids: readonly number[];
  /**
   * Resolves when every slot's first worker is ready. Rejects, with the worker's own error where it told one, when a
   * worker says that its configuration is wrong, or ends five times before it was ever ready.
   */
  readonly ready: Promise<void>;
  /** Drains the workers: SIGTERM, 25 s, then SIGKILL. Resolves when all are gone. May be called more than once. */
  stop(): Promise<void>;
}

const MAX_EARLY_EXITS = 5;
const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 10_000;
const STEADY_AFTER_MS = 30_000;
const DRAIN_MS = 25_000;
const TAIL_LINES = 15;
/**
 * V8 lets its heap grow to several times what is in use before it cleans up, where a machine has much memory. At most
 * 30 % more keeps a worker that delivers full batches below 400 MB, for a tenth more CPU time, and without a hard limit.
 */
const WORKER_FLAGS = ['--enable-source-maps', '--heap-growing-percent=30'];

/** Starts the workers and starts each one again when it dies, until `stop`. */
export function superviseWorkers(options: SupervisorOptions): Supervisor {
  const stopping = new AbortController();
  const output = openLogFile(options.logFile);
  const slots = Array.from({ length: options.count }, (_, index) => new Slot(index, { ...options, output }));
  const running = Promise.all(slots.map((slot) => slot.keep(stopping.signal)));
  const ready = allReady(slots);
  ready.catch(() => {}); // whoever does not wait for it reads of it in the log
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.all(slots.map((slot) => slot.end()));
    await running;
    closeSync(output);
  };
  return {
    get pids() {
      return slots.flatMap((slot) => slot.pid ?? []);
    },
    ready,
    stop: () => (stopped ??= stop()),
  };
}

async function allReady(slots: readonly Slot[]): Promise<void> {
  await Promise.all(slots.map((slot) => slot.ready));
}

/** One worker after the other. */
class Slot {
  readonly ready: Promise<void>;
  readonly #index: number;
  readonly #options: SupervisorOptions & { readonly output: number };
  #child: ChildProcess | undefined;
  #wasReady = false;
  #failure: { readonly code: string; readonly message: string } | undefined;
  #lastLines: readonly string[] = [];
  #becomeReady: () => void = () => {};
  #giveUp: (reason: SyncError) => void = () => {};

  constructor(index: number, options: SupervisorOptions & { readonly output: number }) {
    this.#index = index;
    this.#options = options;
    this.ready = new Promise((resolve, reject) => {
      this.#becomeReady = resolve;
      this.#giveUp = reject;
    });
    this.ready.catch(() => {}); // seen through the supervisor's
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async keep(signal: AbortSignal): Promise<void> {
    let delayMs = FIRST_DELAY_MS;
    for (let earlyExits = 1; !signal.aborted; earlyExits += 1) {
      const startedAt = Date.now();
      const how = await this.#runOnce();
      if (signal.aborted) break;
      if (!this.#wasReady && (earlyExits >= MAX_EARLY_EXITS || this.#isHopeless()))
        return this.#giveUp(this.#reason(how));
      if (Date.now() - startedAt > STEADY_AFTER_MS) delayMs = FIRST_DELAY_MS;
      const { name = `worker ${this.#index + 1}`, log } = this.#options;
      log(`warning: ${name} ${how}; starting it again in ${delayMs / 1000} s`);
      await sleep(delayMs, undefined, { signal }).catch(() => {});
      delayMs = Math.min(delayMs * 2, MAX_DELAY_MS);
    }
    this.#giveUp(new SyncError('internal.bug', { message: 'The workers were stopped before they were ready' }));
  }

  async end(): Promise<void> {
    const pid = this.#child?.pid;
    if (pid !== undefined) await terminate(pid, { signal: 'SIGTERM', graceMs: DRAIN_MS, force: 'SIGKILL' });
  }

  /** Runs one worker to its end; gives how it ended. */
  #runOnce(): Promise<string> {
    const child = this.#fork();
    this.#child = child;
    this.#failure = undefined;
    child.stderr?.on('data', (chunk: Buffer) => this.#keepOutput(chunk));
    child.on('message', (message) => this.#hear(message));
    return new Promise((resolve) => {
      const done = (how: string): void => {
        this.#child = undefined;
        resolve(how);
      };
      child.once('error', (error) => done(`could not be run: ${error.message}`));
      child.once('close', (code, signal) => done(code === null ? `was ended by ${signal}` : `ended with code ${code}`));
    });
  }

  #fork(): ChildProcess {
    const { config, output } = this.#options;
    const metrics = config.metricsPort === undefined ? {} : { metricsPort: config.metricsPort + this.#index };
    return fork(this.#options.entry ?? programOf('worker-process'), {
      detached: true,
      execArgv: WORKER_FLAGS,
      env: { ...process.env, [WORKER_CONFIG_VARIABLE]: JSON.stringify({ ...config, ...metrics }) },
      stdio: ['ignore', output, 'pipe', 'ipc'],
    });
  }

  #hear(message: unknown): void {
    const heard = WORKER_MESSAGE.safeParse(message);
    if (!heard.success) return;
    if (heard.data !== 'ready') {
      this.#failure = heard.data.failed;
      return;
    }
    this.#wasReady = true;
    this.#becomeReady();
  }

  #keepOutput(chunk: Buffer): void {
    writeSync(this.#options.output, chunk);
    const lines = chunk
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '');
    this.#lastLines = [...this.#lastLines, ...lines].slice(-TAIL_LINES);
  }

  /** A wrong configuration stays wrong however often it is tried. */
  #isHopeless(): boolean {
    const code = this.#failure?.code;
    return isErrorCode(code) && ERRORS[code].disposition === 'reject';
  }

  #reason(how: string): SyncError {
    const failure = this.#failure;
    const code: ErrorCode = isErrorCode(failure?.code) ? failure.code : 'internal.bug';
    const said =
      failure?.message ??
      `The ${this.#options.name ?? 'worker'} ${how} before it was ready. It said last:\n${this.#lastLines.join('\n')}`;
    return new SyncError(code, { message: said, details: { log: this.#options.logFile } });
  }
}

/** Node runs the compiled program only: when this file runs from source, the one that the last build made. */
export function programOf(name: 'worker-process' | 'receiver/process'): string {
  const folder = import.meta.url.endsWith('.ts') ? '../../dist/src/runtime' : '.';
  const path = fileURLToPath(new URL(`${folder}/${name}.js`, import.meta.url));
  if (existsSync(path)) return path;
  throw new SyncError('internal.bug', { message: `There is no ${path}; run \`npm run build\`` });
}
