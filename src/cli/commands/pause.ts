import { runDefinition } from '../../config/run-definition.ts';
import { lockSync, pauseSync, resumeSync } from '../../store/syncs.ts';
import { pauseSchedule, scheduleId } from '../../triggers/schedules.ts';
import { pauseNote } from '../deployment.ts';
import { followToEnd } from '../follow.ts';
import type { Cli } from '../main.ts';
import { EXIT, print, printJson } from '../output.ts';
import { openRunOf } from '../runs.ts';
import { type GlobalOptions, openSession, type Session, whoAmI } from '../session.ts';
import { stopSignal } from './up.ts';

export function addPause({ program, act }: Cli): void {
  program
    .command('pause <sync>')
    .description('let no new run of the sync begin, and stop a running one between batches')
    .option('--note <text>', 'why; shown to everyone')
    .action(act(async (options, sync: string, { note }: { note?: string }) => pause(options, sync, note ?? null)));
}

export function addResume({ program, act }: Cli): void {
  program
    .command('resume <sync>')
    .description('let the sync run again; a run that waits after a pause or an error goes on')
    .action(act(async (options, sync: string) => resume(options, sync)));
}

async function pause(options: GlobalOptions, name: string, note: string | null): Promise<number> {
  const session = await openSession(options, { workers: 0 });
  try {
    await makeKnown(session, name);
    const by = whoAmI();
    await pauseSync(session.store.pool, { name, by, note });
    await pauseSchedule(session.client, scheduleId(session.project.name, name), {
      paused: true,
      note: pauseNote(by, note),
    });
    const open = await openRunOf(session, name);
    if (open !== undefined)
      await session.client.workflow.getHandle(open.id).signal('pause', { by, ...(note === null ? {} : { note }) });
    if (options.json) printJson({ sync: name, paused: true, run: open?.id ?? null });
    else print(`${name} is paused${open === undefined ? '' : `; ${open.id} stops after the batches it is in`}`);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

async function resume(options: GlobalOptions, name: string): Promise<number> {
  const signal = stopSignal();
  const session = await openSession(options, { workers: 1, signal });
  try {
    await makeKnown(session, name);
    await resumeSync(session.store.pool, name);
    const note = `resumed by ${whoAmI()}`;
    await pauseSchedule(session.client, scheduleId(session.project.name, name), { paused: false, note });
    const open = await openRunOf(session, name);
    if (open !== undefined) await session.client.workflow.getHandle(open.id).signal('resume', { by: whoAmI() });
    if (open !== undefined && session.owned) return await followToEnd(session, open.id, { json: options.json, signal });
    if (options.json) printJson({ sync: name, paused: false, run: open?.id ?? null });
    else print(`${name} may run${open === undefined ? '' : `; ${open.id} goes on`}`);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

/** A sync can be paused before its first run. */
async function makeKnown(session: Session, name: string): Promise<void> {
  const { sync } = runDefinition(session.project, name);
  await session.store.transaction((client) =>
    lockSync(client, { name, connection: sync.stream.connection, object: sync.object }),
  );
}
