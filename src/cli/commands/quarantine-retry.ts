import type { Command } from 'commander';
import { SyncError } from '../../domain/errors.ts';
import { defaultWorkerCount } from '../../runtime/services.ts';
import { requireQuarantined } from '../../steps/edit-quarantined.ts';
import type { ReplayOnly } from '../../steps/quarantine-reader.ts';
import { followToEnd } from '../follow.ts';
import type { Cli } from '../main.ts';
import { idOption } from '../options.ts';
import { startRun } from '../runs.ts';
import { type GlobalOptions, openSession, type Session } from '../session.ts';
import { stopSignal } from './up.ts';

/** More ids than a person names: they would only fill the run's history. */
const MAX_IDS = 1_000;

interface RetryOptions {
  readonly sync?: string;
  readonly rule?: string;
  readonly field?: string;
}

export function addRetry(quarantine: Command, { act }: Cli): void {
  quarantine
    .command('retry [ids...]')
    .description('run records again under the current definition: the ones named, or those of --sync')
    .option('--sync <sync>', 'open records of this sync: all, or those of --rule and --field')
    .option('--rule <rule>', 'that broke this rule')
    .option('--field <field>', 'with a violation of this field')
    .action(
      act(async (options, ids: readonly string[], picks: RetryOptions) => retry(options, ids.map(idOption), picks)),
    );
}

async function retry(options: GlobalOptions, ids: readonly number[], picks: RetryOptions): Promise<number> {
  const { sync, ...only } = picks;
  if (ids.length === 0 && sync === undefined)
    throw new SyncError('config.usage', { message: 'name the records to retry, or those of a sync with --sync' });
  if (ids.length > MAX_IDS)
    throw new SyncError('config.usage', { message: `more than ${MAX_IDS} ids: use --sync with --rule or --field` });
  const signal = stopSignal();
  const session = await openSession(options, { workers: defaultWorkerCount(), signal });
  try {
    const of = await syncOf(session, ids, sync);
    const run = await startReplay(session, of, { ...only, ...(ids.length === 0 ? {} : { ids }) });
    return await followToEnd(session, run, { json: options.json, signal });
  } finally {
    await session.close();
  }
}

export function startReplay(session: Session, sync: string, only: ReplayOnly): Promise<string> {
  return startRun(session, { workflow: 'quarantineReplay', input: { sync, trigger: 'manual', only } });
}

async function syncOf(session: Session, ids: readonly number[], sync: string | undefined): Promise<string> {
  const rows = await Promise.all(ids.map((id) => requireQuarantined(session.store.pool, id)));
  const syncs = new Set([...rows.map((row) => row.sync), ...(sync === undefined ? [] : [sync])]);
  const [only, ...others] = syncs;
  if (only !== undefined && others.length === 0) return only;
  throw new SyncError('config.usage', {
    message: `these records belong to ${[...syncs].join(', ')}: retry one sync at a time`,
  });
}
