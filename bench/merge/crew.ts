// The processes that merge and deliver: each does one batch at a time, as workers do.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BatchRef, RunRef } from '../../src/steps/deps.ts';
import type { Answer, Order, Verb } from './steps-process.ts';

const PROGRAM = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './steps-process.ts' : './steps-process.js', import.meta.url),
);

export class Crew {
  readonly #members: readonly ChildProcess[];

  private constructor(members: readonly ChildProcess[]) {
    this.#members = members;
  }

  static async start(at: { readonly projectDir: string; readonly databaseUrl: string }, size: number): Promise<Crew> {
    const members = Array.from({ length: size }, () => fork(PROGRAM, [at.projectDir, at.databaseUrl]));
    await Promise.all(members.map(answerOf));
    return new Crew(members);
  }

  get pids(): readonly number[] {
    return this.#members.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  async open(ref: RunRef): Promise<void> {
    await Promise.all(this.#members.map((member) => order(member, { do: 'open', ref })));
  }

  /** All batches, each by whoever is free. */
  async each(verb: Verb, batches: readonly BatchRef[]): Promise<void> {
    const left = [...batches];
    await Promise.all(
      this.#members.map(async (member) => {
        for (let ref = left.shift(); ref !== undefined; ref = left.shift()) await order(member, { do: verb, ref });
      }),
    );
  }

  async stop(): Promise<void> {
    const ended = this.#members.map((member) => once(member, 'exit'));
    for (const member of this.#members) member.disconnect();
    await Promise.all(ended);
  }
}

async function order(member: ChildProcess, what: Order): Promise<void> {
  const answered = answerOf(member);
  member.send(what);
  await answered;
}

function answerOf(member: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => reject(new Error('a process ended before it answered'));
    member.once('exit', onExit);
    member.once('message', ({ error }: Answer) => {
      member.off('exit', onExit);
      if (error === null) resolve();
      else reject(new Error(error));
    });
  });
}
