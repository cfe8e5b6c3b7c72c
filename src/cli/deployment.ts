// Bringing the server in line with the files: what `deploy` and `up` share.

import type { Client } from '@temporalio/client';
import type { Project } from '../config/load.ts';
import { prepareNamespace } from '../runtime/temporal-namespace.ts';
import { pausedSyncs } from '../store/conditions.ts';
import {
  applySchedules,
  compareSchedules,
  type DesiredSchedule,
  desiredSchedules,
  pauseSchedule,
  type ScheduleChange,
} from '../triggers/schedules.ts';
import { say } from './output.ts';
import { type GlobalOptions, openSession, type Session } from './session.ts';

export interface Deployment {
  readonly desired: readonly DesiredSchedule[];
  readonly changes: readonly ScheduleChange[];
}

export async function planDeployment(client: Client, project: Project): Promise<Deployment> {
  const desired = desiredSchedules(project);
  return { desired, changes: await compareSchedules(client, project.name, desired) };
}

export function changesIn({ changes }: Deployment): readonly ScheduleChange[] {
  return changes.filter(({ change }) => change !== 'none');
}

/** Makes schedules, and what they need of the namespace, as the plan says. A sync that is paused gets a paused schedule. */
export async function deploy(
  { client, connection, project, store, namespace }: Session,
  { desired, changes }: Deployment,
): Promise<void> {
  const { historiesMs } = project.retention;
  await prepareNamespace(connection, { namespace, historiesMs, embedded: false, setRetention: true, log: say });
  await applySchedules(client, desired, changes);
  const paused = await pausedSyncs(store.pool);
  for (const { id, sync, change } of changes) {
    const pause = paused.find((one) => one.sync === sync);
    if (change !== 'create' || pause === undefined) continue;
    await pauseSchedule(client, id, { paused: true, note: pauseNote(pause.by, pause.note) });
  }
}

export function pauseNote(by: string, note: string | null): string {
  return `paused by ${by}${note === null ? '' : `: ${note}`}`;
}

/** What `up` does by itself. @returns how many schedules there are now; null where they were left alone, or could not be made */
export async function deployAtStart(options: GlobalOptions, wanted: boolean): Promise<number | null> {
  if (!wanted) return null;
  const session = await openSession(options, { workers: 0 });
  try {
    const plan = await planDeployment(session.client, session.project);
    await deploy(session, plan);
    for (const { sync, change } of changesIn(plan)) say(`schedule of ${sync}: ${change}d`);
    return plan.desired.length;
  } catch (error) {
    say(`warning: schedules were not deployed: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  } finally {
    await session.close();
  }
}
