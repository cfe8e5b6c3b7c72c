// Gauges: how the store and this process stand. What is gone is set to 0 once more, not left at its last value.

import type { Queryable } from '../../postgres/client.ts';
import { inboxFigures, storeFigures, syncFigures } from '../../store/figures.ts';
import type { Freshness } from '../../steps/freshness.ts';
import type { Measure } from './meter.ts';

export class Sampler {
  readonly #db: Queryable;
  readonly #measure: Measure;
  readonly #fresh: () => Promise<Freshness>;
  readonly #streams = new Map<string, { readonly system: string; readonly stream: string }>();
  readonly #phases = new Map<string, string>();

  constructor(db: Queryable, measure: Measure, fresh: () => Promise<Freshness>) {
    this.#fresh = fresh;
    this.#db = db;
    this.#measure = measure;
  }

  async sample(): Promise<void> {
    const measure = this.#measure;
    measure('tributary_worker_memory_bytes', process.memoryUsage.rss(), {});
    const { bytes, notificationsDue } = await storeFigures(this.#db);
    measure('tributary_store_bytes', bytes, {});
    measure('tributary_notifications_due', notificationsDue, {});
    await this.#sampleSyncs();
    await this.#sampleInbox();
    await this.#sampleFreshness();
  }

  async #sampleSyncs(): Promise<void> {
    const measure = this.#measure;
    for (const { sync, paused, phase, gateSeconds, sinceGoodSeconds, quarantined, reviews } of await syncFigures(
      this.#db,
    )) {
      measure('tributary_sync_paused', paused ? 1 : 0, { sync });
      measure('tributary_gate_waiting_seconds', gateSeconds, { sync });
      measure('tributary_quarantine_records', quarantined, { sync });
      measure('tributary_reviews_open', reviews, { sync });
      if (sinceGoodSeconds !== null) measure('tributary_last_good_run_seconds', sinceGoodSeconds, { sync });
      const before = this.#phases.get(sync);
      if (before !== undefined && before !== phase) measure('tributary_runs_open', 0, { sync, phase: before });
      if (phase === null) this.#phases.delete(sync);
      else {
        this.#phases.set(sync, phase);
        measure('tributary_runs_open', 1, { sync, phase });
      }
    }
  }

  async #sampleFreshness(): Promise<void> {
    const { syncs, objects } = await this.#fresh();
    for (const { object, ageMs } of objects)
      if (ageMs !== null) this.#measure('tributary_freshness_seconds', ageMs / 1000, { object });
    for (const { sync, objectiveMs, missed } of syncs)
      if (objectiveMs !== null) this.#measure('tributary_freshness_missed', missed ? 1 : 0, { sync });
  }

  async #sampleInbox(): Promise<void> {
    const gone = new Map(this.#streams);
    for (const { system, stream, waiting, lagSeconds } of await inboxFigures(this.#db)) {
      const name = `${system}/${stream}`;
      gone.delete(name);
      this.#streams.set(name, { system, stream });
      this.#measure('tributary_inbox_events', waiting, { system, stream });
      this.#measure('tributary_inbox_lag_seconds', lagSeconds, { system, stream });
    }
    for (const labels of gone.values()) {
      this.#measure('tributary_inbox_events', 0, labels);
      this.#measure('tributary_inbox_lag_seconds', 0, labels);
    }
  }
}
