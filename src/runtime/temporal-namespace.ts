// What Tributary needs of a Temporal namespace: a server without known holes, retention, and search attributes.

import { isGrpcServiceError, type Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import { SyncError } from '../domain/errors.ts';
import type { Log } from './log.ts';
import { waitUntil } from './processes.ts';

/** temporal.api.enums.v1.IndexedValueType */
const KEYWORD = 2;
const INT = 3;
const TYPE_NAMES: Readonly<Record<number, string>> = {
  1: 'Text',
  2: 'Keyword',
  3: 'Int',
  4: 'Double',
  5: 'Bool',
  6: 'Datetime',
  7: 'KeywordList',
};

/** The search attributes of runs and schedules. Their values are never encoded, so they hold no personal data. */
export const SEARCH_ATTRIBUTES: Readonly<Record<string, number>> = {
  SyncName: KEYWORD,
  SyncObject: KEYWORD,
  SyncPhase: KEYWORD,
  SyncOutcome: KEYWORD,
  SyncQuarantined: INT,
};

const SAFE_VERSION = [1, 30, 4] as const;
const DAY_MS = 86_400_000;

const NOT_FOUND = 5;
/** gRPC codes of a server that lets others, or nobody, change search attributes through this service. */
const MAY_NOT_CHANGE = new Set([7 /* PERMISSION_DENIED */, 12 /* UNIMPLEMENTED */, 16 /* UNAUTHENTICATED */]);

export interface NamespaceOptions {
  readonly namespace: string;
  /** Our own server: its namespace is ours to change. */
  readonly embedded: boolean;
  /** Raise the retention of a given namespace too, if we may. */
  readonly setRetention?: boolean;
  /** How long histories of ended runs are kept. */
  readonly historiesMs: number;
  readonly log: Log;
}

/**
 * Checks the server and makes the namespace ready. May be run again and again, and by several at once.
 * Gives whether all search attributes exist: a given cluster may not let us add them, which is only warned about.
 */
export async function prepareNamespace(connection: Connection, options: NamespaceOptions): Promise<boolean> {
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  if (isBefore(serverVersion, SAFE_VERSION)) {
    options.log(`warning: Temporal server ${serverVersion} has known faults; use ${SAFE_VERSION.join('.')} or newer`);
  }
  await ensureRetention(connection, options);
  return ensureSearchAttributes(connection, options);
}

/** Whether a version such as `1.31.2` or `1.32.0-rc.1` is older; false for one that cannot be read. */
export function isBefore(version: string | null | undefined, least: readonly number[]): boolean {
  const found = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version ?? '');
  if (found === null) return false;
  for (const [index, wanted] of least.entries()) {
    const part = Number(found[index + 1]);
    if (part !== wanted) return part < wanted;
  }
  return false;
}

async function readRetention(connection: Connection, namespace: string): Promise<number> {
  try {
    const found = await connection.workflowService.describeNamespace({ namespace });
    return tsToMs(found.config?.workflowExecutionRetentionTtl);
  } catch (error) {
    if (!hasCode(error, NOT_FOUND)) throw error;
    throw new SyncError('runtime.temporal_unreachable', {
      message: `The Temporal server has no namespace ${namespace}. Create it (\`temporal operator namespace create -n ${namespace} --retention 336h\`) or set TEMPORAL_NAMESPACE`,
      cause: error,
    });
  }
}

/** A namespace of ours is set; another one is raised where that is asked for and allowed, else it is said. */
async function ensureRetention(connection: Connection, options: NamespaceOptions): Promise<void> {
  const { namespace, embedded, setRetention = false, log } = options;
  const wanted = Math.max(DAY_MS, options.historiesMs);
  const found = await readRetention(connection, namespace);
  if (found === wanted || (!embedded && found > wanted)) return;
  const config = { workflowExecutionRetentionTtl: msToTs(wanted) };
  const set = async (): Promise<unknown> => connection.workflowService.updateNamespace({ namespace, config });
  if (embedded) await set();
  else if (!setRetention || !(await isAllowed(set))) {
    const hours = Math.ceil(wanted / 3_600_000);
    log(
      `warning: the namespace ${namespace} keeps histories for ${found / DAY_MS} days, not for the ${wanted / DAY_MS} of \`retention.histories\`; somebody who may: temporal operator namespace update -n ${namespace} --retention ${hours}h`,
    );
  }
}

/** Whether the server let us do it. */
async function isAllowed(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    if (isGrpcServiceError(error) && MAY_NOT_CHANGE.has(error.code)) return false;
    throw error;
  }
}

async function ensureSearchAttributes(connection: Connection, options: NamespaceOptions): Promise<boolean> {
  try {
    const missing = missingFrom(await listTypes(connection, options.namespace));
    if (Object.keys(missing).length === 0) return true;
    await addAll(connection, options.namespace, missing);
    // Several frontends learn of it one after the other, through a cache.
    return await waitUntil(async () => allKnown(await listTypes(connection, options.namespace)), 30_000);
  } catch (error) {
    if (options.embedded || !(isGrpcServiceError(error) && MAY_NOT_CHANGE.has(error.code))) throw error;
    const flags = Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => `--name ${name} --type ${typeName(type)}`);
    options.log(
      `warning: search attributes could not be checked or added (${error.details}); runs cannot be searched by them until somebody who may runs: temporal operator search-attribute create -n ${options.namespace} ${flags.join(' ')}`,
    );
    return false;
  }
}

/** Another process may add the same meanwhile; what counts is that they are there afterwards. */
async function addAll(
  connection: Connection,
  namespace: string,
  searchAttributes: Record<string, number>,
): Promise<void> {
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    if (!allKnown(await listTypes(connection, namespace))) throw error;
  }
}

async function listTypes(connection: Connection, namespace: string): Promise<Readonly<Record<string, number>>> {
  const listed = await connection.operatorService.listSearchAttributes({ namespace });
  return listed.customAttributes;
}

function allKnown(types: Readonly<Record<string, number>>): boolean {
  return Object.keys(missingFrom(types)).length === 0;
}

/** The server says nothing when it is asked to add a name that exists with another type: so types are compared. */
function missingFrom(types: Readonly<Record<string, number>>): Record<string, number> {
  for (const [name, wanted] of Object.entries(SEARCH_ATTRIBUTES)) {
    const found = types[name];
    if (found === undefined || found === wanted) continue;
    throw new SyncError('runtime.temporal_unreachable', {
      message: `The search attribute ${name} exists in Temporal's namespace as ${typeName(found)}, Tributary needs ${typeName(wanted)}. Use a namespace of its own for Tributary (TEMPORAL_NAMESPACE)`,
      details: { name, found: typeName(found), wanted: typeName(wanted) },
    });
  }
  return Object.fromEntries(Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => types[name] === undefined));
}

function typeName(type: number): string {
  return TYPE_NAMES[type] ?? String(type);
}

function hasCode(error: unknown, wanted: number): boolean {
  if (!isGrpcServiceError(error)) return false;
  const code: number = error.code;
  return code === wanted;
}
