// Records between fetch, transform and validate, kept in the memory of the process that fetched them. Anything here can
// be made again from the source's range: the steps are pure.

import type { Decoded, Lanes } from '../formats/format.ts';
import type { SourceRecord, Violation } from '../domain/values.ts';
import type { ReadItem } from '../sources/source.ts';
import type { Canonical } from '../transform/transform.ts';

/** A record that fetch did not know yet. */
export interface FetchedRecord {
  readonly position: number;
  readonly fingerprint: bigint;
  readonly bytes: Uint8Array;
  readonly decode: () => Decoded;
  /** As the source's item says it. */
  readonly received?: ReadItem['received'] | undefined;
}

/** What fetch found new in a batch. */
export interface FetchedBatch {
  readonly records: readonly FetchedRecord[];
  /** What has decoded its records so far. */
  readonly decoder: { readonly lanes: Lanes };
}

/** After transform: canonical, or not even decodable. `source` is the record as it was read: null when only a person's
 * correction of it could be. */
export type TransformedRecord =
  | { readonly from: FetchedRecord; readonly source: SourceRecord | null; readonly canonical: Canonical }
  | { readonly from: FetchedRecord; readonly violation: Violation };

export interface TransformedBatch {
  readonly records: readonly TransformedRecord[];
  readonly lanes: Lanes;
}

interface CachedBatch {
  fetched?: FetchedBatch;
  transformed?: TransformedBatch;
}

const KEPT_BATCHES = 8;

export class BatchCache {
  readonly #batches = new Map<string, CachedBatch>();

  get(key: string): Readonly<CachedBatch> {
    return this.#batches.get(key) ?? {};
  }

  /** Keeps the newest form of a batch only. */
  set(key: string, batch: CachedBatch): void {
    this.#batches.delete(key);
    this.#batches.set(key, batch);
    for (const oldest of this.#batches.keys()) {
      if (this.#batches.size <= KEPT_BATCHES) break;
      this.#batches.delete(oldest);
    }
  }

  drop(key: string): void {
    this.#batches.delete(key);
  }
}
