// What the catalogue says about an object's table, and the SQL expressions that follow from it.

import type { FieldType, ObjectDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { canonicalise } from '../../domain/field-types.ts';
import { type Fields, isList, type Value } from '../../domain/values.ts';
import { type Queryable, quoteIdentifier } from '../../postgres/client.ts';
import { type Archive, describeArchive } from './archive.ts';

export interface Column {
  readonly name: string;
  /** Quoted, ready for SQL. */
  readonly sql: string;
  readonly type: string;
  readonly default: string | null;
}

export interface Table {
  /** Quoted, with its schema. */
  readonly sql: string;
  readonly id: Column;
  /** SQL that makes a new id; null where the CRM expects to be given one. */
  readonly newId: string | null;
  /** Null where the object has none. */
  readonly archive: Archive | null;
  /** By canonical field. */
  readonly columns: Readonly<Record<string, Column>>;
}

/** Reads the catalogue. Errors: `destination.schema` naming every missing column. */
export async function describeTable(db: Queryable, schema: string, object: ObjectDefinition): Promise<Table> {
  const { rows } = await db.query<{ name: string; type: string; default: string | null; identity: string }>(
    // Of a domain its base type: the domain's own checks belong to the column, not to our staging table.
    `select a.attname as name, a.attidentity as identity, pg_get_expr(d.adbin, d.adrelid) as default,
       case t.typtype when 'd' then format_type(t.typbasetype, t.typtypmod) else format_type(a.atttypid, a.atttypmod) end
         as type
     from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped`,
    [`${quoteIdentifier(schema)}.${quoteIdentifier(object.table)}`],
  );
  const where = `${schema}.${object.table}`;
  if (rows.length === 0)
    throw new SyncError('destination.schema', { message: `there is no table ${where} (object ${object.name})` });
  const columns = new Map(rows.map((row) => [row.name, row]));
  const wanted = [object.id, ...Object.values(object.fields).map((field) => field.column)];
  const missing = wanted.filter((name) => !columns.has(name));
  if (missing.length > 0) {
    throw new SyncError('destination.schema', {
      message: `${where} has no column ${missing.join(', ')} (object ${object.name})`,
    });
  }
  const column = (name: string): Column => {
    const row = columns.get(name);
    return { name, sql: quoteIdentifier(name), type: row?.type ?? 'text', default: row?.default ?? null };
  };
  const sql = `${quoteIdentifier(schema)}.${quoteIdentifier(object.table)}`;
  const id = column(object.id);
  const identity = (columns.get(object.id)?.identity ?? '') !== '';
  const sequence = `nextval(pg_get_serial_sequence('${sql.replaceAll("'", "''")}', '${object.id.replaceAll("'", "''")}'))`;
  return {
    sql,
    id,
    archive: await describeArchive(db, schema, object),
    newId: identity ? sequence : id.default,
    columns: Object.fromEntries(
      Object.entries(object.fields).map(([field, definition]) => [field, column(definition.column)]),
    ),
  };
}

/** The columns of an object as text: `id`, then `f0`, `f1` … in the order of the object's fields. */
export function selectList(table: Table): string {
  const fields = Object.values(table.columns).map((column, index) => `${readExpression(column)} as f${index}`);
  return [`${table.id.sql}::text as id`, ...fields].join(', ');
}

function readExpression(column: Column): string {
  if (column.type.endsWith('[]')) {
    const zoned = column.type.startsWith('timestamp') ? '::timestamptz[]' : '';
    return `array_to_json(${column.sql}${zoned}::text[])::text`;
  }
  return column.type.startsWith('timestamp') && column.type.includes('without')
    ? `(${column.sql} at time zone 'UTC')::text`
    : `${column.sql}::text`;
}

/** One row of `selectList` as canonical fields. A value that its field's type cannot hold stays as the CRM wrote it. */
export function toFields(object: ObjectDefinition, table: Table, row: Readonly<Record<string, string | null>>): Fields {
  const fields: Record<string, Value> = {};
  for (const [index, [field, definition]] of Object.entries(object.fields).entries()) {
    const text = row[`f${index}`] ?? null;
    const type = table.columns[field]?.type ?? '';
    // A list in a column that is no array was written as JSON.
    const json = definition.type !== 'json' && type.startsWith('json');
    const list = json || type.endsWith('[]') || definition.resolve.kind === 'union';
    fields[field] = text === null ? null : canonicalOrAsIs(definition.type, list ? parseList(text) : text);
  }
  return fields;
}

/** A JSON list of texts, truth values and nulls; any other text as it is. */
function parseList(text: string): Value {
  if (!text.startsWith('[')) return text;
  try {
    const list: unknown = JSON.parse(text);
    return isListOfScalars(list) ? list : text;
  } catch {
    return text;
  }
}

function isListOfScalars(list: unknown): list is Value[] {
  return (
    Array.isArray(list) && list.every((item) => item === null || typeof item === 'string' || typeof item === 'boolean')
  );
}

function canonicalOrAsIs(type: FieldType, value: Value): Value {
  const made = canonicalise(type, value);
  return made.ok ? made.value : value;
}

/** A canonical value as COPY and casts take it. */
export function toText(column: Column | undefined, value: Value): string | null {
  if (value === null) return null;
  if (!isList(value)) return String(value);
  if (column?.type.endsWith('[]') !== true) return JSON.stringify(value);
  const items = value.map((item) => (item === null ? 'NULL' : `"${String(item).replace(/["\\]/g, '\\$&')}"`));
  return `{${items.join(',')}}`;
}

/** What JavaScript's `trim` takes away and NFKC does not turn into a space. */
const WHITE_SPACE = String.raw`E' \t\n\u000B\f\r\u1680\u2028\u2029\uFEFF'`;

/** SQL under which two values of a match key are surely found when they are the same. */
export function keyExpression(type: FieldType, strong: boolean, column: Column): string {
  if (strong) return column.sql;
  const text = column.type === 'text' || column.type.startsWith('character');
  if (!text && type !== 'email' && type !== 'phone') return `${column.sql}::text`;
  const plain = `btrim(normalize(${column.sql}::text, NFKC), ${WHITE_SPACE})`;
  if (type === 'email') return `lower(${plain})`;
  return type === 'phone' ? `regexp_replace(${plain}, '[^0-9]', '', 'g')` : plain;
}
