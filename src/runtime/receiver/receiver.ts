// The receiver, put together: the project's systems, the inbox, the intakes. It needs the store; Temporal may be away.

import { Client, Connection, WithStartWorkflowOperation } from '@temporalio/client';
import { SyncError } from '../../domain/errors.ts';
import { systemErrorCode } from '../../domain/system-errors.ts';
import { Counters } from '../../server/counters.ts';
import type { ReceiverDeps } from '../../server/deps.ts';
import { type Receiver, startReceiver } from '../../server/server.ts';
import { eventOutcome, type EventStream } from '../../store/inbox.ts';
import { InboxWriter } from '../../store/inbox-writer.ts';
import { openStore, type Store, storeError } from '../../store/store.ts';
import { INTAKE_WORKFLOW, intakeId, IntakeWaker } from '../../triggers/wake-intake.ts';
import type { Log } from '../log.ts';
import { openProject } from '../project.ts';
import { connectionOptions } from '../temporal-connect.ts';
import type { ReceiverConfig } from './config.ts';
import { serveMetrics } from './metrics.ts';
import { type LiveSystems, watchSystems } from './systems.ts';
import { WaitingCounts } from './waiting.ts';

/** A few for appends and outcomes; one that hangs is given up. */
const STORE_CONNECTIONS = 4;
const QUERY_TIMEOUT_MS = 10_000;
const AWAIT_UPDATE = 'awaitEvents';
/** What the update takes. */
const MAX_AWAITED = 100;
/** Over the wait itself, which the intake ends. */
const SPARE_MS = 2_000;
/** What all callers together may wait for. */
const MAX_WAITING = 1_000;

export interface ReceiverHooks {
  /** Aborted: stop listening, answer what is under way. */
  readonly signal: AbortSignal;
  readonly log: Log;
  onReady(): void;
}

/** Runs until the signal. Errors: `config.*`, `runtime.port`. */
export async function runReceiver(config: ReceiverConfig, { signal, log, onReady }: ReceiverHooks): Promise<void> {
  const { publicUrl } = (await openProject(config.projectDir)).receiver;
  const systems = await watchSystems(config.projectDir, log);
  const store = openStore(config.databaseUrl, { connections: STORE_CONNECTIONS, queryTimeoutMs: QUERY_TIMEOUT_MS });
  const connection = Connection.lazy(connectionOptions(config.temporal));
  const client = new Client({ connection, namespace: config.temporal.namespace });
  const counters = new Counters();
  const deps = depsOf({ config, systems, store, client, counters, publicUrl, log });
  const metrics = config.metricsPort === undefined ? null : await serveMetrics(config.metricsPort, counters);
  try {
    const receiver = await listen(deps, config);
    onReady();
    await aborted(signal);
    await receiver.stop();
  } finally {
    systems.stop();
    metrics?.close();
    await store.close();
    await connection.close();
  }
}

async function listen(deps: ReceiverDeps, { host, port }: ReceiverConfig): Promise<Receiver> {
  try {
    return await startReceiver(deps, { host, port });
  } catch (cause) {
    const code = systemErrorCode(cause);
    const why = code === 'EADDRINUSE' ? 'somebody else listens there' : `the system says ${code ?? 'no'}`;
    throw new SyncError('runtime.port', { message: `the receiver cannot listen on ${host}:${port}: ${why}`, cause });
  }
}

interface Parts {
  readonly config: ReceiverConfig;
  readonly systems: LiveSystems;
  readonly store: Store;
  readonly client: Client;
  readonly counters: Counters;
  readonly publicUrl: string | null;
  readonly log: Log;
}

function depsOf({ config, systems, store, client, counters, publicUrl, log }: Parts): ReceiverDeps {
  const { taskQueue } = config;
  const writer = new InboxWriter(store.pool);
  const waiting = new WaitingCounts(store.pool);
  const tell = seldom(log);
  const waker = new IntakeWaker(client, {
    taskQueue,
    onError: ({ system, stream }, error) =>
      tell(`warning: the intake of ${system}/${stream} could not be woken; the sweep will find it: ${textOf(error)}`),
  });
  let awaited = 0;
  const settled: ReceiverDeps['settled'] = async (stream, ids, waitMs) => {
    if (awaited >= MAX_WAITING || ids.length > MAX_AWAITED) return;
    awaited += 1;
    await awaitOutcome({ client, taskQueue }, stream, { ids, waitMs }).catch(() => {});
    awaited -= 1;
  };
  return {
    systems: systems.current,
    append: (events) => fromStore(writer.append(events)),
    outcome: (id) => fromStore(eventOutcome(store.pool, id)),
    waiting: (system, limit) => waiting.of(system, limit),
    wake: (stream) => void waker.wake(stream),
    settled,
    ready: () => answers(store),
    now: () => Date.now(),
    publicUrl,
    counters,
    failed: (error) => tell(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  };
}

/** By Temporal's Update-with-Start: the intake is there or starts, and answers when the events are done. */
async function awaitOutcome(
  { client, taskQueue }: { readonly client: Client; readonly taskQueue: string },
  stream: EventStream,
  { ids, waitMs }: { readonly ids: readonly number[]; readonly waitMs: number },
): Promise<void> {
  const startWorkflowOperation = new WithStartWorkflowOperation(INTAKE_WORKFLOW, {
    workflowId: intakeId(stream),
    taskQueue,
    args: [{ system: stream.system, stream: stream.stream }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `events of ${stream.system}/${stream.stream}`,
  });
  const args: [{ ids: readonly number[]; waitMs: number }] = [{ ids, waitMs }];
  await client.connection.withDeadline(Date.now() + waitMs + SPARE_MS, () =>
    client.workflow.executeUpdateWithStart(AWAIT_UPDATE, { args, startWorkflowOperation }),
  );
}

async function fromStore<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw storeError(error);
  }
}

async function answers({ pool }: Store): Promise<boolean> {
  return pool.query('select 1').then(
    () => true,
    () => false,
  );
}

/** One line in five seconds: a storm of errors is one error. */
function seldom(log: Log): Log {
  let last = 0;
  return (line) => {
    if (Date.now() - last < 5_000) return;
    last = Date.now();
    log(line);
  };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
