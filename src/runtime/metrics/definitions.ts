// Every metric of ours, defined once: the exporter makes them from this table, and docs/metrics.md.

export interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Names of the project's own configuration and fixed words only: few, and nobody's data. */
  readonly labels: readonly string[];
  readonly says: string;
  /** Upper bounds of a histogram's buckets, in seconds. */
  readonly buckets?: readonly number[];
  /** Read from the store: every worker says the same, so that sums over workers make no sense. */
  readonly ofStore?: true;
}

const SECONDS = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400];

/** Names are permanent. */
export const METRICS = {
  tributary_records_total: {
    type: 'counter',
    labels: ['sync', 'phase', 'outcome'],
    says: 'Records that passed a phase in this worker: fetch (read, unchanged, quarantined, filtered), validate (accepted, quarantined, filtered), deliver (created, updated, deleted). A retried batch counts again.',
  },
  tributary_batches_total: {
    type: 'counter',
    labels: ['sync', 'phase'],
    says: 'Batches that passed a phase in this worker.',
  },
  tributary_read_bytes_total: {
    type: 'counter',
    labels: ['sync'],
    says: 'Bytes that this worker has read of sources.',
  },
  tributary_runs_total: {
    type: 'counter',
    labels: ['sync', 'outcome'],
    says: 'Runs whose end this worker has written: delivered, unchanged, rejected, dry_run, cancelled, failed.',
  },
  tributary_run_seconds: {
    type: 'histogram',
    labels: ['sync', 'outcome'],
    buckets: SECONDS,
    says: 'How long these runs took, from their first attempt to their end.',
  },
  tributary_gate_wait_seconds: {
    type: 'histogram',
    labels: ['sync', 'decision'],
    buckets: SECONDS,
    says: 'How long runs waited at the gate for the decision that this worker has noted.',
  },
  tributary_worker_memory_bytes: { type: 'gauge', labels: [], says: 'Resident memory of the worker process.' },
  tributary_runs_open: {
    type: 'gauge',
    labels: ['sync', 'phase'],
    ofStore: true,
    says: 'Runs under way, by the phase that they are in; `gate` and `paused` wait for a person.',
  },
  tributary_gate_waiting_seconds: {
    type: 'gauge',
    labels: ['sync'],
    ofStore: true,
    says: 'How long the run of a sync has been waiting at the gate; 0 when none does.',
  },
  tributary_sync_paused: { type: 'gauge', labels: ['sync'], ofStore: true, says: '1 while a sync is paused.' },
  tributary_last_good_run_seconds: {
    type: 'gauge',
    labels: ['sync'],
    ofStore: true,
    says: 'How long ago the last run of a sync ended that delivered, or found nothing to deliver. Absent before the first.',
  },
  tributary_quarantine_records: {
    type: 'gauge',
    labels: ['sync'],
    ofStore: true,
    says: 'Open records in the quarantine.',
  },
  tributary_reviews_open: { type: 'gauge', labels: ['sync'], ofStore: true, says: 'Reviews that wait for a person.' },
  tributary_freshness_seconds: {
    type: 'gauge',
    labels: ['object'],
    ofStore: true,
    says: 'How old the oldest change may be that is not delivered yet, of the sync of the object that is furthest behind. Absent while one of them was never read.',
  },
  tributary_freshness_missed: {
    type: 'gauge',
    labels: ['sync'],
    ofStore: true,
    says: '1 while a sync misses its freshness objective (`when.fresh`); absent without one.',
  },
  tributary_inbox_events: {
    type: 'gauge',
    labels: ['system', 'stream'],
    ofStore: true,
    says: 'Received events that no run has taken yet.',
  },
  tributary_inbox_lag_seconds: {
    type: 'gauge',
    labels: ['system', 'stream'],
    ofStore: true,
    says: 'Age of the oldest event that is not done with; 0 when there is none.',
  },
  tributary_notifications_due: {
    type: 'gauge',
    labels: [],
    ofStore: true,
    says: 'Notifications that could not be sent yet.',
  },
  tributary_store_bytes: { type: 'gauge', labels: [], ofStore: true, says: 'Size of Tributary’s own database.' },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;
