// How one object lies in its file: name, columns, and values on their way out and in.

import type { FieldType, ObjectDefinition, StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { type Canonicalised, canonicalise } from '../../domain/field-types.ts';
import { isList, type SourceRecord, type SourceValue, type Value } from '../../domain/values.ts';
import { restoreFormula } from '../../formats/csv/formulas.ts';
import { isRecord } from '../../formats/names.ts';
import { writers } from '../../formats/registry.ts';
import type { FormatWriter, WriteLayout } from '../../formats/writer.ts';
import { type ColumnRule, type FileSettings, NO_RULE } from './settings.ts';

export interface FileColumn {
  readonly name: string;
  /** Null: no field of the object fills it. */
  readonly field: string | null;
  readonly type: FieldType;
  readonly list: boolean;
  readonly strong: boolean;
  /** The table whose ids it holds, where that is a file of the same connection. */
  readonly references: string | null;
  readonly rule: ColumnRule;
}

export interface FileLayout {
  readonly table: string;
  readonly fileName: string;
  /** The id's column. */
  readonly id: string;
  readonly columns: readonly FileColumn[];
  readonly write: WriteLayout;
  /** For reading back what people have changed. */
  readonly stream: StreamDefinition;
  readonly createWriter: () => FormatWriter;
}

/** Errors: `destination.schema` where the object has what the settings, or the format, do not allow. */
export function layoutOf(object: ObjectDefinition, settings: FileSettings): FileLayout {
  const { format, tables } = settings;
  const { table } = object;
  const declared = tables?.[table];
  if (tables !== undefined && declared === undefined) {
    throw schemaError(object, `there is no table ${table}; there are ${Object.keys(tables).join(', ')}`);
  }
  const fileName = declared?.file ?? `${table}.${format}`;
  if (/[/\\\0]|^\./.test(fileName)) throw schemaError(object, `${fileName} is no name of a file; set \`file\``);
  const columns = columnsOf(object, declared?.columns);
  const wrong = columns.find(({ type, rule }) => rule.min !== undefined && type !== 'decimal' && type !== 'integer');
  if (wrong !== undefined) throw schemaError(object, `the column ${wrong.name} has a \`min\`, but no numbers`);
  const names = [object.id, ...columns.map(({ name }) => name)];
  const write: WriteLayout = {
    record: declared?.record ?? (format === 'xml' ? `records/${table}` : ''),
    mark: settings.bom,
    name: object.id,
    numbers: new Set(columns.filter(({ type }) => type === 'decimal' || type === 'integer').map(({ name }) => name)),
    csv: {
      columns: names,
      delimiter: settings.csv.delimiter,
      quote: '"',
      comment: null,
      neutraliseFormulas: settings.neutralise_formulas,
    },
  };
  const createWriter = (): FormatWriter => writers[format](write);
  try {
    // Every column but the id may be empty.
    createWriter().write([{ ...Object.fromEntries(names.map((name) => [name, null])), [object.id]: 'x' }]);
  } catch (error) {
    throw error instanceof SyncError ? schemaError(object, error.message) : error;
  }
  return { table, fileName, id: object.id, columns, write, stream: streamOf(settings, write), createWriter };
}

function columnsOf(
  object: ObjectDefinition,
  declared: Readonly<Record<string, ColumnRule>> | undefined,
): readonly FileColumn[] {
  const fields = Object.entries(object.fields).map(
    ([field, { column, type, strong, resolve, reference }]): FileColumn => {
      const rule = declared?.[column] ?? NO_RULE;
      const list = rule.list || resolve.kind === 'union';
      return { name: column, field, type, list, strong, references: reference?.table ?? null, rule };
    },
  );
  if (declared === undefined) return fields;
  const missing = fields.filter(({ name }) => declared[name] === undefined).map(({ name }) => name);
  if (missing.length > 0) throw schemaError(object, `${object.table} has no column ${missing.join(', ')}`);
  const byName = new Map(fields.map((column) => [column.name, column]));
  return Object.entries(declared).map(([name, rule]) => {
    const type = rule.min === undefined ? 'text' : 'decimal';
    return byName.get(name) ?? { name, field: null, type, list: rule.list, strong: false, references: null, rule };
  });
}

function streamOf({ format }: FileSettings, { record, csv }: WriteLayout): StreamDefinition {
  return {
    connection: '',
    stream: '',
    files: 'all',
    entry: null,
    settleMs: 0,
    unpack: { ratio: 1, maxBytes: null },
    format,
    record,
    each: null,
    parent: '',
    key: [],
    version: null,
    records: 'partial',
    empty: 'null',
    encoding: 'utf-8',
    complete: 'proven',
    many: false,
    lastLine: 'refuse',
    csv: { delimiter: csv.delimiter, quote: csv.quote, escape: null, skipLines: 0, comment: null, columns: null },
    maxRecordBytes: 64 * 1024 * 1024,
  };
}

/** A value as the working table says it (`::text`, lists as JSON) in canonical form. */
export function fromTable({ type, list }: Pick<FileColumn, 'type' | 'list'>, text: string | null): Value {
  if (text === null) return null;
  if (list) return JSON.parse(text) as Value; // a list that was written as canonical JSON
  const made = canonicalise(type, text);
  return made.ok ? made.value : text;
}

/** A value that was read from the file in canonical form; undefined: the file says nothing of it. */
export function fromFile(
  column: FileColumn,
  { record, settings }: { readonly record: SourceRecord; readonly settings: FileSettings },
): Canonicalised | undefined {
  const value = record[column.name];
  if (value === undefined || value === null) return value === null ? { ok: true, value } : undefined;
  const csv = settings.format === 'csv';
  const plain = csv && settings.neutralise_formulas && typeof value === 'string' ? restoreFormula(value) : value;
  if (!column.list) return scalarFrom(column.type, plain);
  return csv && typeof plain === 'string' ? jsonList(column.type, plain) : listFrom(column.type, plain);
}

function scalarFrom(type: FieldType, value: SourceValue): Canonicalised {
  return typeof value === 'object' && value !== null
    ? { ok: false, message: 'is not one value' }
    : canonicalise(type, value);
}

/** XML has a list of one item as the item. */
function listFrom(type: FieldType, value: SourceValue): Canonicalised {
  if (isScalar(value)) return canonicalise(type, [value]);
  return isRecord(value) || !value.every(isScalar)
    ? { ok: false, message: 'is not a list' }
    : canonicalise(type, value);
}

function jsonList(type: FieldType, text: string): Canonicalised {
  try {
    const list = JSON.parse(text) as Value; // scalars only, or refused below
    if (isList(list) && list.every((item) => typeof item !== 'object' || item === null))
      return canonicalise(type, list);
  } catch {
    // said below
  }
  return { ok: false, message: 'is not a list in JSON' };
}

function isScalar(value: SourceValue): value is string | boolean | null {
  return typeof value !== 'object' || value === null;
}

function schemaError({ name }: ObjectDefinition, message: string): SyncError {
  return new SyncError('destination.schema', { message: `${message} (object ${name})` });
}
