// The workers of the campaign: started again when they die, whatever the reason.

import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type WorkerConfig, WORKER_CONFIG_VARIABLE } from '../../src/runtime/worker-config.ts';
import { peakMemoryMb } from '../processes.ts';

const ENTRY = fileURLToPath(new URL('./worker.js', import.meta.url));
const AGAIN_MS = 200;

export interface CrewOptions {
  readonly count: number;
  readonly config: WorkerConfig;
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
}

export class Crew {
  readonly #options: CrewOptions;
  readonly #slots: (ChildProcess | undefined)[];
  readonly #ready = new Set<ChildProcess>();
  #stopping = false;
  #peakMb = 0;

  constructor(options: CrewOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.count }, () => undefined);
    for (const slot of this.#slots.keys()) this.#start(slot);
  }

  get pids(): readonly number[] {
    return this.#slots.flatMap((child) => child?.pid ?? []);
  }

  /** The most memory that any of them has held, in MB, as far as was looked. */
  get peakMb(): number {
    this.#look();
    return this.#peakMb;
  }

  async untilReady(): Promise<void> {
    while (!this.#slots.every((child) => child !== undefined && this.#ready.has(child))) await sleep(50);
  }

  signal(pid: number, name: NodeJS.Signals): boolean {
    this.#look();
    return this.#slots.find((child) => child?.pid === pid)?.kill(name) ?? false;
  }

  /** SIGTERM to all; SIGKILL to those that have not drained in time. */
  async stop(): Promise<void> {
    this.#look();
    this.#stopping = true;
    for (const child of this.#slots) {
      child?.kill('SIGCONT');
      child?.kill('SIGTERM');
    }
    for (let waited = 0; waited < 25_000 && this.pids.length > 0; waited += 50) await sleep(50);
    for (const child of this.#slots) child?.kill('SIGKILL');
    while (this.pids.length > 0) await sleep(20);
  }

  #look(): void {
    for (const pid of this.pids) this.#peakMb = Math.max(this.#peakMb, peakMemoryMb(pid));
  }

  #start(slot: number): void {
    const { config, env, logFile } = this.#options;
    const log = openSync(logFile, 'a');
    const child = fork(ENTRY, {
      detached: true,
      execArgv: ['--enable-source-maps', '--heap-growing-percent=30'],
      env: { ...env, [WORKER_CONFIG_VARIABLE]: JSON.stringify(config) },
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.#slots[slot] = child;
    child.on('message', (message) => {
      if (message === 'ready') this.#ready.add(child);
    });
    child.once('close', () => {
      this.#slots[slot] = undefined;
      if (!this.#stopping) setTimeout(() => this.#stopping || this.#start(slot), AGAIN_MS);
    });
  }
}
