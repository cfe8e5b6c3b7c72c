// The schedules of a project on the Temporal server: what its files say, what is there, and how the one becomes the other.
//
// A schedule is ours by its id. What it was made from is told by a hash in the memo of the runs that it starts: the server
// gives calendars back in another form than they were sent in. Whether somebody paused it is never ours to change.

import { createHash } from 'node:crypto';
import { type Client, type ScheduleDescription, ScheduleNotFoundError, type ScheduleOptions } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { Project } from '../config/load.ts';
import type { CalendarDefinition, ScheduleDefinition, TimeRange } from '../domain/triggers.ts';

export interface DesiredSchedule {
  readonly id: string;
  readonly sync: string;
  readonly object: string;
  readonly schedule: ScheduleDefinition;
  readonly taskQueue: string;
  /** Of all the others. */
  readonly hash: string;
}

export interface ScheduleChange {
  readonly sync: string;
  readonly id: string;
  readonly change: 'create' | 'update' | 'remove' | 'none';
  /** The note of whoever paused it (may be empty); null where nobody has. */
  readonly paused: string | null;
}

/** Raised when a schedule is made otherwise of the same definition. */
const VERSION = 1;
const HASH = 'tributary_schedule';
const SYNC = defineSearchAttributeKey('SyncName', 'KEYWORD');
const OBJECT = defineSearchAttributeKey('SyncObject', 'KEYWORD');

/** Permanent. */
export function scheduleId(project: string, sync: string): string {
  return `${prefixOf(project)}${sync}`;
}

function prefixOf(project: string): string {
  return `tributary:${project}:`;
}

/** What the files of a project say. */
export function desiredSchedules(project: Pick<Project, 'name' | 'syncs' | 'triggers'>): readonly DesiredSchedule[] {
  const taskQueue = `tributary-${project.name}`;
  return Object.values(project.syncs).flatMap(({ sync, object }) => {
    const schedule = project.triggers[sync]?.schedule ?? null;
    if (schedule === null) return [];
    const hash = createHash('sha256')
      .update(JSON.stringify([VERSION, sync, object, schedule, taskQueue]))
      .digest('hex');
    return [{ id: scheduleId(project.name, sync), sync, object, schedule, taskQueue, hash: hash.slice(0, 16) }];
  });
}

/** What has to be done; nothing is. */
export async function compareSchedules(
  client: Client,
  project: string,
  desired: readonly DesiredSchedule[],
): Promise<readonly ScheduleChange[]> {
  const changes: ScheduleChange[] = [];
  for (const { id, sync, hash } of desired) {
    const found = await describeSchedule(client, id);
    const same = found?.action.memo?.[HASH] === hash;
    changes.push({ sync, id, change: found === null ? 'create' : same ? 'none' : 'update', paused: pausedNote(found) });
  }
  for await (const { scheduleId: id } of client.schedule.list()) {
    if (!id.startsWith(prefixOf(project)) || desired.some((one) => one.id === id)) continue;
    // The list of schedules may be older than the schedules.
    const found = await describeSchedule(client, id);
    if (found === null) continue;
    changes.push({ sync: id.slice(prefixOf(project).length), id, change: 'remove', paused: pausedNote(found) });
  }
  return changes;
}

/** Does what has to be done. May be repeated; of two at once the last one counts. */
export async function applySchedules(
  client: Client,
  desired: readonly DesiredSchedule[],
  changes: readonly ScheduleChange[],
): Promise<void> {
  for (const { id, change } of changes) {
    const one = desired.find((candidate) => candidate.id === id);
    const handle = client.schedule.getHandle(id);
    if (change === 'remove') await handle.delete();
    else if (one !== undefined && change === 'create') await client.schedule.create(scheduleOptions(one));
    else if (one !== undefined && change === 'update') {
      const { scheduleId: _id, ...options } = scheduleOptions(one);
      await handle.update(({ state }) => ({ ...options, state }));
    }
  }
}

/** Null when there is none. */
export async function describeSchedule(client: Client, id: string): Promise<ScheduleDescription | null> {
  try {
    return await client.schedule.getHandle(id).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

/** Pauses or resumes a sync's schedule, if it has one. @returns whether it has */
export async function pauseSchedule(
  client: Client,
  id: string,
  to: { readonly paused: boolean; readonly note: string },
): Promise<boolean> {
  const handle = client.schedule.getHandle(id);
  try {
    await (to.paused ? handle.pause(to.note) : handle.unpause(to.note));
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}

function pausedNote(found: ScheduleDescription | null): string | null {
  return found?.state.paused === true ? (found.state.note ?? '') : null;
}

/** As the server is told. Runs are named by the sync and their time, which the server adds. */
export function scheduleOptions({ id, sync, object, schedule, taskQueue, hash }: DesiredSchedule): ScheduleOptions {
  const { everyMs, calendars, timeZone, jitterMs, overlap, catchUpMs, pauseOnFailure } = schedule;
  return {
    scheduleId: id,
    spec: {
      intervals: everyMs === null ? [] : [{ every: everyMs, offset: offsetOf(sync, schedule) }],
      calendars: calendars.map(calendarOf),
      timezone: timeZone,
      jitter: jitterMs,
    },
    action: {
      type: 'startWorkflow',
      workflowType: 'syncRun',
      workflowId: sync,
      taskQueue,
      args: [{ sync, trigger: 'schedule' }],
      memo: { [HASH]: hash },
      typedSearchAttributes: [
        { key: SYNC, value: sync },
        { key: OBJECT, value: object },
      ],
      staticSummary: `${sync} → ${object}, by its schedule`,
    },
    policies: {
      overlap: overlap === 'skip' ? 'SKIP' : 'BUFFER_ONE',
      catchupWindow: catchUpMs,
      pauseOnFailure,
    },
  };
}

/** Whole seconds, the same on every machine, different for most syncs. */
export function offsetOf(
  sync: string,
  { everyMs, offsetMs }: Pick<ScheduleDefinition, 'everyMs' | 'offsetMs'>,
): number {
  if (offsetMs !== null) return offsetMs;
  const seconds = Math.floor((everyMs ?? 0) / 1000);
  if (seconds < 1) return 0;
  return (createHash('sha256').update(sync).digest().readUInt32BE(0) % seconds) * 1000;
}

type CalendarSpec = NonNullable<ScheduleOptions['spec']['calendars']>[number];

const MONTHS = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const;
const DAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const;

function calendarOf({ minute, hour, dayOfMonth, month, dayOfWeek, year }: CalendarDefinition): CalendarSpec {
  return {
    minute: minute.map(numbers),
    hour: hour.map(numbers),
    ...(dayOfMonth === undefined ? {} : { dayOfMonth: dayOfMonth.map(numbers) }),
    ...(month === undefined ? {} : { month: month.map((range) => named(range, MONTHS, 1)) }),
    ...(dayOfWeek === undefined ? {} : { dayOfWeek: dayOfWeek.map((range) => named(range, DAYS, 0)) }),
    ...(year === undefined ? {} : { year: year.map(numbers) }),
  };
}

interface NamedRange<T> {
  readonly start: T;
  readonly end: T;
  readonly step: number;
}

function numbers({ from, to, step }: TimeRange): NamedRange<number> {
  return { start: from, end: to, step };
}

function named<T>({ from, to, step }: TimeRange, names: readonly T[], first: number): NamedRange<T> {
  const [start, end] = [names[from - first], names[to - first]];
  if (start === undefined || end === undefined) throw new Error(`no name for ${from} to ${to}`);
  return { start, end, step };
}
