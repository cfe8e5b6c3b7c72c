import { z } from 'zod';
import { addressOf, createPool } from '../../postgres/client.ts';
import type { SourceKind } from '../source.ts';
import { READER_NAME } from './plan.ts';
import { PostgresSource } from './source.ts';

const settingsSchema = z.strictObject({
  url: z
    .string()
    .min(1)
    .describe('postgres://… of the database, or beside:NAME for one on the server of Tributary’s own store.'),
  schema: z.string().min(1).default('public').describe('The schema of tables that are named without one.'),
});

/** Reads that wait for their next batch keep their connection. */
const CONNECTIONS = 8;

/** Tables, views and queries of a PostgreSQL database. */
export const postgresSource: SourceKind = {
  kind: 'postgres',
  tables: true,
  parse: (settings) => settingsSchema.parse(settings),
  async open(_connection, settings, context) {
    const { url, schema } = settingsSchema.parse(settings);
    const options = { max: CONNECTIONS, schema, readOnly: true, name: READER_NAME };
    return new PostgresSource(createPool(addressOf(url, context.storeUrl), options));
  },
  locate: () => null,
};
