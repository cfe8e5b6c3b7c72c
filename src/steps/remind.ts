// Remind: quarantined records that have waited too long are somebody's business. Said once for each record.

import { listOverdue, markReminded, type OverdueGroup } from '../store/reminders.ts';
import type { Deps, RunRef, StepContext } from './deps.ts';
import { runContext } from './run-context.ts';

export interface RemindResult {
  /** One for each owner. */
  readonly notifications: number;
  readonly records: number;
}

/** Whether there is anything to say, and a way to say it. */
export async function isOverdue(deps: Deps, { syncNo }: RunRef): Promise<boolean> {
  const { remindAfterMs, send } = await deps.notifications();
  return send !== null && (await listOverdue(deps.store.pool, { syncNo, olderThanMs: remindAfterMs })).length > 0;
}

/**
 * Sends what is overdue, an owner at a time, and notes it after it was taken: after a crash between the two it is said
 * again. Errors: `notify.failed`.
 */
export async function remindOwners(deps: Deps, ref: RunRef, context: StepContext): Promise<RemindResult> {
  const { definition } = await runContext(deps, ref);
  const { sync } = definition.sync;
  const { remindAfterMs, send } = await deps.notifications();
  if (send === null) return { notifications: 0, records: 0 };
  const { pool } = deps.store;
  const groups = await listOverdue(pool, { syncNo: ref.syncNo, olderThanMs: remindAfterMs });
  for (const group of groups) {
    const owner = group.owner ?? definition.sync.owner;
    await send(
      {
        event: 'quarantine.ageing',
        project: deps.project,
        sync,
        owner,
        message: messageOf(sync, group),
        look: `tributary quarantine list --sync ${sync}`,
        details: { records: group.records, oldest: group.oldestAt.toISOString(), run: ref.runId },
      },
      context.signal,
    );
    await markReminded(pool, { syncNo: ref.syncNo, olderThanMs: remindAfterMs, group });
  }
  return { notifications: groups.length, records: groups.reduce((sum, { records }) => sum + records, 0) };
}

function messageOf(sync: string, { records, oldestAt }: OverdueGroup): string {
  const what = records === 1 ? '1 record of' : `${records} records of`;
  const wait = records === 1 ? 'waits' : 'wait';
  return `${what} ${sync} ${wait} in the quarantine, the oldest since ${oldestAt.toISOString().slice(0, 10)}`;
}
