// Where a run goes on that was left half way: after a reset of its workflow, or when the next run finds it.

import { DELIVER_MODES, type RunCounts } from '../domain/run.ts';
import { type Span, spansOf } from '../domain/spans.ts';
import type { Queryable } from '../postgres/client.ts';
import { type BatchSummary, listBatches, SEAL_ROUND } from '../store/batches.ts';
import type { RunRow } from '../store/runs.ts';
import type { DeliverMode } from './deliver.ts';
import { decisionsOf } from './gate.ts';

/** The round at hand: what of it is merged and delivered already is not done again. */
export interface CarryOn {
  readonly round: number;
  readonly batches: readonly Span[];
  /** Claims of this round; null in the first. */
  readonly due: number | null;
  readonly complete: boolean;
  /** As decided in earlier rounds. */
  readonly mode: DeliverMode;
  /** What the seal has counted. */
  readonly counts: Partial<RunCounts>;
}

export async function carryOn(db: Queryable, run: RunRow): Promise<CarryOn> {
  const batches = await listBatches(db, run.no);
  const round = Math.max(0, ...batches.map((batch) => batch.round));
  const own = batches.filter((batch) => batch.round === round && hasClaims(batch));
  const sealed = batches.find((batch) => batch.round === SEAL_ROUND && batch.stats['kind'] === 'seal')?.stats;
  const due = own.reduce((sum, { stats }) => sum + Number(stats['claims'] ?? 0), 0);
  return {
    round,
    batches: spansOf(own.map(({ n }) => n)),
    due: round === 0 ? null : due,
    complete: sealed?.['complete'] === true,
    mode: modeBefore(run, round),
    counts: sealed?.['counts'] ?? {}, // written by sealRun
  };
}

/** Ranges that held nothing new have no claims; whatever was not read was staged for its claims. */
function hasClaims({ stats }: BatchSummary): boolean {
  const validated = stats['validated'] as { readonly accepted: number } | undefined; // written by saveBody
  return validated === undefined ? stats['from'] === undefined : validated.accepted > 0;
}

function modeBefore(run: RunRow, round: number): DeliverMode {
  const [last] = decisionsOf(run).filter((gate) => gate.round < round);
  return last?.decision == null ? 'apply' : DELIVER_MODES[last.decision];
}
