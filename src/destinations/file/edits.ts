// What people have changed in a published file: taken over, cell by cell, before anything else looks at the records.
//
//   file's cell ≠ what was published ──▶ a person's value: it counts as written after every delivery so far
//   file's cell = what was published ──▶ nothing: deliveries since stand
//
// A line that is missing says nothing (it may have been cut off, or taken by the file's reader): its record stays.

import type { Format } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { isList, type SourceRecord, type Value } from '../../domain/values.ts';
import { type Decode, START } from '../../formats/format.ts';
import { formats } from '../../formats/registry.ts';
import { type Client, copyRows, quoteIdentifier } from '../../postgres/client.ts';
import { codeOf, troubleOf } from '../../postgres/errors.ts';
import type { Folder } from './folder.ts';
import { type FileColumn, type FileLayout, fromFile } from './layout.ts';
import type { FileSettings } from './settings.ts';
import { ID, PUBLISHED, typeOf, type WorkingTables } from './tables.ts';

export interface Place {
  readonly tables: WorkingTables;
  readonly folder: Folder;
  readonly settings: FileSettings;
}

/** Rows staged by one COPY. */
const STAGED_AT_ONCE = 5_000;
const STAGE = 'pg_temp.tributary_edits';

/**
 * Takes over the file as it is now. At first contact, when nothing was ever published, its records become ours with the
 * ids that they have.
 *
 * Errors: `destination.edited` where it is no longer a file that can be understood, or says what the table refuses.
 */
export async function takeEdits(place: Place, layout: FileLayout): Promise<void> {
  const { tables, folder } = place;
  await tables.alone(layout.table, async (client) => {
    const state = await tables.state(client, layout.table);
    const found = await folder.identity(layout.fileName);
    if (state === null || found === null || found === state.file) return; // another process was faster
    const { identity, records } = await stageFile(client, place, layout);
    try {
      if (state.file === null) await adoptUnknown(client, place, layout);
      else await refuseUnknown(client, place, layout);
      await applyEdits(client, place, layout);
    } catch (error) {
      if (troubleOf(error) !== 'data' || !(error instanceof Error)) throw error;
      const plain =
        codeOf(error)?.startsWith('22') === true ? error.message.replace(/:? ?"[\s\S]*"/g, '') : error.message;
      throw edited(place, layout, `holds what cannot be: ${plain}`);
    }
    await tables.saveState(client, layout.table, { file: identity, records });
  });
}

async function stageFile(
  client: Client,
  place: Place,
  layout: FileLayout,
): Promise<{ readonly identity: string; readonly records: number }> {
  await client.query(`create temporary table tributary_edits (id text, cells jsonb) on commit drop`);
  let staged: (readonly [string, string])[] = [];
  let records = 0;
  const flush = async (): Promise<void> => {
    await copyRows(client, { table: STAGE, columns: ['id', 'cells'] }, staged);
    staged = [];
  };
  const identity = await readRecords(place, layout, async (record) => {
    records++;
    staged.push(stagedRow({ place, layout, number: records }, record));
    if (staged.length >= STAGED_AT_ONCE) await flush();
  });
  await flush();
  const { rows } = await client.query<{ id: string }>(
    `select id from ${STAGE} group by id having count(*) > 1 limit 1`,
  );
  if (rows[0] !== undefined) throw edited(place, layout, `has two records with the ${layout.id} ${rows[0].id}`);
  return { identity, records };
}

/** Frames and decodes the whole file with what reads files everywhere. */
async function readRecords(
  place: Place,
  layout: FileLayout,
  take: (record: SourceRecord) => Promise<void>,
): Promise<string> {
  const { stream, fileName } = layout;
  const framer = formats[stream.format].createFramer(stream, START);
  let decode: Decode | undefined;
  const drain = async (): Promise<void> => {
    for (let raw = framer.next(); raw !== null; raw = framer.next()) {
      decode ??= formats[stream.format].createDecoder(stream, stream.encoding, framer.position().context);
      const decoded = decode(raw);
      if (!decoded.ok) throw edited(place, layout, `at byte ${raw.offset}: ${decoded.message}`);
      await take(decoded.record);
    }
  };
  try {
    const identity = await place.folder.read(fileName, async (chunk) => {
      framer.push(chunk);
      await drain();
    });
    framer.finish();
    await drain();
    return identity;
  } catch (error) {
    if (error instanceof SyncError && error.code.startsWith('source.')) throw edited(place, layout, error.message);
    throw error;
  }
}

