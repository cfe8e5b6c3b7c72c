// Waits until nobody writes to the files of a read any more.

import { setTimeout as sleep } from 'node:timers/promises';
import { SyncError } from '../../domain/errors.ts';
import type { PlanContext } from '../source.ts';
import type { FoundFile } from './folder.ts';

const POLL_MS = 500;

export interface Settling<T> {
  /** Looks again which files there are. */
  readonly select: () => Promise<T>;
  readonly filesOf: (selection: T) => readonly FoundFile[];
  readonly settleMs: number;
  readonly context: PlanContext | undefined;
}

/**
 * What is selected once every file of it has kept size and time for `settleMs`. A file whose time is older than that is
 * taken at once; one from the future (clocks differ) is watched for as long.
 *
 * Throws `source.writing` when that does not come about soon.
 */
export async function settled<T>({ select, filesOf, settleMs, context }: Settling<T>): Promise<T> {
  const watch = new Watch(settleMs);
  const deadline = performance.now() + (context?.patienceMs ?? 0);
  for (;;) {
    const selection = await select();
    const restless = watch.restless(filesOf(selection));
    if (restless === null) return selection;
    if (performance.now() >= deadline) {
      throw new SyncError('source.writing', {
        message: `${restless.file.path} was written to a moment ago; waiting until it is whole`,
        details: { file: restless.file.path },
      });
    }
    context?.progress(0);
    await sleep(Math.min(POLL_MS, restless.waitMs), undefined, { signal: context?.signal });
  }
}

interface Restless {
  readonly file: FoundFile;
  /** When it may be quiet. */
  readonly waitMs: number;
}

class Watch {
  readonly #settleMs: number;
  readonly #seen = new Map<string, { readonly file: FoundFile; readonly quietAt: number }>();

  constructor(settleMs: number) {
    this.#settleMs = settleMs;
  }

  /** The file that will be quiet last; null when all are. */
  restless(files: readonly FoundFile[]): Restless | null {
    const now = performance.now();
    let last: Restless | null = null;
    for (const file of files) {
      const waitMs = this.#quietAt(file, now) - now;
      if (waitMs > 0 && waitMs > (last?.waitMs ?? 0)) last = { file, waitMs };
    }
    return last;
  }

  #quietAt(file: FoundFile, now: number): number {
    const known = this.#seen.get(file.path);
    if (known !== undefined && known.file.size === file.size && known.file.mtimeMs === file.mtimeMs)
      return known.quietAt;
    const ageMs = Date.now() - file.mtimeMs;
    const stillMs = known === undefined && ageMs > 0 ? Math.max(0, this.#settleMs - ageMs) : this.#settleMs;
    const quietAt = now + stillMs;
    this.#seen.set(file.path, { file, quietAt });
    return quietAt;
  }
}
