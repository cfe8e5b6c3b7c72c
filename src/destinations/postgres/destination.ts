// Destination kind `postgres`: CRM records in tables.
//
// Exactly-once effect: the marker of a delivery is written in the transaction of its rows. Whoever delivers the same
// batch again finds it and gets the outcomes that were stored with it.

import { z } from 'zod';
import type { CodeQuery, ConnectionDefinition, ObjectDefinition } from '../../domain/definition.ts';
import type { EntryOutcome } from '../../domain/claims.ts';
import { type ErrorCode, SyncError } from '../../domain/errors.ts';
import { atFailpoint, durably } from '../../domain/failpoints.ts';
import { packOutcomes, type PackedOutcomes, unpackOutcomes } from '../../domain/packed-outcomes.ts';
import { type Fields, isEmpty, sameValue } from '../../domain/values.ts';
import {
  addressOf,
  type Client,
  createPool,
  inTransaction,
  type Pool,
  quoteIdentifier,
} from '../../postgres/client.ts';
import { type PostgresTrouble, troubleOf } from '../../postgres/errors.ts';
import type {
  Delivered,
  DeliveryMarker,
  Destination,
  DestinationKind,
  FoundRecord,
  PlannedWrite,
} from '../destination.ts';
import { areUnique, claimsIdentity, findByKey, takenIdentities } from './identities.ts';
import { describeTable, selectList, type Table, toFields } from './table.ts';
import { applyWrites } from './writer.ts';

const settingsSchema = z.strictObject({
  url: z
    .string()
    .min(1)
    .describe(
      'postgres://… of the CRM’s database, or beside:NAME for a database on the server of Tributary’s own store.',
    ),
  schema: z.string().min(1).default('public').describe('The schema that holds the tables.'),
});

const CONNECTIONS = 4;

export const postgresDestination: DestinationKind = {
  kind: 'postgres',
  parse: (settings) => settingsSchema.parse(settings),
  open: async (connection, settings, context) => {
    const { url, schema } = settingsSchema.parse(settings);
    return new PostgresDestination(
      connection,
      createPool(addressOf(url, context.storeUrl), { max: CONNECTIONS }),
      schema,
    );
  },
};

const CODES: Readonly<Record<Exclude<PostgresTrouble, 'other' | 'data'>, ErrorCode>> = {
  unauthorized: 'destination.unauthorized',
  schema: 'destination.schema',
  full: 'destination.full',
  throttled: 'destination.throttled',
  passing: 'destination.unreachable',
  unreachable: 'destination.unreachable',
};

/** A server that has no connection left frees one when somebody is done. */
const RETRY_AFTER_MS = 5_000;

class PostgresDestination implements Destination {
  readonly #connection: ConnectionDefinition;
  readonly #pool: Pool;
  readonly #schema: string;
  readonly #tables = new Map<string, Promise<Table>>();
  #markersMade: Promise<void> | undefined;

  constructor(connection: ConnectionDefinition, pool: Pool, schema: string) {
    this.#connection = connection;
    this.#pool = pool;
    this.#schema = schema;
  }