function stagedRow(
  at: { readonly place: Place; readonly layout: FileLayout; readonly number: number },
  record: SourceRecord,
): readonly [string, string] {
  const { place, layout, number } = at;
  const id = record[layout.id];
  if (typeof id !== 'string' || id === '') {
    throw edited(place, layout, `record ${number} has no ${layout.id}: records are not added here, but in a source`);
  }
  const cells: Record<string, string | null> = {};
  for (const column of layout.columns) {
    const made = fromFile(column, { record, settings: place.settings });
    if (made === undefined) continue;
    if (!made.ok) throw edited(place, layout, `record ${number} (${layout.id} ${id}): ${column.name} ${made.message}`);
    cells[column.name] = cellText(column, made.value);
  }
  return [id, JSON.stringify(cells)];
}

/** As the column's type takes it. Empty text and null are one in most files. */
function cellText({ list }: FileColumn, value: Value): string | null {
  if (value === null || value === '') return null;
  return list || isList(value) ? JSON.stringify(value) : String(value);
}

/** At first contact: the file was there before us. */
async function adoptUnknown(client: Client, { tables }: Place, { table, columns }: FileLayout): Promise<void> {
  const names = columns.map(({ name }) => quoteIdentifier(name));
  const cells = columns.map((column) => `${cell(column)}::${typeOf(column)}`);
  await client.query(
    `insert into ${tables.sql(table)} (${[ID, PUBLISHED, ...names].join(', ')})
     select ${['s.id', 's.cells', ...cells].join(', ')} from ${STAGE} s on conflict (${ID}) do nothing`,
  );
  await client.query(
    `select setval($1::regclass, max(id::numeric)::bigint) from ${STAGE} where id ~ '^[0-9]{1,18}$'
     having max(id::numeric) > coalesce(pg_sequence_last_value($1::regclass), 0)`,
    [tables.ids(table)],
  );
}

/** An id of ours that is gone was deleted by a delivery since the file was written; others were never there. */
async function refuseUnknown(client: Client, place: Place, layout: FileLayout): Promise<void> {
  const { tables } = place;
  const { rows } = await client.query<{ id: string }>(
    `select s.id from ${STAGE} s where not exists (select from ${tables.sql(layout.table)} t where t.${ID} = s.id)
       and not (s.id ~ '^[0-9]{1,18}$' and s.id::numeric <= coalesce(pg_sequence_last_value($1::regclass), 0)) limit 1`,
    [tables.ids(layout.table)],
  );
  if (rows[0] === undefined) return;
  throw edited(
    place,
    layout,
    `has a record with the ${layout.id} ${rows[0].id}, which was never there: records are not added here, but in a source`,
  );
}

async function applyEdits(client: Client, { tables }: Place, { table, columns, stream }: FileLayout): Promise<void> {
  const edits = columns.map((column) => ({
    column,
    name: quoteIdentifier(column.name),
    is: isEdited(column, stream.format),
  }));
  const sets = edits.map(
    ({ column, name, is }) => `${name} = case when ${is} then ${cell(column)}::${typeOf(column)} else t.${name} end`,
  );
  await client.query(
    `update ${tables.sql(table)} t set ${[...sets, `${PUBLISHED} = coalesce(t.${PUBLISHED}, '{}') || s.cells`].join(', ')}
     from ${STAGE} s where s.id = t.${ID} and (${edits.map(({ is }) => is).join(' or ')})`,
  );
}

/** Compared as values of the column's type, so that another way of writing the same is no edit. */
function isEdited(column: FileColumn, format: Format): string {
  const name = quoteText(column.name);
  const type = typeOf(column);
  const before = `case when t.${PUBLISHED} ? ${name} then (t.${PUBLISHED} ->> ${name})::${type}
    else t.${quoteIdentifier(column.name)} end`;
  // What the format reads as empty: in XML also white space alone.
  const filled = format === 'xml' ? `${before} ~ '[^ \\t\\r\\n]'` : `${before} <> ''`;
  const compared = type === 'text' ? `case when ${filled} then ${before} end` : before;
  return `(s.cells ? ${name} and ${cell(column)}::${type} is distinct from ${compared})`;
}

function cell({ name }: FileColumn): string {
  return `(s.cells ->> ${quoteText(name)})`;
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function edited({ folder }: Place, { fileName }: FileLayout, why: string): SyncError {
  return new SyncError('destination.edited', { message: `${folder.shown(fileName)} ${why}` });
}
