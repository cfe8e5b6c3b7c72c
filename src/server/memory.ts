// How much memory the bodies of all requests may take together: a slow sender holds little, many large ones must wait.

import { SyncError } from '../domain/errors.ts';

export interface Lease {
  /** Errors: `request.too_many`. */
  take(bytes: number): void;
  /** Gives back what was taken. May be called more than once. */
  release(): void;
}

export class Memory {
  readonly #max: number;
  #taken = 0;

  constructor(maxBytes: number) {
    this.#max = maxBytes;
  }

  lease(): Lease {
    let mine = 0;
    return {
      take: (bytes) => {
        if (this.#taken + bytes > this.#max) throw busy();
        this.#taken += bytes;
        mine += bytes;
      },
      release: () => {
        this.#taken -= mine;
        mine = 0;
      },
    };
  }
}

function busy(): SyncError {
  return new SyncError('request.too_many', {
    message: 'too many large requests are under way',
    details: { headers: { 'retry-after': '1' } },
  });
}
