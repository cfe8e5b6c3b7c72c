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
  /** The CRM may give it a value where none is written. */
  readonly filled: boolean;
  /** No two rows can have the same value, whoever writes them. */
  readonly unique: boolean;
}

export interface Table {
  /** Quoted, with its schema. */
  readonly sql: string;
  readonly id: Column;
  /** SQL that makes a new id; null where the CRM expects to be given one. */
  readonly newId: string | null;
  /** Null where the object has none. */
  readonly archive: Archive | null;
  /** New rows may be copied straight into it: no view, no rules, no row-level security. */
  readonly copies: boolean;
  /** By canonical field. */
  readonly columns: Readonly<Record<string, Column>>;
}

interface CatalogueRow {
  name: string;
  type: string;
  default: string | null;
  identity: string;
  filled: boolean;
  sequence: string | null;
  unique: boolean;
  copies: boolean;
}

/** Of a domain its base type: the domain's own checks belong to the column, not to our staging table. */
const CATALOGUE = `select a.attname as name, a.attidentity as identity, pg_get_expr(d.adbin, d.adrelid) as default,
    case t.typtype when 'd' then format_type(t.typbasetype, t.typtypmod) else format_type(a.atttypid, a.atttypmod) end as type,
    d.adbin is not null or a.attidentity <> '' or t.typdefault is not null as filled,
    case when a.attidentity <> '' then pg_get_serial_sequence($1, a.attname) end as sequence,
    exists (select from pg_index i where i.indrelid = a.attrelid and i.indisunique and i.indisvalid and i.indimmediate
      and i.indpred is null and i.indnkeyatts = 1 and i.indkey[0] = a.attnum) as unique,
    c.relkind in ('r', 'p') and not c.relhasrules and not c.relrowsecurity as copies
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_type t on t.oid = a.atttypid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped`;

/** Reads the catalogue. Errors: `destination.schema` naming every missing column. */
export async function describeTable(db: Queryable, schema: string, object: ObjectDefinition): Promise<Table> {
  const sql = `${quoteIdentifier(schema)}.${quoteIdentifier(object.table)}`;
  const { rows } = await db.query<CatalogueRow>(CATALOGUE, [sql]);
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
    const { type = 'text', default: given = null, filled = false, unique = false } = columns.get(name) ?? {};
    return { name, sql: quoteIdentifier(name), type, default: given, filled, unique };
  };
  const id = column(object.id);
  const sequence = columns.get(object.id)?.sequence ?? null;
  return {
    sql,
    id,
    archive: await describeArchive(db, schema, object),
    // The sequence's name as a constant: looking it up for every row is ten times as dear as counting.
    newId: sequence === null ? id.default : `nextval('${sequence.replaceAll("'", "''")}'::regclass)`,
    copies: rows.every((row) => row.copies),
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
