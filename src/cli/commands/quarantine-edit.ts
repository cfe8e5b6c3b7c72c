import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { currentDefinition } from '../../runtime/code-tables.ts';
import { SyncError } from '../../domain/errors.ts';
import type { SourceRecord, Violation } from '../../domain/values.ts';
import { correctQuarantined, requireQuarantined } from '../../steps/edit-quarantined.ts';
import { decodeQuarantined } from '../../steps/quarantine-reader.ts';
import { compileJudge } from '../../steps/simulate.ts';
import { findEdit } from '../../store/quarantine-edits.ts';
import type { QuarantineRow } from '../../store/quarantine.ts';
import type { Cli } from '../main.ts';
import { idOption } from '../options.ts';
import { EXIT, paint, print, printJson } from '../output.ts';
import { changeRecord, parseAssignment, readRecord } from '../record-edits.ts';
import { type GlobalOptions, openSession, type Session, whoAmI } from '../session.ts';

interface EditOptions {
  readonly set: readonly string[];
  readonly unset: readonly string[];
  readonly record?: string;
  readonly why?: string;
  readonly withdraw: boolean;
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function addEdit(quarantine: Command, { act }: Cli): void {
  quarantine
    .command('edit <id>')
    .description('correct one record: the correction stands in for it until its source sends another')
    .option('--set <path=value>', 'give a part of the record another value; may be repeated', collect, [])
    .option('--unset <path>', 'take a part of the record out; may be repeated', collect, [])
    .option('--record <file>', 'the whole record as a JSON object; - reads standard input')
    .option('--why <text>', 'why, for those who look later')
    .option('--withdraw', 'take the correction back', false)
    .action(act(async (options, id: string, edit: EditOptions) => editOne(options, idOption(id), edit)));
}

async function editOne(options: GlobalOptions, id: number, edit: EditOptions): Promise<number> {
  checkUsage(edit);
  const session = await openSession(options, { workers: 0 });
  try {
    const row = await requireQuarantined(session.store.pool, id);
    const record = edit.withdraw ? null : await correctedRecord(session, row, edit);
    const editor = { by: whoAmI(), why: edit.why ?? null };
    await session.store.transaction((client) =>
      correctQuarantined(client, [{ id, fingerprint: row.fingerprint, record }], editor),
    );
    say(options, row, record === null ? null : await judgeOne(session, row.sync, record));
    return EXIT.done;
  } finally {
    await session.close();
  }
}

async function judgeOne(session: Session, sync: string, record: SourceRecord): Promise<readonly Violation[]> {
  const definition = await currentDefinition(session, sync);
  const [violations = []] = await compileJudge(definition, session.functions.of(definition))([record]);
  return violations;
}

function checkUsage({ set, unset, record, withdraw }: EditOptions): void {
  const ways = [set.length + unset.length > 0, record !== undefined, withdraw].filter(Boolean).length;
  if (ways === 1) return;
  const message = 'say what to change: --set and --unset, or --record FILE, or --withdraw';
  throw new SyncError('config.usage', { message });
}

async function correctedRecord(session: Session, row: QuarantineRow, edit: EditOptions): Promise<SourceRecord> {
  if (edit.record !== undefined) return readRecord(await readWhole(edit.record));
  const changes = [...edit.set.map(parseAssignment), ...edit.unset.map((path) => ({ path, value: undefined }))];
  const before = await findEdit(session.store.pool, row);
  if (before !== undefined) return changeRecord(before.record, changes);
  const decoded = decodeQuarantined(row);
  if (decoded.ok) return changeRecord(decoded.record, changes);
  throw new SyncError('config.usage', {
    message: `record ${row.id} could not be decoded, so it has no parts to set: give the whole record with --record FILE`,
  });
}

async function readWhole(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new SyncError('config.usage', { message: `${file} cannot be read`, cause });
  });
}

/** @param violations what still stands against it; null when the correction was withdrawn */
function say({ json }: GlobalOptions, { id, sync }: QuarantineRow, violations: readonly Violation[] | null): void {
  if (json) {
    printJson({
      id,
      sync,
      ...(violations === null ? { withdrawn: true } : { passes: violations.length === 0, violations }),
    });
    return;
  }
  if (violations === null) print(`the correction of record ${id} is withdrawn`);
  else if (violations.length === 0) {
    print(`record ${id} corrected; it would now ${paint('green', 'pass')}`);
    print(paint('dim', `let it through: tributary quarantine retry ${id}; otherwise the next run of ${sync} does`));
  } else {
    print(`record ${id} corrected; still against it:`);
    for (const { field, rule, message } of violations)
      print(`  ${paint('yellow', field ?? 'record')} ${rule}: ${message}`);
  }
}
