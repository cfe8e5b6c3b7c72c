// A process that runs steps as a worker does: one at a time, on what it is sent. Its arguments are the project's folder and
// the address of the store.

import { deliverBatch } from '../../src/steps/deliver.ts';
import type { BatchRef, RunRef, StepContext } from '../../src/steps/deps.ts';
import { mergeBatch } from '../../src/steps/merge.ts';
import { runContext } from '../../src/steps/run-context.ts';
import { compose } from '../../src/runtime/composition.ts';

export type Verb = 'merge' | 'deliver';

export type Order =
  /** Loads what the steps of the run share, as a worker has that has read for it. */
  { readonly do: 'open'; readonly ref: RunRef } | { readonly do: Verb; readonly ref: BatchRef };

/** How the order went: null, or what was wrong. */
export interface Answer {
  readonly error: string | null;
}

const [projectDir = '', databaseUrl = ''] = process.argv.slice(2);
const context: StepContext = { signal: new AbortController().signal, progress: () => {} };
const isWorkflowOpen = async (): Promise<boolean> => false;
const { deps } = await compose({ projectDir, databaseUrl, ownQueue: 'bench', isWorkflowOpen });

process.on('message', (order: Order) => {
  carryOut(order).then(
    () => answer(null),
    (error: unknown) => answer(error instanceof Error ? (error.stack ?? error.message) : String(error)),
  );
});
process.on('disconnect', () => process.exit(0));
answer(null);

async function carryOut(order: Order): Promise<void> {
  if (order.do === 'open') await runContext(deps, order.ref);
  else if (order.do === 'merge') await mergeBatch(deps, order.ref, context);
  else await deliverBatch(deps, { ...order.ref, mode: 'apply' }, context);
}

function answer(error: Answer['error']): void {
  process.send?.({ error } satisfies Answer);
}