  get #markers(): string {
    return `${quoteIdentifier(this.#schema)}.tributary_delivery`;
  }

  async check(objects: readonly ObjectDefinition[]): Promise<string> {
    return this.#guard(async () => {
      for (const object of objects) {
        this.#tables.delete(shapeOf(object));
        const table = await this.#table(object);
        await this.#pool.query(`select ${selectList(table)} from ${table.sql} limit 0`);
      }
      const { rows } = await this.#pool.query<{ database: string; version: string; marks: boolean }>(
        `select current_database() as database, current_setting('server_version') as version,
           to_regclass($1) is not null or has_schema_privilege($2, 'create') as marks`,
        [this.#markers, this.#schema],
      );
      if (rows[0]?.marks === false) {
        throw new SyncError('destination.unauthorized', {
          message: `may not create ${this.#markers}, which marks what has been delivered`,
        });
      }
      return `PostgreSQL ${rows[0]?.version ?? ''}, database ${rows[0]?.database ?? ''}, ${objects.length} tables`;
    });
  }

  async find(object: ObjectDefinition, field: string, values: readonly string[]): Promise<readonly FoundRecord[]> {
    const definition = object.fields[field];
    if (definition === undefined || values.length === 0) return [];
    return this.#guard(async () => {
      const table = await this.#table(object);
      const column = table.columns[field];
      if (column === undefined) return [];
      return findByKey(this.#pool, { table, definition, column }, values);
    });
  }

  async read(object: ObjectDefinition, crmIds: readonly string[]): Promise<ReadonlyMap<string, Fields>> {
    return this.#guard(async () =>
      readRows(this.#pool, { object, table: await this.#table(object), lock: false }, crmIds),
    );
  }

  async ids(
    object: ObjectDefinition,
    { after, limit }: { readonly after: string | null; readonly limit: number },
  ): Promise<readonly string[]> {
    return this.#guard(async () => {
      const { sql, id } = await this.#table(object);
      // Another name than the column's: ordered by that, the ids would come as texts do.
      const { rows } = await this.#pool.query<{ crmId: string }>(
        `select ${id.sql}::text as "crmId" from ${sql} where $1::text is null or ${id.sql} > $1::${id.type}
         order by ${id.sql} limit $2`,
        [after, limit],
      );
      return rows.map((row) => row.crmId);
    });
  }

  async survivors(object: ObjectDefinition, crmIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const { mergedInto } = object;
    if (mergedInto === undefined || crmIds.length === 0) return new Map();
    return this.#guard(async () => survivorsOf(this.#pool, await this.#table(object), { mergedInto, crmIds }));
  }

  async referenced(
    object: ObjectDefinition,
    crmIds: readonly string[],
    going: readonly string[] = [],
  ): Promise<ReadonlySet<string>> {
    return this.#guard(async () => {
      const table = await this.#table(object);
      const { rows: links } = await this.#pool.query<{ table: string; column: string; own: boolean }>(
        `select c.conrelid::regclass::text as table, quote_ident(a.attname) as column, c.conrelid = c.confrelid as own
         from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
         where c.contype = 'f' and c.confrelid = to_regclass($1) and cardinality(c.conkey) = 1`,
        [table.sql],
      );
      const used = new Set<string>();
      for (const link of links) {
        const others = link.own ? `and ${table.id.sql}::text <> all($2::text[])` : '';
        const { rows } = await this.#pool.query<{ id: string }>(
          `select distinct ${link.column}::text as id from ${link.table}
           where ${link.column}::text = any($1::text[]) ${others}`,
          link.own ? [crmIds, going] : [crmIds],
        );
        for (const row of rows) used.add(row.id);
      }
      return used;
    });
  }

  async deliver(
    object: ObjectDefinition,
    batch: Parameters<Destination['deliver']>[1],
    settle: (delivered: readonly Delivered[]) => readonly EntryOutcome[],
  ): Promise<readonly EntryOutcome[]> {
    const { marker, writes } = batch;
    const place = placeOf(marker);
    return this.#guard(async () => {
      const table = await this.#table(object);
      this.#markersMade ??= durably('markers.made', () => this.#makeMarkers());
      await this.#markersMade.catch((error: unknown) => {
        this.#markersMade = undefined;
        throw error;
      });
      const delivered = await inTransaction(this.#pool, async (client) => {
        // What a deferred constraint refuses must be refused while its record can still be told from the others.
        await client.query('set constraints all immediate');
        const made = await this.#outcomesOf(client, place);
        if (made !== null) return made;
        const outcomes = settle(await write({ client, object, table }, writes));
        await client.query(
          `insert into ${this.#markers} (project, run, round, batch, hash, outcomes) values ($1, $2, $3, $4, $5, $6)`,
          [...place, marker.hash, writeOutcomes(outcomes)],
        );
        await atFailpoint('crm.delivered', 'before');
        return outcomes;
      });
      await atFailpoint('crm.delivered', 'after');
      return delivered;
    });
  }

  async readCodes({ table, from, to }: CodeQuery, limit: number): ReturnType<Destination['readCodes']> {
    const [code, value] = [quoteIdentifier(from), quoteIdentifier(to)];
    return this.#guard(async () => {
      const { rows } = await this.#pool.query<{ code: string; value: string | null }>(
        `select ${code}::text as code, ${value}::text as value from ${quoteIdentifier(this.#schema)}.${quoteIdentifier(table)}
         where ${code} is not null limit $1`,
        [limit],
      );
      return rows.map((row): [string, string | null] => [row.code, row.value]);
    });
  }

  /** Tables are seen as they are delivered. */
  async publish(): Promise<void> {}

  async recall(marker: DeliveryMarker): Promise<readonly EntryOutcome[] | null> {
    return this.#guard(async () => {
      const { rows } = await this.#pool.query<{ made: boolean }>('select to_regclass($1) is not null as made', [
        this.#markers,
      ]);
      if (rows[0]?.made !== true) return null;
      return inTransaction(this.#pool, (client) => this.#outcomesOf(client, placeOf(marker)));
    });
  }

  /** The server may still be busy with the statement of a writer that was killed: it is waited for. */
  async #outcomesOf(client: Client, place: Place): Promise<readonly EntryOutcome[] | null> {
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [place.join(' ')]);
    const { rows } = await client.query<{ outcomes: StoredOutcomes }>(
      `select outcomes from ${this.#markers} where project = $1 and run = $2 and round = $3 and batch = $4`,
      place,
    );
    return rows[0] === undefined ? null : readOutcomes(rows[0].outcomes);
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  /** Made before the first delivery, and only then: looking at a CRM leaves no trace. */
  async #makeMarkers(): Promise<void> {
    await inTransaction(this.#pool, async (client) => {
      // `if not exists` alone fails when two processes create it at the same moment.
      await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`tributary:${this.#markers}`]);
      await client.query(
        `create table if not exists ${this.#markers} (
           project text not null, run text not null, round integer not null, batch integer not null, hash text not null,
           outcomes jsonb not null, delivered_at timestamptz not null default now(),
           primary key (project, run, round, batch))`,
      );
    });
  }

  #table(object: ObjectDefinition): Promise<Table> {
    const shape = shapeOf(object);
    const known = this.#tables.get(shape) ?? describeTable(this.#pool, this.#schema, object);
    this.#tables.set(shape, known);
    known.catch(() => this.#tables.delete(shape));
    return known;
  }

  /** Turns the client's errors into the catalogue's. */
  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const trouble = troubleOf(error);
      if (error instanceof SyncError || trouble === 'other' || trouble === 'data') throw error;
      const code = CODES[trouble];
      const details = trouble === 'throttled' ? { retryAfterMs: RETRY_AFTER_MS } : {};
      const said = error instanceof Error && trouble !== 'unreachable' ? `: ${error.message}` : '';
      const message = `connection ${this.#connection.name} (PostgreSQL)${said}`;
      throw new SyncError(code, { message, details, cause: error });
    }
  }
}

