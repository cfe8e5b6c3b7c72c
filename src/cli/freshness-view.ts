// How fresh syncs are, and how late their records come, as `status` shows it.

import { addLags, type ArrivalLag, suggestedLookback, summariseLag } from '../domain/arrival.ts';
import { type SyncFreshness, spanWords } from '../domain/freshness.ts';

export function secondsOf(ms: number | null | undefined): number | null {
  return ms == null ? null : Math.round(ms / 1000);
}

/** `3m`, `2h (stale)`; `-` where nothing was read yet. */
export function behindText(fresh: SyncFreshness | undefined): string {
  if (fresh === undefined || fresh.ageMs === null) return '-';
  return `${spanWords(fresh.ageMs)}${fresh.missed ? ' (stale)' : ''}`;
}

export interface ArrivalView {
  readonly records: number;
  readonly late: number;
  readonly p99_seconds: number;
  readonly max_seconds: number;
  readonly suggested_lookback_seconds: number | null;
}

/** How late records of an incremental stream came; null where nobody knows. */
export function arrivalView(lags: readonly ArrivalLag[], lookbackMs: number): ArrivalView | null {
  const found = summariseLag(addLags(lags));
  if (found === null) return null;
  const { records, late, p99, max } = found;
  const suggested = suggestedLookback(found, lookbackMs / 1000);
  return { records, late, p99_seconds: p99, max_seconds: max, suggested_lookback_seconds: suggested };
}

/** A line for people, where the lookback is too short to be safe. */
export function arrivalHint(sync: string, arrival: ArrivalView | null): string | null {
  if (arrival === null || arrival.suggested_lookback_seconds === null) return null;
  const { late, max_seconds: max, suggested_lookback_seconds: seconds } = arrival;
  return `${sync}: ${late} records came late, by up to ${max}s; set \`lookback: ${seconds}s\``;
}
