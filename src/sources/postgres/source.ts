// The PostgreSQL source: the rows of a table, a view or a query.

import type { StreamDefinition } from '../../domain/definition.ts';
import { splitKey } from '../../domain/keys.ts';
import { type Client, inTransaction, type Pool } from '../../postgres/client.ts';
import type { CheckContext, KeyedRead, PlanContext, ReadAt, ReadItem, ReadPlan, Source } from '../source.ts';
import { columnsOf, describe, tableOf } from './describe.ts';
import { planTable } from './plan.ts';
import { rowDecoder, TableReader } from './reader.ts';
import { parsePlan, parsePosition } from './state.ts';
import { lookupStatement } from './statements.ts';
import { explained } from './trouble.ts';

export class PostgresSource implements Source {
  readonly #pool: Pool;
  #closed: Promise<void> | undefined;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async plan(stream: StreamDefinition, context?: PlanContext): Promise<ReadPlan> {
    const last = context?.last?.sameReader === true ? parsePlan(context.last.plan) : null;
    const { plan, nowMs, watermarkMs, notes } = await this.#ask(stream, async (client) => {
      const description = await describe(client, stream, context);
      return planTable(client, { stream, description }, { last, backfill: context?.backfill ?? null });
    });
    return {
      ranges: 1,
      plan,
      totalBytes: null,
      asOf: nowMs,
      notes: notes.map((note) => `${stream.stream}: ${note}`),
      surroundings: plan.columns.map(({ name, type }) => `${name} ${type}`).join(', '),
      repeats: 'no',
      passing: true,
      ...(plan.part === 'snapshot' ? {} : { part: plan.part }),
      ...(watermarkMs === null ? {} : { watermark: watermarkMs }),
    };
  }

  // oxlint-disable-next-line max-params -- the contract's
  read(stream: StreamDefinition, plan: unknown, { position }: ReadAt, signal: AbortSignal): TableReader {
    const from = position === null ? null : parsePosition(position);
    return new TableReader({ pool: this.#pool, stream, plan: parsePlan(plan), position: from, signal });
  }

  async check(stream: StreamDefinition, context?: CheckContext): Promise<string> {
    const { columns, unique } = await this.#ask(stream, (client) => describe(client, stream, context));
    const keyed = unique ? '' : '; no index says that its key is unique';
    return `${stream.stream}: ${columns.length} columns${keyed}`;
  }

  async readKeys(stream: StreamDefinition, keys: readonly string[], signal: AbortSignal): Promise<KeyedRead> {
    const read = tableOf(stream);
    const parts = keys.flatMap((key) => {
      const split = splitKey(key, read.keyColumns.length);
      return split === null ? [] : [split];
    });
    const rows = await this.#ask(stream, async (client) => {
      signal.throwIfAborted();
      const { text, values } = lookupStatement(read, await columnsOf(client, read), parts);
      return (await client.query<{ json: string }>(text, [...values])).rows;
    });
    signal.throwIfAborted();
    let offset = 0;
    const items = rows.map(({ json }): ReadItem => {
      const bytes = Buffer.from(json, 'utf8');
      const position = offset;
      offset += bytes.length;
      return { position, bytes, after: null, bytesRead: offset };
    });
    return { items, decoder: () => rowDecoder(stream) };
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#pool.end());
  }

  async #ask<T>(stream: StreamDefinition, work: (client: Client) => Promise<T>): Promise<T> {
    try {
      return await inTransaction(this.#pool, work);
    } catch (error) {
      throw explained(error, `${stream.stream} cannot be read`);
    }
  }
}
