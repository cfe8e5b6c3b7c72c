// Readers that stand somewhere in a range. Most are closed when their batch is full, since another one can begin there; one
// that would have to read everything before it again is kept for the next batch, if that comes to this process.

import type { ReadItem, SourceReader } from '../sources/source.ts';

/** A reader, with the items that it has yielded and nobody has taken. */
export class OpenRead {
  readonly reader: SourceReader;
  /** Bytes up to the last item that a batch took. */
  bytesTaken = 0;
  readonly #abort: AbortController;
  readonly #chunks: AsyncIterator<readonly ReadItem[]>;
  #left: readonly ReadItem[] = [];
  #unlink: () => void = () => {};

  /** @param open makes the reader, which obeys the signal that it is given */
  constructor(open: (signal: AbortSignal) => SourceReader) {
    this.#abort = new AbortController();
    this.reader = open(this.#abort.signal);
    this.#chunks = this.reader.items()[Symbol.asyncIterator]();
  }

  /** From now on this signal stops the reader, in place of an earlier one. */
  obey(signal: AbortSignal): void {
    this.release();
    const stop = (): void => this.#abort.abort(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    this.#unlink = () => signal.removeEventListener('abort', stop);
  }

  release(): void {
    this.#unlink();
    this.#unlink = () => {};
  }

  /** The next items; null at the end of the range. */
  async next(): Promise<readonly ReadItem[] | null> {
    if (this.#left.length > 0) {
      const items = this.#left;
      this.#left = [];
      return items;
    }
    const { done, value } = await this.#chunks.next();
    return done === true ? null : value;
  }

  putBack(items: readonly ReadItem[]): void {
    this.#left = items;
  }

  /** May be called at any time, and again. */
  async close(): Promise<void> {
    this.release();
    await this.#chunks.return?.();
  }
}

const KEPT_READS = 4;
const IDLE_MS = 60_000;

interface Parked {
  readonly read: OpenRead;
  readonly timer: NodeJS.Timeout;
}

/** The readers of this process that wait for their next batch: few, and not for long, since they hold files open. */
export class OpenReads {
  readonly #parked = new Map<string, Parked>();

  /** @param key names the place where it stands */
  park(key: string, read: OpenRead): void {
    read.release();
    this.#drop(key);
    const timer = setTimeout(() => this.#drop(key), IDLE_MS).unref();
    this.#parked.set(key, { read, timer });
    for (const oldest of this.#parked.keys()) {
      if (this.#parked.size <= KEPT_READS) break;
      this.#drop(oldest);
    }
  }

  take(key: string): OpenRead | undefined {
    const parked = this.#parked.get(key);
    this.#parked.delete(key);
    clearTimeout(parked?.timer);
    return parked?.read;
  }

  #drop(key: string): void {
    this.take(key)
      ?.close()
      .catch(() => {}); // nobody is left who could use what it says
  }
}
