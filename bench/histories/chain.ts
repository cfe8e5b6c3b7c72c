// The histories of one run, one for each time it went on as new: without anything of the machine that recorded them.

import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

export interface RecordedHistory {
  readonly workflowId: string;
  readonly type: string;
  /** Temporal's JSON of a history. */
  readonly history: unknown;
}

/** In the order in which they were written. */
export async function recordChain(
  client: Client,
  { workflowId, dir }: { readonly workflowId: string; readonly dir: string },
): Promise<readonly RecordedHistory[]> {
  const chain: (RecordedHistory & { readonly startedAt: number })[] = [];
  for await (const run of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    const history = await client.workflow.getHandle(workflowId, run.runId).fetchHistory();
    const scrubbed = scrub(JSON.parse(historyToJSON(history)), dir);
    chain.push({ workflowId, type: run.type, history: scrubbed, startedAt: run.startTime.getTime() });
  }
  return chain
    .toSorted((a, b) => a.startedAt - b.startedAt)
    .map(({ workflowId: id, type, history }) => ({ workflowId: id, type, history }));
}

/** Facts of the machine: processes, folders, stacks. What workflows decide by stays as it is. */
function scrub(part: unknown, dir: string): unknown {
  if (Array.isArray(part)) return part.map((one) => scrub(one, dir));
  if (typeof part === 'string') return cleaned(part, dir);
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([name, value]) => {
      if (name === 'identity') return [name, 'worker'];
      if (name === 'stackTrace') return [name, ''];
      if (name === 'data' && typeof value === 'string') return [name, encode(cleaned(decode(value), dir))];
      return [name, scrub(value, dir)];
    }),
  );
}

function cleaned(text: string, dir: string): string {
  return text
    .replaceAll(dir, '/project')
    .replaceAll(hostname(), 'host')
    .replaceAll(/@\d+-[\da-f]{6}\b/g, '@1-000000');
}

function decode(data: string): string {
  return Buffer.from(data, 'base64').toString('utf8');
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}
