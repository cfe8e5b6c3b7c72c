// What one run of a sync executes, cut out of the project and hashed.

import { createHash } from 'node:crypto';

import type {
  ConnectionDefinition,
  FunctionsDefinition,
  ObjectDefinition,
  RunDefinition,
  SyncDefinition,
} from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import { userFunctionsIn } from '../domain/user-functions.ts';
import { mapValues } from './compile.ts';
import type { Project } from './load.ts';
import { nearest } from '../domain/suggest.ts';

/** Raised when decoding, transform functions or rules begin to answer otherwise for the same definition. */
export const READER_VERSION = 2;

/**
 * The definition of a sync as plain data, with the objects it refers to and the connections they use. Comments and the
 * order of keys change neither hash; `readerHash` changes with whatever decides what a source record becomes.
 *
 * Errors: `config.unknown_sync`.
 */
export function runDefinition(project: Project, syncName: string): RunDefinition {
  const sync = own(project.syncs, syncName);
  if (sync === undefined) throw unknownSync(project, syncName);
  const objects = reachable(project, sync.object);
  const used = new Set([sync.stream.connection, ...Object.values(objects).map((object) => object.destination)]);
  const connections = pick(project.connections, used);
  const { functions } = project;
  const called = functions === null || userFunctionsIn(sync.map).length === 0 ? {} : { functions };
  return pinned({ sync, objects, connections, ...called });
}

/** The same with its hashes. */
export function pinned({ functions, ...rest }: Omit<RunDefinition, 'hash' | 'readerHash'>): RunDefinition {
  const { sync, objects, connections } = rest;
  const called = functions === undefined ? {} : { functions };
  return {
    hash: hashOf({ sync, objects, connections, ...called }),
    readerHash: readerHash(sync, objects[sync.object], called.functions),
    sync,
    objects,
    connections,
    ...called,
  };
}

function readerHash(
  sync: SyncDefinition,
  object: ObjectDefinition | undefined,
  functions: FunctionsDefinition | undefined,
): string {
  const fields = mapValues(object?.fields ?? {}, ({ type, required }) => ({ type, required }));
  // Which files are read, and when, changes nothing about what a record of them becomes.
  const { files: _files, settleMs: _settleMs, complete: _complete, unpack: _unpack, table, ...files } = sync.stream;
  const rows = table === undefined ? {} : { table: { table: table.table, query: table.query, cursor: table.cursor } };
  const stream = { ...files, ...rows };
  const called = functions === undefined ? {} : { functions: functions.hash };
  return hashOf({
    version: READER_VERSION,
    stream,
    where: sync.where,
    map: sync.map,
    check: sync.check,
    fields,
    ...called,
  });
}

/** The object and, through references, all others that its records need. */
function reachable(project: Project, name: string): Record<string, ObjectDefinition> {
  const found = new Set([name]);
  for (const next of found) {
    for (const field of Object.values(own(project.objects, next)?.fields ?? {})) {
      if (field.reference !== undefined) found.add(field.reference.object);
    }
  }
  return pick(project.objects, found);
}

function pick<T extends ConnectionDefinition | ObjectDefinition>(
  from: Readonly<Record<string, T>>,
  names: ReadonlySet<string>,
): Record<string, T> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.has(name)));
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function unknownSync(project: Project, name: string): SyncError {
  const names = Object.keys(project.syncs);
  const suggestion = nearest(name, names);
  const hint = suggestion === undefined ? `there are ${names.join(', ') || 'none'}` : `did you mean ${suggestion}?`;
  return new SyncError('config.unknown_sync', {
    message: `there is no sync ${name}; ${hint}`,
    details: suggestion === undefined ? { sync: name } : { sync: name, suggestion },
  });
}

/** SHA-256 of the canonical JSON, in hex. */
function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** JSON with the keys of every map in code unit order. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
