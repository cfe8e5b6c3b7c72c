// Opens connections by their definition and keeps them open. Secrets are resolved here, at the last moment.

import { ZodError } from 'zod';
import { resolveSecrets } from '../config/secrets.ts';
import type { ConnectionDefinition } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import type { Destination, DestinationContext } from '../destinations/destination.ts';
import { postgresDestination } from '../destinations/postgres/destination.ts';
import { destinationKinds } from '../destinations/registry.ts';
import { sourceKinds } from '../sources/registry.ts';
import type { Source, SourcePlace } from '../sources/source.ts';

/** A range is a few seconds of work, and a small part of a file that is worth reading in parallel. */
const RANGE_BYTES = 64 * 1024 * 1024;

export interface ConnectionOptions {
  readonly projectDir: string;
  readonly storeUrl: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface Connections {
  source(connection: ConnectionDefinition): Promise<Source>;
  destination(connection: ConnectionDefinition): Promise<Destination>;
  close(): Promise<void>;
}

export function openConnections(options: ConnectionOptions): Connections {
  const sources = new Map<string, Promise<Source>>();
  const destinations = new Map<string, Promise<Destination>>();
  return {
    source: (connection) => kept(sources, connection, () => openSource(connection, options)),
    destination: (connection) => kept(destinations, connection, () => openDestination(connection, options)),
    close: async () => {
      const open = await Promise.allSettled([...sources.values(), ...destinations.values()]);
      await Promise.all(open.flatMap((one) => (one.status === 'fulfilled' ? [one.value.close()] : [])));
    },
  };
}

/** One open connection for each definition; a failure is not kept. */
function kept<T>(open: Map<string, Promise<T>>, connection: ConnectionDefinition, start: () => Promise<T>): Promise<T> {
  const key = JSON.stringify(connection);
  const known = open.get(key) ?? start();
  open.set(key, known);
  known.catch(() => open.delete(key));
  return known;
}

/** Where a record of a planned read stands, by the kind of its source; opens nothing. */
export function locate(kind: string, plan: unknown, position: number): SourcePlace | null {
  return sourceKinds.get(kind)?.locate(plan, position) ?? null;
}

async function openSource(
  connection: ConnectionDefinition,
  { projectDir, storeUrl, env }: ConnectionOptions,
): Promise<Source> {
  const kind = sourceKinds.get(connection.kind);
  if (kind === undefined) throw unusable(connection, 'cannot be read from');
  const settings = await resolveSecrets(connection, { env, projectDir });
  return kind.open(
    connection,
    parsed(connection, () => kind.parse(settings)),
    { projectDir, storeUrl, rangeBytes: Number(env['TRIBUTARY_RANGE_BYTES'] ?? RANGE_BYTES) },
  );
}

async function openDestination(
  connection: ConnectionDefinition,
  { projectDir, storeUrl, env }: ConnectionOptions,
): Promise<Destination> {
  const kind = destinationKinds.get(connection.kind);
  if (kind === undefined) throw unusable(connection, 'cannot be delivered to');
  const settings = await resolveSecrets(connection, { env, projectDir });
  const context: DestinationContext = {
    projectDir,
    storeUrl,
    tables: (owner, schema) => postgresDestination.open(owner, { url: storeUrl, schema }, context),
  };
  return kind.open(
    connection,
    parsed(connection, () => kind.parse(settings)),
    context,
  );
}

function unusable(connection: ConnectionDefinition, why: string): SyncError {
  return new SyncError('config.invalid', { message: `connection ${connection.name}: kind ${connection.kind} ${why}` });
}

/** A ZodError names paths and expectations, never the values: secrets stay out of the message. */
function parsed<T>(connection: ConnectionDefinition, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    const issues = error.issues.map((issue) => `${issue.path.join('.') || 'settings'}: ${issue.message}`);
    throw new SyncError('config.invalid', { message: `connection ${connection.name}: ${issues.join('; ')}` });
  }
}
