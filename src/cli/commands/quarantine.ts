import { requireQuarantined } from '../../steps/edit-quarantined.ts';
import { findEdit, type QuarantineEdit } from '../../store/quarantine-edits.ts';
import { countByRule, listQuarantined, type QuarantineRow } from '../../store/quarantine.ts';
import type { Cli } from '../main.ts';
import { idOption, limitOption } from '../options.ts';
import { EXIT, paint, print, printIfCut, printJson, table } from '../output.ts';
import { type GlobalOptions, openSession } from '../session.ts';
import { addAssign } from './quarantine-assign.ts';
import { addEdit } from './quarantine-edit.ts';
import { addQuarantineExport } from './quarantine-export.ts';
import { addImport } from './quarantine-import.ts';
import { addRetry } from './quarantine-retry.ts';
import { ageOf, filterOf, type PickOptions, reasons, toJson, withPicks } from './quarantine-rows.ts';
import { addSimulate } from './quarantine-simulate.ts';

export function addQuarantine(cli: Cli): void {
  const { program, act } = cli;
  const quarantine = program
    .command('quarantine')
    .description('records that failed: look at them, correct them, replay them');
  withPicks(quarantine.command('list').description('open records, oldest first'))
    .option('--by-rule', 'how many records broke which rule, rather than the records', false)
    .option('--limit <n>', 'how many', limitOption, 100)
    .action(act(list));
  quarantine
    .command('show <id>')
    .description('one record as it stood, with every violation')
    .action(act(async (options, id: string) => show(options, idOption(id))));
  for (const add of [addEdit, addSimulate, addRetry, addAssign, addQuarantineExport, addImport]) add(quarantine, cli);
}

interface ListOptions extends PickOptions {
  readonly byRule: boolean;
  readonly limit: number;
}

async function list(options: GlobalOptions, { limit, byRule, ...picks }: ListOptions): Promise<number> {
  const session = await openSession(options, { workers: 0 });
  try {
    const { pool } = session.store;
    if (byRule) {
      const rules = await countByRule(pool, filterOf(picks));
      const rows = rules.map(({ sync, rule, field, records }) => [sync, rule, field ?? '(record)', records]);
      if (options.json) printJson({ rules });
      else print(rows.length === 0 ? EMPTY : table(['sync', 'rule', 'field', 'records'], rows));
      return EXIT.done;
    }
    const rows = await listQuarantined(pool, { ...filterOf(picks), limit });
    if (options.json) printJson({ records: rows.map(toJson) });
    else print(rows.length === 0 ? EMPTY : table(HEADER, rows.map(toCells)));
    if (!options.json) printIfCut(rows.length, limit);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

const EMPTY = 'nothing is in quarantine';
const HEADER = ['id', 'sync', 'key', 'violations', 'waits', 'owner', 'last run'];

function toCells({ id, sync, key, violations, firstSeenAt, owner, run }: QuarantineRow): readonly (string | number)[] {
  return [id, sync, key ?? '(no key)', reasons(violations), ageOf(firstSeenAt), owner ?? '', run];
}

async function show(options: GlobalOptions, id: number): Promise<number> {
  const session = await openSession(options, { workers: 0 });
  try {
    const row = await requireQuarantined(session.store.pool, id);
    const edit = await findEdit(session.store.pool, row);
    if (options.json) printJson({ ...toJson(row), ...(edit === undefined ? {} : { correction: edit }) });
    else render(row, edit);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

function render(row: QuarantineRow, edit: QuarantineEdit | undefined): void {
  const { id, sync, key, state, run, firstSeenAt, violations, encoding, record } = row;
  const title = `${paint('bold', `quarantine ${id}`)}  ${sync} ${key ?? '(no key)'}`;
  print(`${title}, ${row.resolution ?? state}, first seen ${ageOf(firstSeenAt)} ago, last by ${run}`);
  for (const { field, rule, message, value } of violations) {
    const shown = value === undefined ? '' : `  ${paint('dim', JSON.stringify(value))}`;
    print(`  ${paint('yellow', field ?? 'record')} ${rule}: ${message}${shown}`);
  }
  print(encoding === 'record' ? JSON.stringify(JSON.parse(record), null, 2) : `bytes (base64): ${record}`);
  if (edit === undefined) return;
  const why = edit.why === null ? '' : `: ${edit.why}`;
  print(`${paint('bold', 'corrected')} by ${edit.by}, ${ageOf(edit.at)} ago${why}`);
  print(JSON.stringify(edit.record, null, 2));
}
