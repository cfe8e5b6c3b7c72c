// How late changes arrive: how far behind the newest change known before they were when they first turned up. Counted in
// powers of two, so that any number of reads adds up.

/** By the upper bound of each bucket in seconds, as text: how many records. `0`: not late. */
export type ArrivalLag = Readonly<Record<string, number>>;

/** The bucket of a lag. */
export function lagBucket(lagMs: number): string {
  if (lagMs <= 0) return '0';
  return String(2 ** Math.max(0, Math.ceil(Math.log2(lagMs / 1000))));
}

export function addLags(lags: readonly ArrivalLag[]): ArrivalLag {
  const sum: Record<string, number> = {};
  for (const lag of lags) {
    for (const [bucket, count] of Object.entries(lag)) sum[bucket] = (sum[bucket] ?? 0) + count;
  }
  return sum;
}

export interface LagSummary {
  readonly records: number;
  /** Those that a read before would have held, had they been there. */
  readonly late: number;
  /** In seconds, at most; of all records and of the latest one. */
  readonly p99: number;
  readonly max: number;
}

/** Null when nothing was seen. */
export function summariseLag(lag: ArrivalLag): LagSummary | null {
  const buckets = Object.entries(lag)
    .map(([seconds, count]) => ({ seconds: Number(seconds), count }))
    .toSorted((a, b) => a.seconds - b.seconds);
  const records = buckets.reduce((sum, { count }) => sum + count, 0);
  if (records === 0) return null;
  let seen = 0;
  const at99 = buckets.find(({ count }) => (seen += count) >= records * 0.99);
  return {
    records,
    late: records - (lag['0'] ?? 0),
    p99: at99?.seconds ?? 0,
    max: buckets.at(-1)?.seconds ?? 0,
  };
}

/**
 * A lookback that leaves as much room again as the latest record needed, in seconds; null where the one there is does.
 * What comes later than the lookback is never seen, so the answer is never below it by much.
 */
export function suggestedLookback({ max }: LagSummary, lookbackSeconds: number): number | null {
  return max * 2 > lookbackSeconds ? max * 2 : null;
}
