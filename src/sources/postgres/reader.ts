// Reads the rows of a plan through a cursor of the server: one statement, so one state of the table, in constant memory.

import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { instantOf } from '../../domain/versions.ts';
import { formats } from '../../formats/registry.ts';
import type { Client, Pool } from '../../postgres/client.ts';
import type { ItemDecoder, ReadItem, SourceReader } from '../source.ts';
import { columnsOf, tableOf } from './describe.ts';
import type { TablePlan, TablePosition } from './state.ts';
import { readStatement, sortKeys } from './statements.ts';
import { explained } from './trouble.ts';

/** Rows come in pieces of about this many bytes, whatever their size; the first few tell. */
const CHUNK_BYTES = 1024 * 1024;
const FIRST_ROWS = 20;
const MAX_ROWS = 2_000;
/** Positions are kept in the histories of runs. */
const MAX_SORT_CHARS = 2_000;

export interface TableReading {
  readonly pool: Pool;
  readonly stream: StreamDefinition;
  readonly plan: TablePlan;
  /** Null: at the start. */
  readonly position: TablePosition | null;
  readonly signal: AbortSignal;
}

export class TableReader implements SourceReader {
  readonly #reading: TableReading;
  /** How many values rows are ordered by. */
  readonly #sortWidth: number;
  /** Of the sort values, which one is the time of the change. */
  readonly #cursor: number;
  #offset: number;
  #bytesRead = 0;
  #done = false;

  constructor(reading: TableReading) {
    const { stream, plan, position } = reading;
    const read = tableOf(stream);
    this.#reading = reading;
    this.#sortWidth = sortKeys(read, plan).length;
    this.#cursor = plan.part === 'snapshot' || read.cursor === null ? -1 : 0;
    this.#offset = position?.offset ?? 0;
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Another statement would see another state of the table. */
  get costlyToResume(): boolean {
    return true;
  }

  async *items(): AsyncGenerator<readonly ReadItem[]> {
    const { pool, stream, signal } = this.#reading;
    signal.throwIfAborted();
    let client: Client | undefined;
    const stop = (): void => {
      // A statement that runs can only be left by leaving its connection.
      client?.release(true);
      client = undefined;
    };
    try {
      client = await pool.connect();
      signal.addEventListener('abort', stop);
      yield* this.#rows(client);
      this.#done = true;
    } catch (error) {
      signal.throwIfAborted();
      throw explained(error, `${stream.stream} cannot be read`);
    } finally {
      signal.removeEventListener('abort', stop);
      await client?.query('rollback').catch(stop);
      client?.release();
    }
  }

  decoder(): ItemDecoder {
    return rowDecoder(this.#reading.stream);
  }

  /** Only what one statement has yielded from the first row to the last is all of it. */
  completeness(): 'proven' | 'unproven' {
    const { plan, position } = this.#reading;
    return this.#done && position === null && plan.part === 'snapshot' ? 'proven' : 'unproven';
  }

  async *#rows(client: Client): AsyncGenerator<readonly ReadItem[]> {
    const { stream, plan, position, signal } = this.#reading;
    const read = tableOf(stream);
    await client.query('begin isolation level repeatable read, read only');
    const columns = await columnsOf(client, read);
    if (JSON.stringify(columns) !== JSON.stringify(plan.columns))
      throw new SyncError('source.changed', {
        message: `${stream.stream} has other columns than when the read was planned`,
      });
    const { text, values } = readStatement(read, plan, position);
    await client.query(`declare tributary_rows no scroll cursor for ${text}`, [...values]);
    for (let count = FIRST_ROWS; ;) {
      signal.throwIfAborted();
      const { rows } = await client.query<Row>(`fetch ${count} from tributary_rows`);
      signal.throwIfAborted();
      const before = this.#bytesRead;
      if (rows.length > 0) yield rows.map((row) => this.#item(row));
      if (rows.length < count) return;
      const each = Math.max(1, (this.#bytesRead - before) / rows.length);
      count = Math.max(1, Math.min(MAX_ROWS, Math.floor(CHUNK_BYTES / each)));
    }
  }

  #item(row: Row): ReadItem {
    const { stream } = this.#reading;
    const bytes = Buffer.from(row.json, 'utf8');
    const sort = Array.from({ length: this.#sortWidth }, (_, index) => row[`s${index}`] ?? null);
    const tooLong = sort.some((value) => value !== null && value.length > MAX_SORT_CHARS);
    if (tooLong || bytes.length > stream.maxRecordBytes)
      throw new SyncError('source.limit', {
        message: tooLong
          ? `a row of ${stream.stream} has a key of more than ${MAX_SORT_CHARS} characters`
          : `a row of ${stream.stream} has ${bytes.length} bytes; \`max_record\` is ${stream.maxRecordBytes}`,
      });
    const position = this.#offset;
    this.#offset += bytes.length;
    this.#bytesRead += bytes.length;
    const changedAt = this.#cursor < 0 ? undefined : instantOf(sort[this.#cursor] ?? '')?.ms;
    return {
      position,
      bytes,
      after: { offset: this.#offset, sort },
      bytesRead: this.#bytesRead,
      ...(changedAt === undefined ? {} : { changedAt }),
    };
  }
}

type Row = { readonly json: string } & { readonly [value: `s${number}`]: string | null };

export function rowDecoder(stream: StreamDefinition): ItemDecoder {
  const decode = formats.ndjson.createDecoder(stream, 'utf-8', null);
  return { decode: ({ position: offset, bytes }) => decode({ offset, bytes }), lanes: decode.lanes };
}
