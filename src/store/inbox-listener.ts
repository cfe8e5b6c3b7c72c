// Hears of appends: one connection for each process, whoever waits in it.

import type { Client, Pool, Queryable } from '../postgres/client.ts';
import { type EventStream, INBOX_CHANNEL } from './inbox.ts';

const DUE = 'due ';

/** Tells whoever listens to the streams that claims which wait there may go on. */
export async function tellDue(db: Queryable, streams: readonly EventStream[]): Promise<void> {
  const names = streams.map(({ system, stream }) => `${DUE}${system}/${stream}`);
  await db.query(`select pg_notify('${INBOX_CHANNEL}', name) from unnest($1::text[]) as n (name)`, [names]);
}

export class InboxListener {
  readonly #pool: Pool;
  readonly #waiting = new Map<string, Set<() => void>>();
  /** Streams that were told of since somebody last waited for them. */
  readonly #told = new Set<string>();
  #client: Client | null = null;
  #connecting = false;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Resolves when the stream has been told of since the last call, or after a while: whoever waits looks anyway. */
  async wait({ system, stream }: EventStream, ms: number, signal: AbortSignal): Promise<void> {
    void this.#connect();
    const name = `${system}/${stream}`;
    if (this.#told.delete(name) || signal.aborted) return;
    const waiting = this.#waiting.get(name) ?? new Set();
    this.#waiting.set(name, waiting);
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
      waiting.add(done);
    });
    this.#told.delete(name);
  }

  /** Whether claims of the stream's sync may go on: asked since the last call. */
  isDue({ system, stream }: EventStream): boolean {
    return this.#told.delete(`${DUE}${system}/${stream}`);
  }

  close(): void {
    this.#client?.release(true);
    this.#client = null;
  }

  /** Without a connection waits only take longer: it is tried again by the next one. */
  async #connect(): Promise<void> {
    if (this.#client !== null || this.#connecting) return;
    this.#connecting = true;
    try {
      const client = await this.#pool.connect();
      const drop = (): void => {
        if (this.#client === client) this.#client = null;
        client.release(true);
      };
      client.once('error', drop);
      client.on('notification', ({ payload = '' }) => this.#tell(payload));
      this.#client = client;
      await client.query(`listen ${INBOX_CHANNEL}`);
    } catch {
      this.close();
    } finally {
      this.#connecting = false;
    }
  }

  #tell(name: string): void {
    this.#told.add(name);
    for (const wake of this.#waiting.get(name.replace(DUE, '')) ?? []) wake();
  }
}
