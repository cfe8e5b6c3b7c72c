// What a receiver process is told when it is started.

import { z } from 'zod';
import { TEMPORAL_CONNECT } from '../temporal-connect.ts';

export const RECEIVER_CONFIG = z.object({
  /** The folder with tributary.yaml. */
  projectDir: z.string(),
  /** The store's database. */
  databaseUrl: z.string(),
  temporal: TEMPORAL_CONNECT,
  taskQueue: z.string(),
  host: z.string(),
  port: z.number().int(),
  /** Port for Prometheus metrics on 127.0.0.1; none when absent. */
  metricsPort: z.number().int().exactOptional(),
});

export type ReceiverConfig = z.infer<typeof RECEIVER_CONFIG>;
