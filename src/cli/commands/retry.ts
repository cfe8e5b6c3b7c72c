import { SyncError } from '../../domain/errors.ts';
import { defaultWorkerCount } from '../../runtime/services.ts';
import type { ReplayOnly } from '../../steps/quarantine-reader.ts';
import { stillQuarantined } from '../../store/quarantine.ts';
import { findRun, type RunRow } from '../../store/runs.ts';
import { followToEnd } from '../follow.ts';
import type { Cli } from '../main.ts';
import { EXIT, print, printJson, say } from '../output.ts';
import { isWorkflowOpen, requireRun, type StartRun, startRun } from '../runs.ts';
import { type GlobalOptions, openSession, type Session, whoAmI } from '../session.ts';
import { stopSignal } from './up.ts';

/** More than these would fill the new run's history. */
const MAX_IDS = 1_000;

const HELP = `
What is left of the run decides what happens:
  waits after an error          it goes on (as by \`tributary resume\`)
  failed, cancelled, terminated a new run of the same kind: it reads again and writes what is missing
  delivered                     its quarantined records are run again under the current definition
  a dry run                     another dry run
  rejected at the gate          nothing: \`tributary gate release\` lets its claims go on
  a run of events that failed   nothing: they wait in the inbox, and the next run takes them
Claims that wait are merged again by every run. The new run has an id of its own.`;

export function addRetryRun({ program, act }: Cli): void {
  program
    .command('retry <run>')
    .description('start again what is left of a run, and follow it')
    .addHelpText('after', HELP)
    .action(act((options, runId: string) => retry(options, runId)));
}

async function retry(options: GlobalOptions, runId: string): Promise<number> {
  const signal = stopSignal();
  const session = await openSession(options, { workers: defaultWorkerCount(), signal });
  try {
    const run = await requireRun(session, runId);
    const again = (await goesOn(session, run)) ? runId : await startAgain(session, run);
    if (again !== null) return await followToEnd(session, again, { json: options.json, signal });
    if (options.json) printJson({ run: runId, outcome: run.outcome, left: 0 });
    else
      print(
        `nothing is left of ${runId}: ${run.outcome ?? run.phase}, and none of its records is in the quarantine any more`,
      );
    return EXIT.done;
  } finally {
    await session.close();
  }
}

/** A run that waits after an error is told to try again. Errors: `config.usage` when it does not wait for that. */
async function goesOn(session: Session, run: RunRow): Promise<boolean> {
  if (run.outcome !== null || !(await isWorkflowOpen(session, run.id))) return false;
  if (run.phase === 'gate')
    throw new SyncError('config.usage', {
      message: `${run.id} waits at the gate: \`tributary gate approve ${run.id}\` or \`reject\``,
    });
  if (run.phase !== 'paused') throw new SyncError('config.usage', { message: `${run.id} is under way: ${run.phase}` });
  say(`resuming ${run.id}, which waits since ${run.error?.code ?? 'an error'}`);
  await session.client.workflow.getHandle(run.id).signal('resume', { by: whoAmI() });
  return true;
}

/** @returns the new run, or null when nothing is left to do */
async function startAgain(session: Session, run: RunRow): Promise<string | null> {
  const start = await whatIsLeft(session, run);
  if (start === null) return null;
  const id = await startRun(session, start);
  say(`${run.id} ${run.outcome === null ? 'lost its workflow' : `ended as ${run.outcome}`}; started again as ${id}`);
  return id;
}

async function whatIsLeft(session: Session, run: RunRow): Promise<StartRun | null> {
  if (run.outcome === 'rejected')
    throw new SyncError('config.usage', {
      message: `${run.id} was rejected at the gate: its claims are held until their source changes, or \`tributary gate release --sync ${run.sync}\``,
    });
  if (run.kind === 'event' && run.outcome !== 'delivered' && run.outcome !== 'unchanged')
    throw new SyncError('config.usage', {
      message: `${run.id} ran events: those that it has not delivered wait in the inbox, and the next run takes them by itself (\`tributary events list\`)`,
    });
  if (run.outcome === 'delivered' || run.outcome === 'unchanged') return quarantinedOf(session, run);
  return sameAgain(session, run);
}

async function sameAgain(session: Session, { sync, kind, dryRun, ofRun, plan }: RunRow): Promise<StartRun> {
  const input = { sync, trigger: 'retry', dryRun };
  if (kind === 'undo') {
    const undone = ofRun === null ? undefined : await findRun(session.store.pool, { no: ofRun });
    if (undone === undefined)
      throw new SyncError('run.not_found', { message: 'the run to take back is not kept any more' });
    return { workflow: 'undoRun', input: { ...input, run: undone.id } };
  }
  if (kind === 'replay') return { workflow: 'quarantineReplay', input: { ...input, only: onlyIn(plan?.plan) } };
  if (kind === 'repair') return { workflow: 'driftRepair', input };
  const backfill = plan?.backfill;
  if (backfill !== undefined) return { workflow: 'syncRun', input: { ...input, kind: 'backfill', backfill } };
  return { workflow: 'syncRun', input: { ...input, reread: true } };
}

/** The records that the run has quarantined, where they still are; beyond 1,000 all open ones of the sync. */
async function quarantinedOf(session: Session, { no: runNo, syncNo, sync }: RunRow): Promise<StartRun | null> {
  const ids = await stillQuarantined(session.store.pool, { syncNo, runNo, limit: MAX_IDS + 1 });
  if (ids.length === 0) return null;
  const only = ids.length > MAX_IDS ? {} : { ids };
  return { workflow: 'quarantineReplay', input: { sync, trigger: 'retry', only } };
}

function onlyIn(plan: unknown): ReplayOnly {
  const found = typeof plan === 'object' && plan !== null && 'only' in plan ? plan.only : {};
  return found as ReplayOnly; // stored by openRun
}
