import { readFile, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { compileStream, formatOf } from '../../config/compile.ts';
import { currentDefinition } from '../../runtime/code-tables.ts';
import { syncSchema } from '../../config/schema-sync.ts';
import type { Format, StreamDefinition } from '../../domain/definition.ts';
import { groupBy } from '../../domain/collections.ts';
import { SyncError } from '../../domain/errors.ts';
import type { Queryable } from '../../postgres/client.ts';
import { openInMemory } from '../../formats/in-memory.ts';
import { type Correction, correctQuarantined, openRecords } from '../../steps/edit-quarantined.ts';
import { compileJudge } from '../../steps/simulate.ts';
import type { QuarantineRow } from '../../store/quarantine.ts';
import type { Cli } from '../main.ts';
import { EXIT, paint, print, printJson } from '../output.ts';
import { correctedBy, type EditedRow, readRow, refusal } from '../quarantine-corrections.ts';
import { recordOf } from '../quarantine-records.ts';
import { type GlobalOptions, openSession, type Session, whoAmI } from '../session.ts';

interface ImportOptions {
  readonly format?: Format;
  readonly delimiter: string;
  readonly why?: string;
  readonly dryRun: boolean;
}

const MAX_BYTES = 256 * 1024 * 1024;
const MAX_PROBLEMS = 20;
const PAGE = 1_000;

export function addImport(quarantine: Command, { act }: Cli): void {
  quarantine
    .command('import <file>')
    .description('take the edited copy of an export back: each record that is different becomes a correction')
    .option('--format <format>', 'csv, json or ndjson; by default as the file’s name says')
    .option('--delimiter <delimiter>', 'between the cells of CSV', ',')
    .option('--why <text>', 'why, for those who look later')
    .option('--dry-run', 'say what would be corrected, and correct nothing', false)
    .action(act(importFile));
}

interface Found {
  readonly corrections: readonly (Correction & { readonly sync: string })[];
  readonly unchanged: number;
}

async function importFile(options: GlobalOptions, file: string, edit: ImportOptions): Promise<number> {
  const { rows, columns } = readRows(streamOf(file, edit), await readBounded(file));
  const session = await openSession(options, { workers: 0 });
  try {
    const found = await findChanges(session.store.pool, rows, columns);
    const { corrections } = found;
    const editor = { by: whoAmI(), why: edit.why ?? null };
    if (!edit.dryRun && corrections.length > 0)
      await session.store.transaction((client) => correctQuarantined(client, corrections, editor));
    say(options, { ...found, passes: await countPasses(session, found), dryRun: edit.dryRun });
    return EXIT.done;
  } finally {
    await session.close();
  }
}

function streamOf(file: string, { format, delimiter }: ImportOptions): StreamDefinition {
  const found = format ?? formatOf(file);
  if (found !== 'csv' && found !== 'json' && found !== 'ndjson')
    throw new SyncError('config.usage', { message: `${file}: expected csv, json or ndjson; say which with --format` });
  const parsed = syncSchema.shape.from.safeParse({
    connection: 'import',
    stream: 'export',
    format: found,
    key: 'id',
    ...(found === 'csv' ? { csv: { delimiter } } : {}),
  });
  if (parsed.success) return compileStream(parsed.data);
  throw new SyncError('config.usage', { message: `--delimiter: ${parsed.error.issues[0]?.message ?? 'is none'}` });
}

async function readBounded(file: string): Promise<Uint8Array> {
  const stats = await stat(file).catch(() => null);
  if (stats === null) throw new SyncError('config.usage', { message: `${file} cannot be read` });
  if (stats.size <= MAX_BYTES) return readFile(file);
  throw new SyncError('config.usage', { message: `${file} is larger than 256 MB; import it in parts` });
}

function readRows(
  stream: StreamDefinition,
  bytes: Uint8Array,
): { readonly rows: readonly EditedRow[]; readonly columns: readonly string[] | null } {
  const { records, columns } = openInMemory(stream, bytes, { whole: true });
  const rows: EditedRow[] = [];
  const problems = new Problems();
  for (const decoded of records) {
    const number = rows.length + problems.count + 1;
    if (!decoded.ok) problems.add(refusal(number, decoded.message));
    else problems.collect(() => rows.push(readRow(decoded.record, number)));
  }
  problems.check();
  return { rows, columns: stream.format === 'csv' ? columns : null };
}

async function findChanges(
  db: Queryable,
  rows: readonly EditedRow[],
  columns: readonly string[] | null,
): Promise<Found> {
  const corrections: (Correction & { readonly sync: string })[] = [];
  const problems = new Problems();
  for (let from = 0; from < rows.length; from += PAGE) {
    const page = rows.slice(from, from + PAGE);
    const known = await openRecords(
      db,
      page.map(({ id }) => id),
    );
    for (const row of page) {
      problems.collect(() => {
        const one = meantBy(row, known.get(row.id));
        const record = correctedBy(row, recordOf(one), columns);
        if (record !== null) corrections.push({ id: one.id, fingerprint: one.fingerprint, record, sync: one.sync });
      });
    }
  }
  problems.check();
  return { corrections, unchanged: rows.length - corrections.length };
}

function meantBy(row: EditedRow, known: QuarantineRow | undefined): QuarantineRow {
  if (known === undefined) throw refusal(row.number, `record ${row.id} is no longer in quarantine`);
  if (known.fingerprint === row.fingerprint) return known;
  throw refusal(row.number, `record ${row.id} was sent anew by its source`);
}

/** Nothing is imported as long as anything is wrong: all of it is said at once. */
class Problems {
  readonly #messages: string[] = [];

  get count(): number {
    return this.#messages.length;
  }

  add(error: SyncError): void {
    this.#messages.push(error.message);
  }

  collect(work: () => unknown): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      this.add(error);
    }
  }

  check(): void {
    if (this.count === 0) return;
    const shown = this.#messages.slice(0, MAX_PROBLEMS);
    const more = this.count > MAX_PROBLEMS ? [`… and ${this.count - MAX_PROBLEMS} more`] : [];
    const message = `nothing was imported:\n  ${[...shown, ...more].join('\n  ')}`;
    throw new SyncError('quarantine.import', { message, details: { records: this.count } });
  }
}

async function countPasses(session: Session, { corrections }: Found): Promise<number> {
  let passes = 0;
  for (const [sync, ones] of groupBy(corrections, (one) => one.sync)) {
    const definition = await currentDefinition(session, sync);
    const records = ones.flatMap(({ record }) => (record === null ? [] : [record]));
    const judged = await compileJudge(definition, session.functions.of(definition))(records);
    passes += judged.filter((violations) => violations.length === 0).length;
  }
  return passes;
}

interface Said extends Found {
  readonly passes: number;
  readonly dryRun: boolean;
}

function say({ json }: GlobalOptions, { corrections, unchanged, passes, dryRun }: Said): void {
  const corrected = corrections.length;
  if (json) return printJson({ corrected, unchanged, passes, dry_run: dryRun });
  print(`${corrected} ${dryRun ? 'would be corrected' : 'corrected'}, ${unchanged} as they were`);
  if (corrected === 0) return;
  print(`${paint(passes > 0 ? 'green' : 'yellow', `${passes} of ${corrected}`)} would now pass`);
  const [sync] = new Set(corrections.map((one) => one.sync));
  if (passes > 0 && !dryRun) print(paint('dim', `let them through: tributary quarantine retry --sync ${sync}`));
}