/** What a description of a table depends on: runs of several definitions may share a connection. */
function shapeOf({ table, id, fields }: ObjectDefinition): string {
  return JSON.stringify([table, id, Object.entries(fields).map(([field, { column }]) => [field, column])]);
}

/** Follows chains of merges; whoever made a circle of them has merged nothing. */
async function survivorsOf(
  db: Pick<Client, 'query'>,
  { sql, id }: Table,
  { mergedInto, crmIds }: { readonly mergedInto: string; readonly crmIds: readonly string[] },
): Promise<ReadonlyMap<string, string>> {
  const into = quoteIdentifier(mergedInto);
  const { rows } = await db.query<{ id: string; into: string }>(
    `with recursive hop (id, at, path) as (
       select ${id.sql}, ${into}::text::${id.type}, array[${id.sql}] from ${sql}
       where ${id.sql} = any($1::${id.type}[]) and ${into} is not null
       union all
       select h.id, t.${into}::text::${id.type}, h.path || h.at from hop h join ${sql} t on t.${id.sql} = h.at
       where t.${into} is not null and not h.at = any(h.path)
     )
     select distinct on (id) id::text, at::text as into from hop
     where not at = any(path) order by id, cardinality(path) desc`,
    [crmIds],
  );
  return new Map(rows.map((row) => [row.id, row.into]));
}

