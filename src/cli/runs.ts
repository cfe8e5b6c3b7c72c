// Starting runs and following them to their end, the gate, or a pause.

import { randomBytes } from 'node:crypto';
import { type Client, WorkflowFailedError, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure, defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import type { RunSummary } from '../domain/run.ts';
import { isErrorCode, SyncError } from '../domain/errors.ts';
import { requireKept } from '../store/kept.ts';
import { findRun, listRuns, type RunRow } from '../store/runs.ts';
import type { Progress } from '../../workflows/messages.ts';
import type { SyncRunInput } from '../../workflows/sync-run.ts';
import type { UndoRunInput } from '../../workflows/undo-run.ts';
import type { ProgressView } from './progress-view.ts';
import type { Session } from './session.ts';

/** How following a run ended. */
export type Followed =
  | { readonly kind: 'ended'; readonly summary: RunSummary }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'gate'; readonly progress: Progress }
  | { readonly kind: 'paused'; readonly code: string | null; readonly message: string }
  | { readonly kind: 'detached' };

export type StartRun =
  | { readonly workflow: 'syncRun' | 'quarantineReplay' | 'driftRepair'; readonly input: SyncRunInput }
  | { readonly workflow: 'undoRun'; readonly input: UndoRunInput };

const SYNC = defineSearchAttributeKey('SyncName', 'KEYWORD');
const OBJECT = defineSearchAttributeKey('SyncObject', 'KEYWORD');
const POLL_MS = 150;

/** A name that sorts by time and says whose it is; also the workflow's id. */
export function newRunId(sync: string, now = new Date()): string {
  const stamp = now.toISOString().replace(/[-:]|\..*/g, '');
  return `${sync}-${stamp}-${randomBytes(2).toString('hex')}`;
}

const PREFIXES = { syncRun: '', undoRun: 'undo-', quarantineReplay: 'replay-', driftRepair: 'repair-' } as const;

export async function startRun(session: Session, { workflow, input }: StartRun): Promise<string> {
  const kind = PREFIXES[workflow];
  const workflowId = newRunId(`${kind}${input.sync}`);
  const object = session.project.syncs[input.sync]?.object;
  const attributes: SearchAttributePair[] = [{ key: SYNC, value: input.sync }];
  if (object !== undefined) attributes.push({ key: OBJECT, value: object });
  const summary =
    workflow === 'undoRun'
      ? `undo ${input.run}`
      : `${input.dryRun === true ? 'dry run of ' : ''}${kind}${input.sync}${object === undefined ? '' : ` → ${object}`}`;
  await session.client.workflow.start(workflow, {
    workflowId,
    taskQueue: session.taskQueue,
    args: [input],
    typedSearchAttributes: attributes,
    staticSummary: summary,
  });
  return workflowId;
}

/** The run of a sync that is still open, if any. Event runs go on beside others, and end by themselves when it is paused. */
export async function openRunOf(session: Session, sync: string): Promise<RunRow | undefined> {
  const [latest] = await listRuns(session.store.pool, { sync, limit: 1, but: 'event' });
  if (latest === undefined || latest.outcome !== null) return undefined;
  return (await isWorkflowOpen(session, latest.id)) ? latest : undefined;
}

/** False also where Temporal knows nothing of it any more. */
export async function isWorkflowOpen({ client }: Session, runId: string): Promise<boolean> {
  const described = await client.workflow
    .getHandle(runId)
    .describe()
    .catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    });
  return described?.status.name === 'RUNNING';
}

/** The stored run. Errors: `run.not_found`. */
export async function requireRun(session: Session, id: string): Promise<RunRow> {
  const run = await findRun(session.store.pool, { id });
  if (run === undefined) throw new SyncError('run.not_found', { message: `there is no run ${id}` });
  return run;
}

/** The stored run, with the change sets that it wrote. Errors: `run.not_found`, `run.pruned`. */
export async function requireChanges(session: Session, id: string): Promise<RunRow> {
  const run = await requireRun(session, id);
  requireKept(run);
  return run;
}

/** Follows a run until it ends or waits for a person; shows its progress. Aborting detaches: the run goes on. */
export async function followRun(
  session: Session,
  runId: string,
  { view, signal }: { readonly view: ProgressView; readonly signal: AbortSignal },
): Promise<Followed> {
  const handle = session.client.workflow.getHandle(runId);
  try {
    for (; ; await tick(signal)) {
      if (signal.aborted) return { kind: 'detached' };
      // Asked each time, rather than waiting on `result()`: a long poll would outlive the connection when we detach.
      if ((await handle.describe()).status.name !== 'RUNNING') return await endOf(handle);
      const progress = await currentProgress(session.client, runId);
      if (progress === null) continue;
      view.show(progress);
      if (progress.gate !== null) return { kind: 'gate', progress };
      if (progress.paused !== null) return { kind: 'paused', ...progress.paused };
    }
  } finally {
    view.done();
  }
}

async function endOf(handle: WorkflowHandle): Promise<Followed> {
  try {
    const summary: unknown = await handle.result();
    return { kind: 'ended', summary: summary as RunSummary }; // what every workflow of ours returns
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    // A run that could not even be opened fails with the activity, whose cause says why.
    for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause) {
      if (cause instanceof ApplicationFailure)
        return { kind: 'failed', code: cause.type ?? 'internal.bug', message: cause.message };
    }
    return { kind: 'failed', code: 'run.cancelled', message: error.cause?.message ?? error.message };
  }
}

function tick(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, POLL_MS);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}

/** Null while no worker answers. */
export async function currentProgress(client: Client, runId: string): Promise<Progress | null> {
  try {
    return await client.workflow.getHandle(runId).query<Progress>('progress');
  } catch {
    return null;
  }
}

/** The code of a failure as an error for people. */
export function failureOf({ code, message }: { readonly code: string; readonly message: string }): Error {
  return isErrorCode(code) ? new SyncError(code, { message }) : new Error(message);
}
