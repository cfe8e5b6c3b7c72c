import { WorkflowNotFoundError } from '@temporalio/client';
import type { Cli } from '../main.ts';
import { SyncError } from '../../domain/errors.ts';
import { ALL_OR_NOTHING } from '../../domain/run.ts';
import { findUndoOf } from '../../store/runs.ts';
import { EXIT, print, printJson } from '../output.ts';
import { requireRun } from '../runs.ts';
import { type GlobalOptions, openSession, type Session } from '../session.ts';

const WAIT_MS = 60_000;

export function addCancel({ program, act }: Cli): void {
  program
    .command('cancel <run>')
    .description('stop a run between batches')
    .addHelpText(
      'after',
      '\nWhat it has delivered stands (`tributary undo RUN` takes it back), unless its sync says `all_or_nothing`: then it is taken back before the run ends. What it has not delivered is read again by the next run.',
    )
    .action(act(cancel));
}

async function cancel(options: GlobalOptions, runId: string): Promise<number> {
  const session = await openSession(options, { workers: 1 });
  try {
    const run = await requireRun(session, runId);
    if (run.outcome !== null)
      throw new SyncError('config.usage', { message: `${runId} has ended already: ${run.outcome}` });
    const ended = await stop(session, { runId, sync: run.sync });
    const { counts, outcome: stored } = await requireRun(session, runId);
    const outcome = stored ?? (ended ? 'cancelled' : 'cancelling');
    const { created = 0, updated = 0, deleted = 0 } = counts;
    const written = stored === null ? null : created + updated + deleted;
    const takenBackBy = (await findUndoOf(session.store.pool, { runNo: run.no, trigger: ALL_OR_NOTHING })) ?? null;
    if (options.json) printJson({ run: runId, outcome, written, taken_back_by: takenBackBy });
    else print(`${runId}: ${outcome}${whatOf({ runId, written, takenBackBy })}`);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

/** @returns false when it has not ended within a minute */
async function stop(
  { client }: Session,
  { runId, sync }: { readonly runId: string; readonly sync: string },
): Promise<boolean> {
  const handle = client.workflow.getHandle(runId);
  try {
    await handle.cancel();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new SyncError('config.usage', {
      message: `${runId} has no workflow any more (it was terminated, or Temporal has lost it): the next run of ${sync} settles what it left`,
      cause: error,
    });
  }
  const timeout = new Promise<false>((resolve) => {
    setTimeout(() => resolve(false), WAIT_MS).unref();
  });
  const ended = handle.result().then(
    () => true,
    () => true,
  );
  return Promise.race([ended, timeout]);
}

function whatOf({
  runId,
  written,
  takenBackBy,
}: {
  readonly runId: string;
  readonly written: number | null;
  readonly takenBackBy: string | null;
}): string {
  if (written === null) return `; see tributary status ${runId} --follow`;
  if (written === 0) return '; it had written nothing';
  return takenBackBy === null
    ? `; ${written} records that it had written stand (tributary undo ${runId})`
    : `; ${written} records that it had written were taken back by ${takenBackBy}`;
}
