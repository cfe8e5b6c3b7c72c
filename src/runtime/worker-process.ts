// The program of an embedded worker process, forked by the supervisor.

import { runSupervised } from './supervised.ts';
import { WORKER_CONFIG } from './worker-config.ts';
import { runWorker } from './worker.ts';

await runSupervised(WORKER_CONFIG, runWorker);
