import { SyncError } from '../../domain/errors.ts';
import { judgeKey } from '../../steps/decide.ts';
import { type JudgementRow, listJudgements, removeJudgements } from '../../store/judgements.ts';
import { findSync, type SyncRow } from '../../store/syncs.ts';
import type { Cli } from '../main.ts';
import { limitOption } from '../options.ts';
import { EXIT, paint, print, printJson, table } from '../output.ts';
import { type GlobalOptions, openSession, type Session, whoAmI } from '../session.ts';
import { requireCrmRecord } from './review-decide.ts';

export function addJudgement({ program, act }: Cli): void {
  const judgement = program
    .command('judgement')
    .description('whether a source’s record and a CRM record are the same, as people said: it outranks every rule');
  judgement
    .command('list')
    .description('judgements, newest first')
    .option('--sync <sync>', 'of one sync')
    .option('--key <key>', 'on this source key')
    .option('--object <object>', 'of one object')
    .option('--crm-id <id>', 'on this CRM record')
    .option('--limit <n>', 'how many', limitOption, 100)
    .action(act(list));
  const ways = [
    { name: 'same', same: true, means: 'the source key means this CRM record, also where it is linked to another one' },
    { name: 'not-same', same: false, means: 'it does not mean this CRM record; if it is linked to it, it leaves it' },
  ];
  for (const { name, same, means } of ways) {
    judgement
      .command(`${name} <sync> <key> <crm-id>`)
      .description(means)
      .option('--why <text>', 'why, for those who look later')
      .option('--by <name>', 'who says so')
      .action(
        act(async (options, ...[sync, key, crmId, steward]: [string, string, string, StewardOptions]) =>
          say(options, { sync, key, crmId, same }, steward),
        ),
      );
  }
  judgement
    .command('remove <sync> <key> [crm-id]')
    .description('take judgements back; what is linked stays linked')
    .action(
      act(async (options, ...[sync, key, crmId]: [string, string, string | undefined]) =>
        remove(options, { sync, key, crmId }),
      ),
    );
}

interface StewardOptions {
  readonly by?: string;
  readonly why?: string;
}

async function say(
  options: GlobalOptions,
  {
    sync: name,
    key,
    crmId,
    same,
  }: { readonly sync: string; readonly key: string; readonly crmId: string; readonly same: boolean },
  { by = whoAmI(), why }: StewardOptions,
): Promise<number> {
  const session = await openSession(options, { workers: 0 });
  try {
    const sync = await requireSync(session, name);
    if (same) await requireCrmRecord(session, sync.object, crmId);
    const steward = { by, why: why ?? null };
    await session.store.transaction((client) =>
      judgeKey(client, { syncNo: sync.no, object: sync.object, key }, { crmId, same, steward }),
    );
    if (options.json) printJson({ sync: name, key, object: sync.object, crm_id: crmId, same, ...steward });
    else {
      print(`${name} ${key} ${same ? 'is' : 'is not'} ${sync.object} ${crmId}`);
      print(paint('dim', `the next run of ${name} merges it accordingly`));
    }
    return EXIT.done;
  } finally {
    await session.close();
  }
}

/** Errors: `config.unknown_sync`. */
async function requireSync(session: Session, name: string): Promise<SyncRow> {
  const sync = await findSync(session.store.pool, name);
  if (sync !== undefined) return sync;
  throw new SyncError('config.unknown_sync', { message: `there is no sync ${name} that has run` });
}

async function remove(
  options: GlobalOptions,
  { sync: name, key, crmId }: { readonly sync: string; readonly key: string; readonly crmId: string | undefined },
): Promise<number> {
  const session = await openSession(options, { workers: 0 });
  try {
    const sync = await requireSync(session, name);
    const removed = await session.store.transaction((client) =>
      removeJudgements(client, { syncNo: sync.no, key }, crmId ?? null),
    );
    if (removed === 0)
      throw new SyncError('config.usage', { message: `nobody has said anything of this on ${name} ${key}` });
    if (options.json) printJson({ sync: name, key, removed });
    else print(`${removed === 1 ? '1 judgement' : `${removed} judgements`} on ${name} ${key} taken back`);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

interface ListOptions {
  readonly sync?: string;
  readonly key?: string;
  readonly object?: string;
  readonly crmId?: string;
  readonly limit: number;
}

async function list(options: GlobalOptions, filter: ListOptions): Promise<number> {
  const session = await openSession(options, { workers: 0 });
  try {
    const rows = await listJudgements(session.store.pool, filter);
    if (options.json) printJson({ judgements: rows.map(toJson) });
    else print(rows.length === 0 ? 'nobody has judged anything' : table(HEADER, rows.map(toCells)));
    return EXIT.done;
  } finally {
    await session.close();
  }
}

const HEADER = ['sync', 'key', '', 'object', 'CRM id', 'by', 'why'];

function toCells({ sync, key, same, object, crmId, by, why }: JudgementRow): readonly string[] {
  return [sync, key, same ? 'is' : 'is not', object, crmId, by, why ?? ''];
}

function toJson({ sync, key, object, crmId, same, by, why, createdAt }: JudgementRow): object {
  return { sync, key, object, crm_id: crmId, same, by, why, since: createdAt };
}