type Place = [project: string, run: string, round: number, batch: number];

function placeOf({ project, run, round, batch }: DeliveryMarker): Place {
  return [project, run, round, batch];
}

/** JSON of the packed outcomes; a plain list is what earlier versions stored. */
type StoredOutcomes = string | EntryOutcome[];

/** As one string: the server would take apart anything else, and put it together again. */
function writeOutcomes(outcomes: readonly EntryOutcome[]): string {
  return JSON.stringify(JSON.stringify(packOutcomes(outcomes)));
}

function readOutcomes(stored: StoredOutcomes): readonly EntryOutcome[] {
  return unpackOutcomes(typeof stored === 'string' ? (JSON.parse(stored) as PackedOutcomes) : stored); // of writeOutcomes
}

interface Rows {
  readonly object: ObjectDefinition;
  readonly table: Table;
  /** Locked in id order, so that two writers never wait for each other. */
  readonly lock: boolean;
}

async function readRows(
  db: Pick<Client, 'query'>,
  { object, table, lock }: Rows,
  crmIds: readonly string[],
): Promise<ReadonlyMap<string, Fields>> {
  if (crmIds.length === 0) return new Map();
  const { rows } = await db.query<Record<string, string | null>>(
    `select ${selectList(table)} from ${table.sql} where ${table.id.sql} = any($1::${table.id.type}[])
     ${lock ? `order by ${table.id.sql} for update` : ''}`,
    [crmIds],
  );
  return new Map(rows.map((row) => [row['id'] ?? '', toFields(object, table, row)]));
}

async function write(
  target: { readonly client: Client; readonly object: ObjectDefinition; readonly table: Table },
  writes: readonly PlannedWrite[],
): Promise<readonly Delivered[]> {
  if (writes.length === 0) return [];
  const { client, object, table } = target;
  if (!areUnique(object, table) && writes.some((one) => claimsIdentity(object, one))) {
    await client.query('select pg_advisory_xact_lock(hashtext($1))', [`tributary:${table.sql}`]);
  }
  const ids = writes.flatMap((one) => (one.crmId === null ? [] : [one.crmId]));
  const now = await readRows(client, { object, table, lock: true }, ids);
  const taken = await takenIdentities(target, writes);
  const changed = writes.filter((one) => isChanged(one, now) || taken.has(one.ordinal));
  const refusals = new Set(changed);
  const delivered = await applyWrites(
    target,
    writes.filter((one) => !refusals.has(one)),
  );
  return [
    ...delivered,
    ...changed.map((one): Delivered => ({ ordinal: one.ordinal, result: 'changed', crmId: one.crmId })),
  ];
}

function isChanged(one: PlannedWrite, now: ReadonlyMap<string, Fields>): boolean {
  if (one.crmId === null) return false;
  const fields = now.get(one.crmId);
  if (one.action === 'create') return fields !== undefined;
  if (fields === undefined) return true;
  return Object.entries(one.expect).some(([field, value]) => {
    const current = fields[field] ?? null;
    return !(isEmpty(current) && isEmpty(value)) && !sameValue(current, value);
  });
}
