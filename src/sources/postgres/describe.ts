// What the database says about a stream: its columns, whether its key is unique, whose data it is, and what time it is.

import type { StreamDefinition, TableRead } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import type { Queryable } from '../../postgres/client.ts';
import type { CheckContext } from '../source.ts';
import type { Column } from './state.ts';
import { relationOf, typeOf } from './statements.ts';

export interface Description {
  readonly columns: readonly Column[];
  readonly unique: boolean;
  readonly identity: string;
}

const CURSOR_TYPES: ReadonlySet<string | undefined> = new Set([
  'timestamp with time zone',
  'timestamp without time zone',
  'date',
]);

/** The table that a stream reads. It is one: the configuration was checked. */
export function tableOf({ table, stream }: StreamDefinition): TableRead {
  if (table === undefined) throw new SyncError('source.query', { message: `${stream} is no table` });
  return table;
}

/** Errors: `source.header` where key, cursor or mapped columns are missing, `source.query` for a cursor that is no time. */
export async function describe(db: Queryable, stream: StreamDefinition, context?: CheckContext): Promise<Description> {
  const read = tableOf(stream);
  const columns = await columnsOf(db, read);
  const names = columns.map(({ name }) => name);
  const needed = [...read.keyColumns, ...(read.cursor === null ? [] : [read.cursor])];
  const missing = needed.filter((name) => !names.includes(name));
  const unmapped = stream.each === null ? (context?.missing(names) ?? []) : [];
  const lacking = [...new Set([...missing, ...unmapped])];
  if (lacking.length > 0)
    throw new SyncError('source.header', {
      message: `${stream.stream} has no ${lacking.length === 1 ? 'column' : 'columns'} ${lacking.join(', ')}; there are ${names.join(', ')}`,
    });
  const type = read.cursor === null ? undefined : typeOf(columns, read.cursor);
  if (read.cursor !== null && !CURSOR_TYPES.has(type))
    throw new SyncError('source.query', {
      message: `the cursor ${read.cursor} is ${type}: expected a timestamp or a date`,
    });
  return { columns, unique: await isUnique(db, read), identity: await identityOf(db, read) };
}

export async function columnsOf(db: Queryable, read: TableRead): Promise<readonly Column[]> {
  const { fields } = await db.query(`select * from ${relationOf(read)} r limit 0`);
  const { rows } = await db.query<{ type: string }>(
    'select format_type(oid, null) as type from unnest($1::oid[]) with ordinality as o (oid, n) order by n',
    [fields.map(({ dataTypeID }) => dataTypeID)],
  );
  return fields.map(({ name }, index) => ({ name, type: rows[index]?.type ?? 'text' }));
}

/** Whether an index sees to it that no two rows have the same key. */
async function isUnique(db: Queryable, { table, keyColumns }: TableRead): Promise<boolean> {
  if (table === null) return false;
  const { rows } = await db.query(
    `select 1 from pg_index i where i.indrelid = to_regclass($1) and i.indisunique and i.indisvalid and i.indpred is null
       and i.indexprs is null and (select bool_and(a.attname = any($2::name[]) and a.attnotnull) from pg_attribute a
         where a.attrelid = i.indrelid and a.attnum = any(i.indkey[0:i.indnkeyatts - 1]))`,
    [relationOf({ table } as TableRead), keyColumns], // of the rest nothing is asked
  );
  return rows.length > 0;
}

/**
 * Another one after a restore to an earlier time, a failover, or a reload of the table (which TRUNCATE and a new table
 * are): rows with old times may have come, which no cursor shows. Null parts: the database does not say.
 */
async function identityOf(db: Queryable, { table }: TableRead): Promise<string> {
  const { rows } = await db.query<{ database: string; file: string | null }>(
    `select (select oid from pg_database where datname = current_database())::text as database,
       to_regclass($1)::oid::text || '/' || coalesce(pg_relation_filenode(to_regclass($1))::text, '') as file`,
    [table === null ? null : relationOf({ table } as TableRead)],
  );
  const system = await db
    .query<{ id: string }>(
      `select s.system_identifier || '/' || c.timeline_id as id from pg_control_system() s, pg_control_checkpoint() c`,
    )
    .then(
      (found) => found.rows[0]?.id,
      () => undefined,
    );
  return [system ?? '', rows[0]?.database ?? '', rows[0]?.file ?? ''].join(' ');
}
