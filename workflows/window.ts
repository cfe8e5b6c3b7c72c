// A bounded window of work: at most so many at once, the first error is kept, nothing new starts after it.

import { CancellationScope, condition } from '@temporalio/workflow';

export class Window {
  readonly #size: number;
  #running = 0;
  #failure: { readonly error: unknown } | null = null;

  constructor(size: number) {
    this.#size = size;
  }

  get failed(): boolean {
    return this.#failure !== null;
  }

  /** Waits for a place, then starts the work without waiting for its end. */
  async add(work: () => Promise<void>): Promise<void> {
    await condition(() => this.#running < this.#size || this.failed);
    if (this.failed) return;
    this.#running++;
    work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#running--;
      });
  }

  /** Waits until nothing runs any more, also when the run is being cancelled; throws the first error. */
  async drain(): Promise<void> {
    await CancellationScope.nonCancellable(() => condition(() => this.#running === 0));
    if (this.#failure !== null) throw this.#failure.error;
  }
}
