// Code tables that live in a database: read when a run begins, and pinned with its definition.

import { MAX_CODES } from '../config/code-tables.ts';
import type { Project } from '../config/load.ts';
import { pinned, runDefinition } from '../config/run-definition.ts';
import type { Codes, CodeQuery, RunDefinition } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import { type Connections, openConnections } from './connections.ts';

/** The definition of a sync with the codes of today. Errors: `config.invalid`, and those of the destination. */
export async function definitionWithCodes(
  project: Project,
  sync: string,
  connections: Pick<Connections, 'destination'>,
): Promise<RunDefinition> {
  const definition = runDefinition(project, sync);
  const { map } = definition.sync;
  const read = new Map<string, Promise<Codes>>();
  const fields = Object.entries(map).map(async ([name, mapping]) => {
    const { codesFrom } = mapping;
    if (codesFrom === undefined) return [name, mapping] as const;
    const id = JSON.stringify(codesFrom);
    const codes = read.get(id) ?? readCodes(project, codesFrom, connections);
    read.set(id, codes);
    return [name, { ...mapping, codes: await codes }] as const;
  });
  const pinnedMap = Object.fromEntries(await Promise.all(fields));
  return read.size === 0 ? definition : pinned({ ...definition, sync: { ...definition.sync, map: pinnedMap } });
}

/** The same for a command, which has no connections open. */
export async function currentDefinition(
  { project, databaseUrl }: { readonly project: Project; readonly databaseUrl: string },
  sync: string,
): Promise<RunDefinition> {
  const connections = openConnections({ projectDir: project.dir, storeUrl: databaseUrl, env: process.env });
  try {
    return await definitionWithCodes(project, sync, connections);
  } finally {
    await connections.close();
  }
}

/** The codes of a table, each once. */
export async function readCodes(
  project: Pick<Project, 'connections'>,
  query: CodeQuery,
  connections: Pick<Connections, 'destination'>,
): Promise<Codes> {
  const connection = project.connections[query.connection];
  if (connection === undefined) throw new Error('the project was checked before');
  const destination = await connections.destination(connection);
  const rows = await destination.readCodes(query, MAX_CODES + 1);
  const what = `the code table ${query.table} of ${query.connection}`;
  if (rows.length === 0) throw wrong(`${what} is empty`);
  if (rows.length > MAX_CODES) throw wrong(`${what} has more than ${MAX_CODES} codes`);
  const codes = new Map<string, string | null>();
  for (const [code, value] of rows) {
    const known = codes.get(code);
    if (known !== undefined && known !== value) throw wrong(`${what} has two values for the code ${code}`);
    codes.set(code, value);
  }
  return Object.fromEntries(codes);
}

function wrong(message: string): SyncError {
  return new SyncError('config.invalid', { message });
}
