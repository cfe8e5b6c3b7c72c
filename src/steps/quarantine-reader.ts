// Reads the quarantine as if it were a source: for replays. The position is the id of the last record read.

import type { Decoded } from '../formats/format.ts';
import type { SourceRecord } from '../domain/values.ts';
import type { ReadItem, SourcePosition, SourceReader } from '../sources/source.ts';
import { pageQuarantined, type QuarantineRow } from '../store/quarantine.ts';
import type { RunRow } from '../store/runs.ts';
import type { Deps } from './deps.ts';

const PAGE = 1_000;

/** The plan of a replay: which records; null for all of the sync. */
export interface ReplayPlan {
  readonly ids: readonly number[] | null;
}

export function openQuarantineReader(
  deps: Deps,
  { run, position }: { readonly run: RunRow; readonly position: SourcePosition },
): SourceReader {
  const rows = new Map<number, QuarantineRow>();
  const ids = isReplayPlan(run.plan?.plan) ? run.plan.plan.ids : null;
  return {
    async *items(): AsyncGenerator<readonly ReadItem[]> {
      for (let afterId = typeof position === 'number' ? position : 0; ;) {
        const page = await pageQuarantined(deps.store.pool, { syncNo: run.syncNo, ids, afterId, limit: PAGE });
        if (page.length === 0) return;
        for (const row of page) rows.set(row.id, row);
        yield page.map((row) => ({
          position: row.position,
          bytes: Buffer.from(row.record),
          after: row.id,
          bytesRead: 0,
        }));
        afterId = page.at(-1)?.id ?? afterId;
      }
    },
    decode: (item) => decodeRow(rows.get(Number(item.after))),
    completeness: () => 'unproven',
  };
}

function decodeRow(row: QuarantineRow | undefined): Decoded {
  if (row === undefined || row.encoding === 'raw') {
    return {
      ok: false,
      rule: row?.violations[0]?.rule ?? 'record.malformed',
      message: 'cannot be decoded; correct it in the source',
    };
  }
  return { ok: true, record: JSON.parse(row.record) as SourceRecord }; // stored by validate from a SourceRecord
}

function isReplayPlan(plan: unknown): plan is ReplayPlan {
  return typeof plan === 'object' && plan !== null && 'ids' in plan;
}
