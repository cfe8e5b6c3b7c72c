import { SyncError } from '../../domain/errors.ts';
import { findQuarantined, listQuarantined, type QuarantineRow } from '../../store/quarantine.ts';
import { followToEnd } from '../follow.ts';
import type { Cli } from '../main.ts';
import { idOption, limitOption } from '../options.ts';
import { EXIT, paint, print, printJson, table } from '../output.ts';
import { startRun } from '../runs.ts';
import { type GlobalOptions, openSession, type Session } from '../session.ts';
import { defaultWorkerCount } from '../../runtime/services.ts';
import { stopSignal } from './up.ts';

export function addQuarantine({ program, act }: Cli): void {
  const quarantine = program.command('quarantine').description('records that failed: look at them, replay them');
  quarantine
    .command('list')
    .description('open records, oldest first')
    .option('--sync <sync>', 'of one sync')
    .option('--run <run>', 'last seen by this run')
    .option('--limit <n>', 'how many', limitOption, 100)
    .action(act(async (options, filter: { sync?: string; run?: string; limit: number }) => list(options, filter)));
  quarantine
    .command('show <id>')
    .description('one record as it stood, with every violation')
    .action(act(async (options, id: string) => show(options, idOption(id))));
  quarantine
    .command('retry [ids...]')
    .description('run records again under the current definition: the ones named, or all of --sync')
    .option('--sync <sync>', 'all open records of this sync')
    .action(
      act(async (options, ids: readonly string[], { sync }: { sync?: string }) =>
        retry(options, { ids: ids.map(idOption), ...(sync === undefined ? {} : { sync }) }),
      ),
    );
}

async function list(options: GlobalOptions, filter: { sync?: string; run?: string; limit: number }): Promise<number> {
  const session = await openSession(options, { workers: 0 });
  try {
    const rows = await listQuarantined(session.store.pool, filter);
    if (options.json) printJson({ records: rows.map(toJson) });
    else if (rows.length === 0) print('the quarantine is empty');
    else
      print(
        table(
          ['id', 'sync', 'key', 'violations', 'last run'],
          rows.map((row) => [row.id, row.sync, row.key ?? '(no key)', reasons(row), row.run]),
        ),
      );
    return EXIT.done;
  } finally {
    await session.close();
  }
}

function reasons({ violations }: QuarantineRow): string {
  return violations.map(({ field, message }) => (field === undefined ? message : `${field}: ${message}`)).join('; ');
}

function toJson({ id, sync, key, violations, state, run, firstSeenAt, lastSeenAt, ...rest }: QuarantineRow): unknown {
  const record: unknown = rest.encoding === 'record' ? JSON.parse(rest.record) : rest.record;
  return {
    id,
    sync,
    key,
    state,
    violations,
    encoding: rest.encoding,
    record,
    run,
    first_seen_at: firstSeenAt,
    last_seen_at: lastSeenAt,
  };
}

async function show(options: GlobalOptions, id: number): Promise<number> {
  const session = await openSession(options, { workers: 0 });
  try {
    const row = await requireRecord(session, id);
    if (options.json) {
      printJson(toJson(row));
      return EXIT.done;
    }
    print(
      `${paint('bold', `quarantine ${row.id}`)}  ${row.sync} ${row.key ?? '(no key)'}, ${row.state}, last seen by ${row.run}`,
    );
    for (const { field, rule, message, value } of row.violations) {
      print(
        `  ${paint('yellow', field ?? 'record')} ${rule}: ${message}${value === undefined ? '' : `  ${paint('dim', JSON.stringify(value))}`}`,
      );
    }
    print(
      row.encoding === 'record' ? JSON.stringify(JSON.parse(row.record), null, 2) : `bytes (base64): ${row.record}`,
    );
    return EXIT.done;
  } finally {
    await session.close();
  }
}

async function requireRecord(session: Session, id: number): Promise<QuarantineRow> {
  const row = await findQuarantined(session.store.pool, id);
  if (row === undefined)
    throw new SyncError('quarantine.not_found', { message: `there is no quarantined record ${id}` });
  return row;
}

async function retry(
  options: GlobalOptions,
  { ids, sync }: { readonly ids: readonly number[]; readonly sync?: string },
): Promise<number> {
  if (ids.length === 0 && sync === undefined)
    throw new SyncError('config.usage', { message: 'name the records to retry, or all of a sync with --sync' });
  const signal = stopSignal();
  const session = await openSession(options, { workers: defaultWorkerCount(), signal });
  try {
    const rows = await Promise.all(ids.map((id) => requireRecord(session, id)));
    const syncs = new Set([...rows.map((row) => row.sync), ...(sync === undefined ? [] : [sync])]);
    const [only] = syncs;
    if (only === undefined || syncs.size > 1)
      throw new SyncError('config.usage', {
        message: `these records belong to ${[...syncs].join(', ')}: retry one sync at a time`,
      });
    const input = { sync: only, trigger: 'manual', ...(ids.length === 0 ? {} : { ids }) };
    const run = await startRun(session, { workflow: 'quarantineReplay', input });
    return await followToEnd(session, run, { json: options.json, signal });
  } finally {
    await session.close();
  }
}
