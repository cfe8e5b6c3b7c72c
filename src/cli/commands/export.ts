import { SyncError } from '../../domain/errors.ts';
import type { ObjectDefinition } from '../../domain/definition.ts';
import { isRecord } from '../../formats/names.ts';
import type { SourceRecord } from '../../domain/values.ts';
import { openConnections } from '../../runtime/connections.ts';
import { EXPORT_COLUMNS, type ExportOrder, exportRecords } from '../../steps/export.ts';
import { listSyncs } from '../../store/syncs.ts';
import type { Cli } from '../main.ts';
import { requireObject } from '../objects.ts';
import { listOption } from '../options.ts';
import { requireRun } from '../runs.ts';
import { type GlobalOptions, openSession, type Session } from '../session.ts';
import {
  addWriteOptions,
  formatFor,
  layoutFor,
  reportWritten,
  writeRecords,
  type WriteOptions,
} from '../write-records.ts';
import { stopSignal } from './up.ts';

interface ExportOptions extends WriteOptions {
  readonly fields?: readonly string[];
  readonly since?: string;
  readonly crm?: boolean;
}

export function addExport({ program, act }: Cli): void {
  const command = program
    .command('export <object>')
    .description('write the golden records of an object, with their CRM id and source keys')
    .option(
      '--fields <names>',
      `which, in this order: ${EXPORT_COLUMNS.join(', ')} and the object’s fields`,
      listOption,
    )
    .option('--crm', 'the values that the CRM has now, instead of those that the sources give together')
    .option('--since <run>', 'only records that were written by this run or since it began; also those it deleted');
  addWriteOptions(command).action(
    act(async (global, object: string, options: ExportOptions) => exportObject(global, object, options)),
  );
}

async function exportObject(global: GlobalOptions, name: string, options: ExportOptions): Promise<number> {
  const signal = stopSignal();
  formatFor(options);
  const session = await openSession(global, { workers: 0, signal });
  const { project, databaseUrl, store } = session;
  const connections = openConnections({ projectDir: project.dir, storeUrl: databaseUrl, env: process.env });
  try {
    const { object, connection } = requireObject(project, name);
    const fields = chosenFields(object, options.fields);
    const order: ExportOrder = {
      object,
      fields,
      sinceRun: options.since === undefined ? null : (await requireRun(session, options.since)).no,
      crm: options.crm === true ? await connections.destination(connection) : null,
    };
    const flat = formatFor(options) === 'csv' ? await flatKeys(session, { object, fields }) : null;
    const numbers = fields.filter((field) => ['integer', 'decimal'].includes(object.fields[field]?.type ?? ''));
    const content = {
      elements: ['export', name],
      columns: flat?.columns ?? [],
      name: '_id',
      numbers: new Set(numbers),
    } as const;
    const layout = layoutFor(options, content);
    const written = await writeRecords({ ...options, layout, signal }, (take) =>
      exportRecords(store.pool, order, (records) => take(flat === null ? records : records.map(flat.convert))),
    );
    return reportWritten(written, { title: name, json: global.json, options });
  } finally {
    await connections.close();
    await session.close();
  }
}

function chosenFields(object: ObjectDefinition, wanted: readonly string[] | undefined): readonly string[] {
  const all = [...EXPORT_COLUMNS, ...Object.keys(object.fields)];
  const unknown = wanted?.find((field) => !all.includes(field));
  if (unknown === undefined) return [...new Set(wanted ?? all)];
  throw new SyncError('config.usage', { message: `${object.name} has no field ${unknown}; it has ${all.join(', ')}` });
}

interface Flat {
  readonly columns: readonly string[];
  readonly convert: (record: SourceRecord) => SourceRecord;
}

/** In CSV the keys have a column for each sync: one key as it is, several as a JSON list. */
async function flatKeys(
  { store }: Session,
  { object, fields }: { readonly object: ObjectDefinition; readonly fields: readonly string[] },
): Promise<Flat> {
  const syncs = (await listSyncs(store.pool)).filter((sync) => sync.object === object.name).map((sync) => sync.name);
  const names = syncs.toSorted();
  return {
    columns: fields.flatMap((field) => (field === '_keys' ? names.map((sync) => `_keys.${sync}`) : [field])),
    convert: (record) => {
      const keys = isRecord(record['_keys']) ? record['_keys'] : {};
      const columns = names.map((sync) => {
        const list = keys[sync];
        return [`_keys.${sync}`, Array.isArray(list) && list.length === 1 ? list[0] : list];
      });
      return { ...record, ...Object.fromEntries(columns) };
    },
  };
}
