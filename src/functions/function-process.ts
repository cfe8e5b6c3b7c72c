// A process that runs a project's functions: started, spoken to, and killed when it goes too far.
//
//   start ──▶ loading ──loaded──▶ idle ◀──▶ calling ──too long, too much memory, exit──▶ dead
//                └──failed, too long──▶ dead

import { type ChildProcess, fork } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { FunctionLimits } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import type { FunctionCall } from '../transform/user-functions.ts';
import type { FunctionResult } from '../transform/transform.ts';

const HOST = fileURLToPath(new URL('host.js', import.meta.url));
const MB = 1024 * 1024;
/** What Node itself takes beside the heap. */
const BASE_BYTES = 128 * MB;
const LOAD_MS = 10_000;

type Json = string | boolean | null | Json[];
const value: z.ZodType<Json> = z.lazy(() => z.union([z.string(), z.boolean(), z.null(), z.array(value)]));
const said = z.union([
  z.object({ loaded: z.array(z.string()) }),
  z.object({ failed: z.string() }),
  z.object({ results: z.array(z.union([z.object({ value }), z.object({ error: z.string() })])) }),
]);

type Said = z.infer<typeof said>;

/** Why a process is no more. */
export type Death = 'time' | 'memory' | 'exit';

/** An ECMAScript module that is no file. */
export interface Module {
  readonly code: string;
  readonly folder: string;
}

export class FunctionProcess {
  /** The exported functions. */
  readonly names: readonly string[];
  readonly #child: ChildProcess;
  readonly #mail: Mailbox;
  readonly #limits: FunctionLimits;

  private constructor(
    child: ChildProcess,
    mail: Mailbox,
    start: Pick<FunctionProcess, 'names'> & { limits: FunctionLimits },
  ) {
    this.#child = child;
    this.#mail = mail;
    this.#limits = start.limits;
    this.names = start.names;
  }

  /**
   * Loads a module. Throws `functions.unloadable` when it cannot be loaded, or not in ten seconds.
   *
   * @param folder where its packages are found, or in the folders above
   */
  static async start({ code, folder }: Module, limits: FunctionLimits): Promise<FunctionProcess> {
    const child = spawn(limits);
    const mail = new Mailbox(child);
    child.send({ load: { code, url: pathToFileURL(join(folder, 'functions.mjs')).href } });
    const heard = await mail.next(LOAD_MS);
    if (typeof heard === 'object' && 'loaded' in heard)
      return new FunctionProcess(child, mail, { names: heard.loaded, limits });
    child.kill('SIGKILL');
    const why =
      typeof heard === 'object'
        ? 'failed' in heard
          ? heard.failed
          : 'its process said something else'
        : LOADING[heard];
    throw new SyncError('functions.unloadable', { message: `the project’s functions cannot be loaded: ${why}` });
  }

  get isAlive(): boolean {
    return !this.#mail.ended;
  }

  /**
   * Calls functions in order. `onResults` gets what comes, piece by piece; a piece must come within the time that one
   * value may take. Resolves with null when all have come, else with why the process ended.
   */
  async call(
    calls: readonly FunctionCall[],
    {
      careful,
      onResults,
    }: { readonly careful: boolean; readonly onResults: (results: readonly FunctionResult[]) => void },
  ): Promise<Death | null> {
    if (!this.isAlive) return 'exit';
    this.#child.send({ calls: calls.map(({ name, args, value: given }) => [name, given, args]), careful });
    for (let left = calls.length; left > 0;) {
      const heard = await this.#mail.next(this.#limits.timeoutMs);
      if (typeof heard === 'object' && 'results' in heard) {
        onResults(heard.results.slice(0, left));
        left -= heard.results.length;
        continue;
      }
      this.stop();
      return typeof heard === 'object' ? 'exit' : heard;
    }
    return null;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

const LOADING: Readonly<Record<Death, string>> = {
  time: `they did not load in ${LOAD_MS / 1000} s`,
  memory: 'they take more memory than they may have',
  exit: 'they end their process',
};

/** What the process says, in order, whoever listens when. */
class Mailbox {
  ended = false;
  readonly #messages: (Said | Death)[] = [];
  #waiting: ((heard: Said | Death) => void) | null = null;

  constructor(child: ChildProcess) {
    child.on('message', (message) => {
      const heard = said.safeParse(message);
      this.#add(heard.success ? heard.data : 'exit');
    });
    // What is killed by somebody else takes too much memory: V8 aborts, the host and the system kill.
    child.on('exit', (code, signal) => {
      this.ended = true;
      this.#add(signal === null && code !== 134 ? 'exit' : 'memory');
    });
    child.on('error', () => this.#add('exit'));
  }

  next(timeoutMs: number): Promise<Said | Death> {
    const first = this.#messages.shift();
    if (first !== undefined) return Promise.resolve(first);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#waiting?.('time'), timeoutMs);
      this.#waiting = (heard) => {
        clearTimeout(timer);
        this.#waiting = null;
        resolve(heard);
      };
    });
  }

  #add(heard: Said | Death): void {
    if (this.#waiting === null) this.#messages.push(heard);
    else this.#waiting(heard);
  }
}

function spawn({ memoryBytes }: FunctionLimits): ChildProcess {
  const child = fork(HOST, [String(memoryBytes + BASE_BYTES)], {
    execArgv: [`--max-old-space-size=${Math.ceil(memoryBytes / MB)}`, ...permissionFlags()],
    // Nothing of our environment: it holds secrets.
    env: { NODE_NO_WARNINGS: '1' },
    cwd: tmpdir(),
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'json',
  });
  // It must not keep us alive.
  child.unref();
  child.channel?.unref();
  return child;
}

/** No files are written and no processes started; newer versions of Node refuse the network as well. */
function permissionFlags(): readonly string[] {
  const known = process.allowedNodeEnvironmentFlags;
  const flag = ['--permission', '--experimental-permission'].find((name) => known.has(name));
  return flag === undefined ? [] : [flag, '--allow-fs-read=*', '--allow-worker'];
}
