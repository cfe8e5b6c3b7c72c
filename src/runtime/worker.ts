// One worker process: workflows and activities of the project's queue, and a queue of its own for batches in its memory.

import { randomBytes } from 'node:crypto';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import {
  type ActivityInterceptorsFactory,
  DefaultLogger,
  NativeConnection,
  Runtime,
  type TelemetryOptions,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { createActivities } from '../../activities/index.ts';
import { compose, type Composition } from './composition.ts';
import { openProject } from './project.ts';
import { bucketOverrides, type Measure, measureOn } from './metrics/meter.ts';
import { observer } from './metrics/observe.ts';
import { freshness } from '../steps/freshness.ts';
import { Sampler } from './metrics/sample.ts';
import { connectionOptions } from './temporal-connect.ts';
import { keepUp, type Upkeep } from './upkeep.ts';
import type { WorkerConfig } from './worker-config.ts';
import { eventQueue } from '../domain/task-queues.ts';
import { pauseSchedule, scheduleId } from '../triggers/schedules.ts';
import { sweepIntakes } from '../triggers/sweep-intakes.ts';
import { IntakeWaker } from '../triggers/wake-intake.ts';
import type { EventStream } from '../store/inbox.ts';
import { workflowBundlePath } from './workflow-bundle.ts';

export interface WorkerHooks {
  /** Aborted: stop polling, let what runs finish. */
  readonly signal: AbortSignal;
  onReady(): void;
}

/**
 * Activities at once in a process. One computes while the database works for another process: measured a quarter faster
 * than six, which came to lie in one process while the other one idled, and it needs memory for one batch only.
 */
const ACTIVITIES = 1;
/** Batches that the process holds in its memory: the next one is begun while the last one is being stored. */
const OWN_ACTIVITIES = 2;
/** Drains of event streams, which wait most of the time. */
const EVENT_ACTIVITIES = 50;

/** Runs until the signal; resolves when everything has drained. */
export async function runWorker(config: WorkerConfig, { signal, onReady }: WorkerHooks): Promise<void> {
  const metrics = exporterOf(config);
  Runtime.install({
    logger: new DefaultLogger('WARN'),
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'WARN' }, forward: {} }, ...metrics },
    shutdownSignals: [],
  });
  const measure = config.metricsPort === undefined ? null : measureOn(Runtime.instance().metricMeter);
  const ownQueue = `${config.taskQueue}@${process.pid}-${randomBytes(3).toString('hex')}`;
  const options = connectionOptions(config.temporal);
  const [native, connection] = await Promise.all([NativeConnection.connect(options), Connection.connect(options)]);
  const client = new Client({ connection, namespace: config.temporal.namespace });
  const waker = new IntakeWaker(client, { taskQueue: config.taskQueue, onError: warnOfIntake });
  const { projectDir, databaseUrl } = config;
  const composition = await compose({
    projectDir,
    databaseUrl,
    ownQueue,
    isWorkflowOpen: (runId) => isOpen(client, runId),
    pauseSchedule: async (project, sync, to) => void (await pauseSchedule(client, scheduleId(project, sync), to)),
    stopping: signal,
    wakeIntakes: (streams) => waker.wakeAll(streams),
  });
  const shared = {
    connection: native,
    namespace: config.temporal.namespace,
    taskQueue: config.taskQueue,
    activities: createActivities(composition.deps),
    ...(measure === null ? {} : { interceptors: { activity: [counting(composition, measure)] } }),
    maxHeartbeatThrottleInterval: '5s',
    shutdownGraceTime: '15s',
    shutdownForceTime: '20s',
  } satisfies WorkerOptions;
  try {
    const workers = await createWorkers(shared, ownQueue);
    const running = Promise.all(workers.map((worker) => worker.run()));
    const stop = (): void => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    onReady();
    const over = new AbortController();
    const ending = AbortSignal.any([signal, over.signal]);
    const upkeep = keepUp(upkeepOf(composition, { projectDir, measure }), ending);
    const sweep = sweepIntakes(
      { pool: composition.deps.store.pool, waker, isOpen: (id) => isOpen(client, id) },
      ending,
    );
    await running.finally(() => over.abort());
    await Promise.all([upkeep, sweep]);
  } finally {
    await composition.close();
    await connection.close();
    await native.close();
  }
}

function createWorkers(shared: WorkerOptions & { readonly taskQueue: string }, ownQueue: string): Promise<Worker[]> {
  return Promise.all([
    Worker.create({
      ...shared,
      workflowBundle: { codePath: workflowBundlePath() },
      maxConcurrentActivityTaskExecutions: ACTIVITIES,
    }),
    Worker.create({
      ...shared,
      taskQueue: eventQueue(shared.taskQueue),
      maxConcurrentActivityTaskExecutions: EVENT_ACTIVITIES,
    }),
    Worker.create({ ...shared, taskQueue: ownQueue, maxConcurrentActivityTaskExecutions: OWN_ACTIVITIES }),
  ]);
}

function warnOfIntake({ system, stream }: EventStream, error: unknown): void {
  Runtime.instance().logger.warn(`the intake of ${system}/${stream} could not be woken: ${String(error)}`);
}

/** Only this machine may look. */
function exporterOf({ metricsPort }: WorkerConfig): Pick<TelemetryOptions, 'metrics'> {
  if (metricsPort === undefined) return {};
  const prometheus = { bindAddress: `127.0.0.1:${metricsPort}`, histogramBucketOverrides: bucketOverrides() };
  return { metrics: { prometheus } };
}

function counting({ deps }: Composition, measure: Measure): ActivityInterceptorsFactory {
  const observe = observer({ db: deps.store.pool, measure });
  return (context) => ({ inbound: observe(context.info.activityType) });
}

function upkeepOf(
  { deps }: Composition,
  { projectDir, measure }: { readonly projectDir: string; readonly measure: Measure | null },
): Upkeep {
  const sampler =
    measure === null
      ? null
      : new Sampler(deps.store.pool, measure, async () => freshness(deps.store.pool, await openProject(projectDir)));
  return {
    ...(sampler === null ? {} : { sample: () => sampler.sample() }),
    store: deps.store,
    project: () => openProject(projectDir),
    warn: (message) => Runtime.instance().logger.warn(message),
  };
}

async function isOpen(client: Client, runId: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(runId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
