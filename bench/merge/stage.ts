// A run up to its seal, in this process: what is measured begins with claims that are staged.

import { numbersIn } from '../../src/domain/spans.ts';
import { randomUUID } from 'node:crypto';
import { checkpointRun } from '../../src/steps/checkpoint.ts';
import type { BatchRef, Deps, RunRef, StepContext } from '../../src/steps/deps.ts';
import { fetchBatch } from '../../src/steps/fetch.ts';
import { openRun } from '../../src/steps/open-run.ts';
import { planRead } from '../../src/steps/plan-read.ts';
import { sealRun } from '../../src/steps/seal.ts';
import { transformBatch } from '../../src/steps/transform.ts';
import { validateBatch } from '../../src/steps/validate.ts';

const context: StepContext = { signal: new AbortController().signal, progress: () => {} };

export interface Staged {
  readonly ref: RunRef;
  /** The batches that have claims. */
  readonly batches: readonly BatchRef[];
  readonly claims: number;
}

/** Reads the export of the sync `customers`, transforms, validates and seals it. */
export async function stageClaims(deps: Deps): Promise<Staged> {
  const opened = await openRun(deps, {
    runId: randomUUID(),
    sync: 'customers',
    kind: 'snapshot',
    trigger: 'bench',
    dryRun: false,
  });
  if (opened.kind !== 'opened') throw new Error(`the run is ${opened.kind}`);
  const { ref } = opened;
  const { ranges } = await planRead(deps, { ...ref, reread: true }, context);
  let n = 0;
  for (let range = 0; range < ranges; range++) {
    let position: unknown = null;
    for (let end = false; !end; n++) {
      const batch = { ...ref, round: 0, n };
      const fetched = await fetchBatch(deps, { ...batch, range, position }, context);
      if (fetched.kept > 0) {
        await transformBatch(deps, batch, context);
        await validateBatch(deps, batch, context);
      }
      ({ end, next: position } = fetched);
    }
  }
  const { batches, counts } = await sealRun(deps, ref, context);
  return {
    ref,
    batches: [...numbersIn(batches)].map((number) => ({ ...ref, round: 0, n: number })),
    claims: counts.accepted,
  };
}

/** Ends the run, so that the next one knows what it has read. */
export async function endRun(deps: Deps, ref: RunRef): Promise<void> {
  await checkpointRun(deps, { ...ref, complete: true, rejected: false }, context);
}
