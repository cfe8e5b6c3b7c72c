// Reads the quarantine as if it were a source: for replays. The position is the id of the last record read.

import type { Decoded } from '../formats/format.ts';
import type { SourceRecord } from '../domain/values.ts';
import type { ReadItem, SourcePosition, SourceReader } from '../sources/source.ts';
import { listQuarantined, type QuarantineFilter, type QuarantineRow } from '../store/quarantine.ts';
import type { RunRow } from '../store/runs.ts';
import type { Deps } from './deps.ts';

const PAGE = 1_000;

/** Which open records of the sync a replay reads. */
export type ReplayOnly = Pick<QuarantineFilter, 'ids' | 'rule' | 'field' | 'key'>;

/** The plan of a replay. */
export interface ReplayPlan {
  readonly only: ReplayOnly;
}

export function openQuarantineReader(
  deps: Deps,
  { run, position }: { readonly run: RunRow; readonly position: SourcePosition },
): SourceReader {
  const only = isReplayPlan(run.plan?.plan) ? run.plan.plan.only : {};
  const rows = new Map<number, QuarantineRow>();
  return {
    async *items(): AsyncGenerator<readonly ReadItem[]> {
      for (let afterId = typeof position === 'number' ? position : 0; ;) {
        const page = await listQuarantined(deps.store.pool, { ...only, sync: run.sync, afterId, limit: PAGE });
        if (page.length === 0) return;
        for (const row of page) rows.set(row.id, row);
        yield page.map((row) => ({
          position: row.position,
          bytes: Buffer.from(row.record),
          fingerprint: row.fingerprint,
          after: row.id,
          bytesRead: 0,
        }));
        afterId = page.at(-1)?.id ?? afterId;
      }
    },
    decoder: () => ({
      decode: (item) => decodeQuarantined(rows.get(Number(item.after))),
      lanes: { fast: 0, reference: 0 },
    }),
    bytesRead: 0,
    costlyToResume: false,
    completeness: () => 'unproven',
  };
}

/** The record as it stood; bytes that could not be decoded still cannot be. */
export function decodeQuarantined(row: QuarantineRow | undefined): Decoded {
  if (row === undefined || row.encoding === 'raw') {
    return {
      ok: false,
      rule: row?.violations[0]?.rule ?? 'record.malformed',
      message: 'cannot be decoded; correct it in the source, or give the record with `tributary quarantine edit`',
    };
  }
  return { ok: true, record: JSON.parse(row.record) as SourceRecord }; // stored by validate from a SourceRecord
}

function isReplayPlan(plan: unknown): plan is ReplayPlan {
  return typeof plan === 'object' && plan !== null && 'only' in plan;
}
