import type { ScheduleDescription } from '@temporalio/client';
import { runDefinition } from '../../config/run-definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { describeSchedule, desiredSchedules, pauseSchedule, scheduleId } from '../../triggers/schedules.ts';
import { pauseNote, planDeployment } from '../deployment.ts';
import { followToEnd } from '../follow.ts';
import type { Cli } from '../main.ts';
import { timeOption } from '../options.ts';
import { EXIT, print, printJson, table } from '../output.ts';
import { type GlobalOptions, openSession, type Session, whoAmI } from '../session.ts';
import { startManual } from './run.ts';
import { stopSignal } from './up.ts';

export function addSchedule({ program, act }: Cli): void {
  const schedule = program.command('schedule').description('look at the schedules of syncs, and steer them');
  schedule
    .command('list')
    .description('every schedule: its state, its next times, how often it fired')
    .action(act((options) => withSession(options, (session) => list(session, options.json))));
  schedule
    .command('pause <sync>')
    .description('start no more runs by the clock; `run` and `trigger` still do')
    .option('--note <text>', 'why; shown to everyone')
    .action(
      act((options, sync: string, { note }: { note?: string }) =>
        withSession(options, (session) =>
          setPaused(session, { sync, paused: true, note: pauseNote(whoAmI(), note ?? null) }, options.json),
        ),
      ),
    );
  schedule
    .command('resume <sync>')
    .description('start runs by the clock again')
    .action(
      act((options, sync: string) =>
        withSession(options, (session) =>
          setPaused(session, { sync, paused: false, note: `resumed by ${whoAmI()}` }, options.json),
        ),
      ),
    );
  schedule
    .command('trigger <sync>')
    .description('start a run now, as if its time had come')
    .action(act((options, sync: string) => withSession(options, (session) => trigger(session, sync, options.json))));
  schedule
    .command('backfill <sync>')
    .description('read once more, in one run now, what was changed in a time; as `run --backfill` does')
    .requiredOption('--from <time>', 'the first time, such as 2026-01-01 or 2026-01-01T08:00:00+08:00', timeOption)
    .requiredOption('--to <time>', 'the last time', timeOption)
    .action(act((options, sync: string, time: { from: string; to: string }) => backfill(options, sync, time)));
}

async function withSession(options: GlobalOptions, work: (session: Session) => Promise<number>): Promise<number> {
  const session = await openSession(options, { workers: 0 });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

const SHOWN_TIMES = 3;

async function list({ client, project }: Session, json: boolean): Promise<number> {
  const { changes } = await planDeployment(client, project);
  const rows = [];
  for (const { sync, id, change, paused } of changes) {
    const found = await describeSchedule(client, id);
    rows.push({ sync, schedule: id, state: stateOf(change, paused !== null), note: paused, ...timesOf(found) });
  }
  if (json) printJson({ project: project.name, schedules: rows });
  else
    print(
      table(
        ['sync', 'state', 'next', 'started', 'skipped', 'missed', 'note'],
        rows.map((row) => [
          row.sync,
          row.state,
          row.next[0] ?? '-',
          row.started,
          row.skipped,
          row.missed,
          row.note ?? '',
        ]),
      ),
    );
  return EXIT.done;
}

function stateOf(change: 'create' | 'update' | 'remove' | 'none', paused: boolean): string {
  if (change === 'create') return 'not deployed';
  if (change === 'remove') return 'not in the files';
  return `${paused ? 'paused' : 'active'}${change === 'update' ? ', not as in the files' : ''}`;
}

function timesOf(found: ScheduleDescription | null) {
  const info = found?.info;
  return {
    next: (info?.nextActionTimes ?? []).slice(0, SHOWN_TIMES).map((time) => time.toISOString()),
    started: info?.numActionsTaken ?? 0,
    skipped: info?.numActionsSkippedOverlap ?? 0,
    missed: info?.numActionsMissedCatchupWindow ?? 0,
  };
}

async function setPaused(
  { client, project }: Session,
  { sync, ...to }: { readonly sync: string; readonly paused: boolean; readonly note: string },
  json: boolean,
): Promise<number> {
  runDefinition(project, sync); // an unknown name ends here
  if (!(await pauseSchedule(client, scheduleId(project.name, sync), to))) throw notDeployed(project, sync);
  if (json) printJson({ sync, paused: to.paused, note: to.note });
  else print(`the schedule of ${sync} is ${to.paused ? 'paused' : 'active'}`);
  return EXIT.done;
}

async function trigger({ client, project }: Session, sync: string, json: boolean): Promise<number> {
  runDefinition(project, sync);
  const id = scheduleId(project.name, sync);
  if ((await describeSchedule(client, id)) === null) throw notDeployed(project, sync);
  await client.schedule.getHandle(id).trigger();
  if (json) printJson({ sync, triggered: true });
  else print(`${sync} was triggered; see \`tributary status\``);
  return EXIT.done;
}

function notDeployed(project: Session['project'], sync: string): SyncError {
  const known = desiredSchedules(project).some((one) => one.sync === sync);
  return new SyncError('schedule.not_found', {
    message: known ? `the schedule of ${sync} is not deployed` : `${sync} has no times in \`when\``,
  });
}

async function backfill(options: GlobalOptions, sync: string, time: { from: string; to: string }): Promise<number> {
  const signal = stopSignal();
  const session = await openSession(options, { workers: 1, signal });
  try {
    const run = await startManual(session, { sync, backfill: time });
    return await followToEnd(session, run, { json: options.json, signal });
  } finally {
    await session.close();
  }
}
