// What a run has left in Temporal: the histories of its chain, one for each time it went on as new.

import type { Client } from '@temporalio/client';

export interface ChainFigures {
  /** Histories in the chain. */
  readonly histories: number;
  readonly mostEvents: number;
  readonly allEvents: number;
  readonly mostBytes: number;
  /** What the fullest event carries: inputs, results, state for the next history. */
  readonly largestPayloadBytes: number;
}

/** Reads one history after the other; none is larger than a few MB. */
export async function chainOf(client: Client, workflowId: string): Promise<ChainFigures> {
  const figures = { histories: 0, mostEvents: 0, allEvents: 0, mostBytes: 0, largestPayloadBytes: 0 };
  for await (const { runId, historySize = 0 } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const payloads = (events ?? []).map(payloadBytesIn);
    figures.histories++;
    figures.allEvents += payloads.length;
    figures.mostEvents = Math.max(figures.mostEvents, payloads.length);
    figures.mostBytes = Math.max(figures.mostBytes, historySize);
    figures.largestPayloadBytes = Math.max(figures.largestPayloadBytes, ...payloads);
  }
  return figures;
}

/** All bytes anywhere inside: payloads are the only ones that events have. */
function payloadBytesIn(part: unknown): number {
  if (part instanceof Uint8Array) return part.length;
  if (typeof part !== 'object' || part === null) return 0;
  return Object.values(part).reduce<number>((sum, inner) => sum + payloadBytesIn(inner), 0);
}
