// What a worker process is told when it is started.

import { z } from 'zod';
import { TEMPORAL_CONNECT } from './temporal-connect.ts';

export const WORKER_CONFIG = z.object({
  /** The folder with tributary.yaml. */
  projectDir: z.string(),
  /** The store's database. */
  databaseUrl: z.string(),
  temporal: TEMPORAL_CONNECT,
  taskQueue: z.string(),
  /** Port for Prometheus metrics on 127.0.0.1; none when absent. */
  metricsPort: z.number().int().exactOptional(),
});

export type WorkerConfig = z.infer<typeof WORKER_CONFIG>;

/** The environment variable that carries a WorkerConfig as JSON. */
export const WORKER_CONFIG_VARIABLE = 'TRIBUTARY_WORKER';

const FAILURE = z.object({ code: z.string(), message: z.string() });

/** What a worker process says to its supervisor: once `ready`, or why it could not run. */
export const WORKER_MESSAGE = z.union([z.literal('ready'), z.object({ failed: FAILURE })]);

export type WorkerMessage = z.infer<typeof WORKER_MESSAGE>;
