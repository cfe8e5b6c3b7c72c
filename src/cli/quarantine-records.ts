// Export of the quarantine: each record as it stood, with its violations, in a shape that an edited copy can come back in.

import type { Format } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import type { SourceRecord, Violation } from '../domain/values.ts';
import { fitsXml } from '../formats/xml/writer.ts';
import type { Client, Pool } from '../postgres/client.ts';
import { onSnapshot } from '../store/export.ts';
import { listQuarantined, type QuarantineRow } from '../store/quarantine.ts';
import { leavesOf } from '../transform/leaves.ts';

/** What stands before the record's own columns in CSV. `id` and `fingerprint` say which record an edited row means. */
export const QUARANTINE_COLUMNS = [
  'id',
  'fingerprint',
  'key',
  'run',
  'first_seen_at',
  'last_seen_at',
  'rules',
  'fields',
  'messages',
  'raw',
] as const;

/** Before the path of a source field. */
export const RECORD_PREFIX = 'record.';

/** Whose columns would no longer be a table. */
const MAX_COLUMNS = 2_000;
const PAGE = 500;

export interface QuarantineExport {
  /** CSV only: the columns that all of its records need together. */
  readonly columns: readonly string[];
  readonly read: (take: (records: readonly SourceRecord[]) => Promise<boolean>) => Promise<void>;
}

/**
 * Opens an export of a sync's open records, oldest first, all as they stood at one moment.
 *
 * - JSON, NDJSON: `violations` as they are and `record` as it stood, nested.
 * - CSV: a column for each path that ends in some record (`record.address.city`); `rules`, `fields` and `messages` with
 *   `; ` between several.
 * - XML: the same paths as `<field name="address.city">`; a text that XML cannot hold as JSON with `encoding="json"`.
 *
 * Records that could not be decoded have their bytes in base64 as `raw`, and no fields.
 */
export async function exportQuarantine(
  pool: Pool,
  of: {
    readonly sync: string;
    readonly format: Format;
    /** Paths that the sync reads: they have a column also where no record has a value, so that one can be filled in. */
    readonly paths: readonly string[];
  },
  work: (opened: QuarantineExport) => Promise<void>,
): Promise<void> {
  await onSnapshot(pool, async (client) => {
    const pages = (): AsyncGenerator<readonly QuarantineRow[]> => pagesOf(client, of.sync);
    const columns = of.format === 'csv' ? [...QUARANTINE_COLUMNS, ...(await recordColumns(pages(), of.paths))] : [];
    const shape = SHAPES[of.format];
    await work({
      columns,
      read: async (take) => {
        for await (const page of pages()) if (!(await take(page.map(shape)))) return;
      },
    });
  });
}

async function* pagesOf(client: Client, sync: string): AsyncGenerator<readonly QuarantineRow[]> {
  for (let afterId = 0; ;) {
    const page = await listQuarantined(client, { sync, afterId, limit: PAGE });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    afterId = last.id;
  }
}

async function recordColumns(
  pages: AsyncIterable<readonly QuarantineRow[]>,
  read: readonly string[],
): Promise<readonly string[]> {
  const found = new Set<string>();
  for await (const page of pages) {
    for (const row of page) for (const { path } of leavesOf(recordOf(row))) found.add(path);
    if (found.size <= MAX_COLUMNS) continue;
    throw new SyncError('format.unwritable', {
      message: `the records have more than ${MAX_COLUMNS} different fields: too many columns for CSV; export them as ndjson`,
    });
  }
  const paths = [...found];
  // A path with `[]` is no place that a cell could fill.
  const places = read.filter((path) => !path.includes('[]'));
  const missing = places.filter((path) => !paths.some((one) => one === path || isInside(one, path)));
  return [...new Set([...paths, ...missing])].map((path) => RECORD_PREFIX + path);
}

function isInside(path: string, outer: string): boolean {
  return path.startsWith(outer) && /^[.[]/.test(path.slice(outer.length));
}

const SHAPES: Readonly<Record<Format, (row: QuarantineRow) => SourceRecord>> = {
  csv: (row) => ({
    ...headOf(row),
    ...Object.fromEntries(leavesOf(recordOf(row)).map(({ path, value }) => [RECORD_PREFIX + path, value])),
    rules: joined(row.violations.map(({ rule }) => rule)),
    fields: joined(row.violations.flatMap(({ field }) => field ?? [])),
    messages: joined(row.violations.map(messageOf)),
  }),
  json: nested,
  ndjson: nested,
  xml: (row) => ({
    ...headOf(row),
    key: row.key === null ? null : xmlText(row.key),
    violation: row.violations.map((violation) =>
      Object.fromEntries(Object.entries(violation).map(([name, text]) => [name, xmlText(String(text))])),
    ),
    record: {
      field: leavesOf(recordOf(row)).map(({ path, value }) =>
        value === null ? { '@name': path, '@null': 'true' } : { '@name': path, ...xmlText(String(value)) },
      ),
    },
  }),
};

function nested(row: QuarantineRow): SourceRecord {
  return { ...headOf(row), violations: row.violations.map((one) => ({ ...one })), record: recordOf(row) };
}

function headOf({ id, key, run, fingerprint, encoding, record, firstSeenAt, lastSeenAt }: QuarantineRow): SourceRecord {
  return {
    id: String(id),
    // The letter keeps spreadsheets from taking it for a number.
    fingerprint: `x${fingerprint.toString(16).padStart(16, '0')}`,
    key,
    run,
    first_seen_at: firstSeenAt.toISOString(),
    last_seen_at: lastSeenAt.toISOString(),
    ...(encoding === 'raw' ? { raw: record } : {}),
  };
}

/** The record as it stood; empty where it could not be decoded. */
export function recordOf({ encoding, record }: QuarantineRow): SourceRecord {
  return encoding === 'raw' ? {} : (JSON.parse(record) as SourceRecord); // written by validate, as JSON of one
}

function xmlText(text: string): SourceRecord {
  if (fitsXml(text)) return { '#text': text };
  const json = JSON.stringify(text).replace(/[\uFFFE\uFFFF]/g, (one) => `\\u${one.charCodeAt(0).toString(16)}`);
  return { '@encoding': 'json', '#text': json };
}

function messageOf({ field, message }: Violation): string {
  return field === undefined ? message : `${field}: ${message}`;
}

function joined(texts: readonly string[]): string {
  return texts.join('; ');
}
