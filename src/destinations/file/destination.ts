// Destination kind `file`: CRM records in files, one for each object, that other programs take and people may edit.
//
//   deliver ──▶ working table, with the marker, in one transaction ──(end of the run)──▶ file, replaced as a whole
//   people's edits of the file ──▶ working table, before anything looks at it

import { isAbsolute, normalize, resolve } from 'node:path';
import type { EntryOutcome } from '../../domain/claims.ts';
import type { CodeQuery, ConnectionDefinition, ObjectDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import type { Fields } from '../../domain/values.ts';
import type { FormatWriter } from '../../formats/writer.ts';
import { createPool, type Pool } from '../../postgres/client.ts';
import { troubleOf } from '../../postgres/errors.ts';
import type {
  Delivered,
  DeliveryMarker,
  Destination,
  DestinationKind,
  FoundRecord,
  PlannedWrite,
} from '../destination.ts';
import { type Place, takeEdits } from './edits.ts';
import { Folder } from './folder.ts';
import { type FileLayout, layoutOf } from './layout.ts';
import { publishTable } from './publish.ts';
import { settingsSchema } from './settings.ts';
import { ID, WorkingTables } from './tables.ts';

const CONNECTIONS = 2;
/** PostgreSQL cuts names after 63 bytes. */
const MAX_NAME = 40;

export const fileDestination: DestinationKind = {
  kind: 'file',
  parse: (settings) => settingsSchema.parse(settings),
  open: async (connection, given, { projectDir, storeUrl, tables }) => {
    const settings = settingsSchema.parse(given);
    const { path } = settings;
    if (connection.name.length > MAX_NAME) {
      throw new SyncError('config.invalid', {
        message: `connection ${connection.name}: the name of a file destination has at most ${MAX_NAME} characters`,
      });
    }
    const schema = `tributary_file_${connection.name}`;
    const shown = isAbsolute(path) ? path : normalize(path).replace(/\/+$/, '');
    const pool = createPool(storeUrl, { max: CONNECTIONS });
    const place = {
      settings,
      folder: new Folder(resolve(projectDir, path), shown),
      tables: new WorkingTables(pool, schema),
    };
    return new FileDestination(connection, { place, pool, records: await tables(connection, schema) });
  },
};

class FileDestination implements Destination {
  readonly #connection: ConnectionDefinition;
  readonly #place: Place;
  readonly #pool: Pool;
  /** The working tables, written and read as every CRM's tables are. */
  readonly #records: Destination;

  constructor(
    connection: ConnectionDefinition,
    parts: { readonly place: Place; readonly pool: Pool; readonly records: Destination },
  ) {
    this.#connection = connection;
    this.#place = parts.place;
    this.#pool = parts.pool;
    this.#records = parts.records;
  }

  async check(objects: readonly ObjectDefinition[]): Promise<string> {
    const { folder, settings } = this.#place;
    const archived = objects.find(({ archive }) => archive !== undefined);
    if (archived !== undefined)
      throw new SyncError('config.invalid', {
        message: `${archived.name}: files have no archive; expected deletes of none, delete or deactivate`,
      });
    const layouts = objects.map((object) => layoutOf(object, settings));
    await folder.check();
    const identities = await Promise.all(layouts.map(({ fileName }) => folder.identity(fileName)));
    const there = identities.filter((identity) => identity !== null).length;
    return `${folder.shown()}: ${there} of ${layouts.length} files (${settings.format})`;
  }

  async find(object: ObjectDefinition, field: string, values: readonly string[]): Promise<readonly FoundRecord[]> {
    return (await this.#ready(object)) ? this.#records.find(inTable(object), field, values) : [];
  }

  recall(marker: DeliveryMarker): Promise<readonly EntryOutcome[] | null> {
    return this.#records.recall(marker);
  }

  async survivors(object: ObjectDefinition, crmIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return (await this.#ready(object)) ? this.#records.survivors(inTable(object), crmIds) : new Map();
  }

  async read(object: ObjectDefinition, crmIds: readonly string[]): Promise<ReadonlyMap<string, Fields>> {
    return (await this.#ready(object)) ? this.#records.read(inTable(object), crmIds) : new Map();
  }

  async ids(object: ObjectDefinition, page: Parameters<Destination['ids']>[1]): Promise<readonly string[]> {
    return (await this.#ready(object)) ? this.#records.ids(inTable(object), page) : [];
  }

  async referenced(
    object: ObjectDefinition,
    crmIds: readonly string[],
    going: readonly string[] = [],
  ): Promise<ReadonlySet<string>> {
    return (await this.#ready(object)) ? this.#records.referenced(inTable(object), crmIds, going) : new Set();
  }

  /** Of a working table, as the file was when a run last looked at it. */
  readCodes(query: CodeQuery, limit: number): ReturnType<Destination['readCodes']> {
    return this.#records.readCodes(query, limit);
  }

  async deliver(
    object: ObjectDefinition,
    { marker, writes }: Parameters<Destination['deliver']>[1],
    settle: (delivered: readonly Delivered[]) => readonly EntryOutcome[],
  ): Promise<readonly EntryOutcome[]> {
    const layout = layoutOf(object, this.#place.settings);
    await this.#guard(() => this.#place.tables.adapt(layout));
    await this.#ready(object);
    const scratch = layout.createWriter();
    const refused = writes.flatMap((write) => refusalOf(write, { layout, scratch }) ?? []);
    const ordinals = new Set(refused.map(({ ordinal }) => ordinal));
    const writable = writes.filter(({ ordinal }) => !ordinals.has(ordinal));
    return this.#records.deliver(inTable(object), { marker, writes: writable }, (delivered) =>
      settle([...delivered, ...refused]),
    );
  }

  async publish(object: ObjectDefinition, progress: () => void = () => {}): Promise<void> {
    if (!(await this.#ready(object))) return;
    const layout = layoutOf(object, this.#place.settings);
    await this.#guard(() => publishTable(this.#place, layout, progress));
  }

  async close(): Promise<void> {
    await Promise.all([this.#records.close(), this.#pool.end()]);
  }

  /** Brings the working table up to the object and the file. False: there is neither table nor file yet. */
  async #ready(object: ObjectDefinition): Promise<boolean> {
    const { tables, folder, settings } = this.#place;
    const layout = layoutOf(object, settings);
    return this.#guard(async () => {
      const state = await tables.state(this.#pool, layout.table);
      const file = await folder.identity(layout.fileName);
      if (state === null && file === null) return false;
      await tables.adapt(layout);
      if (file !== null && file !== state?.file) await takeEdits(this.#place, layout);
      return true;
    });
  }

  /** Turns the client's errors into the catalogue's. */
  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const trouble = troubleOf(error);
      if (error instanceof SyncError) throw error;
      if (trouble === 'full')
        throw new SyncError('destination.full', {
          message: `connection ${this.#connection.name}: no space left for its file or its working tables`,
          cause: error,
        });
      if (trouble !== 'unreachable' && trouble !== 'passing' && trouble !== 'throttled') throw error;
      throw new SyncError('destination.unreachable', {
        message: `connection ${this.#connection.name}: lost the database of its working tables`,
        cause: error,
      });
    }
  }
}

/** The object as it lies in its working table. */
function inTable(object: ObjectDefinition): ObjectDefinition {
  return { ...object, id: ID };
}

/** A record with a value that the format cannot hold is refused alone, before it could spoil the file. */
function refusalOf(
  { ordinal, crmId, set }: PlannedWrite,
  { layout, scratch }: { readonly layout: FileLayout; readonly scratch: FormatWriter },
): Delivered | null {
  const columns = layout.columns.filter(({ field }) => field !== null && Object.hasOwn(set, field));
  const record = Object.fromEntries(columns.map(({ name, field }) => [name, set[field ?? ''] ?? null]));
  try {
    scratch.write([record]);
    return null;
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    const reason = `${layout.stream.format} cannot hold the value of ${String(error.details['field'])}`;
    return { ordinal, result: 'refused', crmId, reason };
  }
}
