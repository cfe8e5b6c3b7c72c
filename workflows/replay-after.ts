// Somebody asked a run for its sync's quarantined records: they are replayed once it has ended and left the sync.

import { ParentClosePolicy, setHandler, startChild, uuid4 } from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import { retryQuarantinedSignal } from './messages.ts';
import type { RunState } from './run-state.ts';
import type { SyncRunInput } from './sync-run.ts';

const SYNC = defineSearchAttributeKey('SyncName', 'KEYWORD');

export function hearingRetries(state: RunState): RunState {
  setHandler(retryQuarantinedSignal, (asked) => state.askRetry(asked));
  return state;
}

export async function replayAsked({ progress: { sync, retry } }: RunState): Promise<void> {
  if (retry === undefined) return;
  const input: Omit<SyncRunInput, 'kind'> = { sync, trigger: 'signal', only: retry };
  await startChild('quarantineReplay', {
    workflowId: `replay-${sync}-${uuid4().slice(0, 8)}`,
    args: [input],
    staticSummary: `replay-${sync}, asked for by a signal`,
    typedSearchAttributes: [{ key: SYNC, value: sync }],
    parentClosePolicy: ParentClosePolicy.ABANDON,
  });
}
