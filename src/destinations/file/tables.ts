// The working tables of a file destination: one for each object, in a schema of the connection's own, in the store's
// database. They hold the records between publications; the file is made of them.
//
//   tributary_id         the id in the file
//   one column each      with what the settings demand as its constraints
//   tributary_published  what the file says of the record since it was written or looked at last; null: nothing yet

import type { FieldType } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { type Client, inTransaction, type Pool, type Queryable, quoteIdentifier } from '../../postgres/client.ts';
import { troubleOf } from '../../postgres/errors.ts';
import type { FileColumn, FileLayout } from './layout.ts';

export const ID = 'tributary_id';
export const PUBLISHED = 'tributary_published';

const STATE = 'tributary_file';

export interface FileState {
  /** How the columns were when the table was adapted last. */
  readonly layout: string;
  /** Identity of the file as it was written or looked at last; null: there has been none. */
  readonly file: string | null;
  /** Records in it. */
  readonly records: number;
  /** It is to be written again, whether or not a record has changed. */
  readonly stale: boolean;
}

export class WorkingTables {
  readonly #pool: Pool;
  readonly #schema: string;

  constructor(pool: Pool, schema: string) {
    this.#pool = pool;
    this.#schema = schema;
  }

  sql(table: string): string {
    return `${quoteIdentifier(this.#schema)}.${quoteIdentifier(table)}`;
  }

  /** The sequence of new ids. */
  ids(table: string): string {
    return this.sql(`${table} ids`);
  }

  /** Null before the first delivery. */
  async state(db: Queryable, table: string): Promise<FileState | null> {
    const { rows: found } = await db.query<{ there: boolean }>('select to_regclass($1) is not null as there', [
      this.sql(STATE),
    ]);
    if (found[0]?.there !== true) return null;
    const { rows } = await db.query<FileState>(
      `select layout, file, records, stale from ${this.sql(STATE)} where name = $1`,
      [table],
    );
    return rows[0] ?? null;
  }

  async saveState(client: Client, table: string, state: Pick<FileState, 'file' | 'records'>): Promise<void> {
    await client.query(`update ${this.sql(STATE)} set file = $2, records = $3, stale = false where name = $1`, [
      table,
      state.file,
      state.records,
    ]);
  }

  /**
   * One transaction with the table to itself. Deliveries wait: they lock rows before they write, so nothing less than the
   * whole table keeps two from waiting for each other.
   */
  async alone<T>(table: string, work: (client: Client) => Promise<T>): Promise<T> {
    return inTransaction(this.#pool, async (client) => {
      await client.query('set local idle_in_transaction_session_timeout = 0');
      await client.query(`lock table ${this.sql(table)} in exclusive mode`);
      return work(client);
    });
  }

  /** Makes the table, or adapts it to what the object and the settings say now. Errors: `destination.schema`. */
  async adapt(layout: FileLayout): Promise<void> {
    const { fileName, id, columns, write, stream } = layout;
    // Another order of columns alone is no reason to do anything.
    const names = columns.map((column) => JSON.stringify(column)).toSorted();
    const wanted = JSON.stringify({
      fileName,
      format: stream.format,
      id,
      columns: names,
      record: write.record,
      mark: write.mark,
      csv: { ...write.csv, columns: [] },
    });
    if ((await this.state(this.#pool, layout.table))?.layout === wanted) return;
    await inTransaction(this.#pool, async (client) => {
      await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [this.#schema]);
      await client.query(`create schema if not exists ${quoteIdentifier(this.#schema)}`);
      await client.query(
        `create table if not exists ${this.sql(STATE)} (name text primary key, layout text not null, file text,
           records bigint not null default 0, stale boolean not null default true)`,
      );
      for (const { references } of columns) if (references !== null) await this.#makeTable(client, references);
      await this.#makeTable(client, layout.table);
      await this.#adaptColumns(client, layout).catch((error: unknown) => {
        if (troubleOf(error) !== 'data' || !(error instanceof Error)) throw error;
        throw new SyncError('destination.schema', {
          message: `what ${fileName} holds does not fit its new columns: ${error.message}`,
        });
      });
      await client.query(
        `insert into ${this.sql(STATE)} (name, layout) values ($1, $2)
         on conflict (name) do update set layout = excluded.layout, stale = true`,
        [layout.table, wanted],
      );
    });
  }

  async #makeTable(client: Client, table: string): Promise<void> {
    const ids = this.ids(table);
    await client.query(`create sequence if not exists ${ids}`);
    await client.query(
      `create table if not exists ${this.sql(table)} (
         ${ID} text collate "C" primary key default nextval(${quoteText(ids)})::text, ${PUBLISHED} jsonb)`,
    );
    await client.query(
      `create index if not exists ${quoteIdentifier(`${table} order`)} on ${this.sql(table)} (length(${ID}), ${ID})`,
    );
  }

  async #adaptColumns(client: Client, { table, columns }: FileLayout): Promise<void> {
    const sql = this.sql(table);
    const { rows: rules } = await client.query<{ name: string }>(
      `select conname as name from pg_constraint where conrelid = $1::regclass and contype in ('c', 'u', 'f')`,
      [sql],
    );
    for (const { name } of rules) await client.query(`alter table ${sql} drop constraint ${quoteIdentifier(name)}`);
    const { rows } = await client.query<{ name: string; type: string }>(
      `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
       where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
      [sql],
    );
    const types = new Map(rows.map(({ name, type }) => [name, type]));
    for (const column of columns) {
      const name = quoteIdentifier(column.name);
      const type = typeOf(column);
      const change = types.has(column.name)
        ? `alter column ${name} type ${type} using ${name}::text::${type}`
        : `add column ${name} ${type}`;
      if (types.get(column.name) !== type) await client.query(`alter table ${sql} ${change}`);
      const given = column.rule.default;
      await client.query(
        `alter table ${sql} alter column ${name} ${given === undefined ? 'drop default' : `set default ${quoteText(given)}`}`,
      );
      for (const rule of this.#rulesOf(table, column)) await client.query(`alter table ${sql} add constraint ${rule}`);
      if (!column.strong) continue;
      await client.query(
        `create index if not exists ${quoteIdentifier(`${table} ${column.name}`)} on ${sql} (${name})`,
      );
    }
  }

  /** Their names are what a person reads when a record is refused. */
  #rulesOf(table: string, { name: column, rule, references }: FileColumn): readonly string[] {
    const name = quoteIdentifier(column);
    const called = (what: string): string => quoteIdentifier(`${table}.${column} ${what}`);
    const rules = [
      rule.required && `${called('required')} check (${name} is not null)`,
      rule.unique && `${called('unique')} unique (${name})`,
      rule.max_length !== undefined &&
        `${called('max_length')} check (char_length(${name}::text) <= ${rule.max_length})`,
      rule.min !== undefined && `${called('min')} check (${name} >= ${rule.min})`,
      references !== null && `${called('reference')} foreign key (${name}) references ${this.sql(references)}`,
    ];
    return rules.filter((one) => one !== false);
  }
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const TYPES: Readonly<Record<FieldType, string>> = {
  text: 'text',
  email: 'text',
  phone: 'text',
  reference: 'text',
  integer: 'numeric',
  decimal: 'numeric',
  boolean: 'boolean',
  date: 'date',
  datetime: 'timestamp with time zone',
  json: 'jsonb',
};

export function typeOf({ type, list }: Pick<FileColumn, 'type' | 'list'>): string {
  return list ? 'jsonb' : TYPES[type];
}
