// Records that go to an archive table in place of being deleted, and come back from there with everything they had.

import type { ObjectDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { type Client, type Queryable, quoteIdentifier } from '../../postgres/client.ts';
import type { Table } from './table.ts';

export interface Archive {
  /** Quoted, with its schema. */
  readonly sql: string;
  /** All columns of the table, quoted, with commas between. */
  readonly columns: string;
}

/** Reads the catalogue. Errors: `destination.schema` where the archive cannot take a whole record. */
export async function describeArchive(
  db: Queryable,
  schema: string,
  { name, table, archive }: ObjectDefinition,
): Promise<Archive | null> {
  if (archive === undefined) return null;
  const columnsOf = async (of: string): Promise<readonly string[]> => {
    const { rows } = await db.query<{ name: string }>(
      `select attname as name from pg_attribute
       where attrelid = to_regclass($1) and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
      [`${quoteIdentifier(schema)}.${quoteIdentifier(of)}`],
    );
    return rows.map((row) => row.name);
  };
  const [own, kept] = [await columnsOf(table), new Set(await columnsOf(archive))];
  const missing = own.filter((column) => !kept.has(column));
  if (missing.length > 0) {
    const lacks = kept.size === 0 ? 'is not there' : `has no column ${missing.join(', ')}`;
    throw new SyncError('destination.schema', {
      message: `the archive ${schema}.${archive} of ${name} ${lacks}; create table ${archive} (like ${table})`,
    });
  }
  return {
    sql: `${quoteIdentifier(schema)}.${quoteIdentifier(archive)}`,
    columns: own.map(quoteIdentifier).join(', '),
  };
}

interface Moving {
  readonly client: Client;
  readonly table: Table;
  readonly archive: Archive;
  /** The staging table, and the number of the group in it. */
  readonly stage: string;
  readonly group: number;
}

export async function archiveGroup({ client, table, archive, stage, group }: Moving): Promise<void> {
  await client.query(
    `with gone as (delete from ${table.sql} t using ${stage} s where s.grp = $1 and t.${table.id.sql} = s.id returning t.*)
     insert into ${archive.sql} (${archive.columns}) overriding system value select ${archive.columns} from gone`,
    [group],
  );
}

/** Takes back those of the group that are in the archive. */
export async function restoreGroup({ client, table, archive, stage, group }: Moving): Promise<void> {
  await client.query(
    `with back as (delete from ${archive.sql} a using ${stage} s where s.grp = $1 and a.${table.id.sql} = s.id returning a.*)
     insert into ${table.sql} (${archive.columns}) overriding system value select ${archive.columns} from back`,
    [group],
  );
}
