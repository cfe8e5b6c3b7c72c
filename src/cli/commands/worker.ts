import { z } from 'zod';
import { SyncError } from '../../domain/errors.ts';
import { openProject } from '../../runtime/project.ts';
import { givenCluster } from '../../runtime/temporal-connect.ts';
import { startTemporal } from '../../runtime/temporal.ts';
import { dataDirOf } from '../../runtime/running.ts';
import { migrate, openStore } from '../../store/store.ts';
import type { Cli } from '../main.ts';
import { portOption } from '../options.ts';
import { EXIT, say } from '../output.ts';
import { taskQueueOf } from '../session.ts';
import { stopSignal } from './up.ts';

export function addWorker({ program, act }: Cli): void {
  program
    .command('worker')
    .description(
      'run one worker process against given servers (DATABASE_URL, TEMPORAL_ADDRESS); start as many as you need',
    )
    .option('--metrics-port <port>', 'Prometheus metrics on this port of 127.0.0.1', portOption)
    .action(
      act(async ({ project: dir }, { metricsPort }: { metricsPort?: number }) => {
        // Only here: the worker's SDK takes half a second to load, which no other command needs.
        const { runWorker } = await import('../../runtime/worker.ts');
        const signal = stopSignal();
        const project = await openProject(dir);
        const databaseUrl = z.string().safeParse(process.env['DATABASE_URL']).data;
        if (databaseUrl === undefined || givenCluster(process.env) === undefined) {
          throw new SyncError('config.usage', {
            message:
              'a worker needs DATABASE_URL and TEMPORAL_ADDRESS (or a Temporal profile); `tributary up` starts servers of its own',
          });
        }
        const temporal = await startTemporal({
          dataDir: dataDirOf(project.dir),
          log: say,
          historiesMs: project.retention.historiesMs,
        });
        const store = openStore(databaseUrl, { connections: 1 });
        try {
          await migrate(store, project.name);
        } finally {
          await store.close();
        }
        const metrics = metricsPort === undefined ? {} : { metricsPort };
        const config = {
          projectDir: project.dir,
          databaseUrl,
          temporal: temporal.connect,
          taskQueue: taskQueueOf(project),
          ...metrics,
        };
        await runWorker(config, { signal, onReady: () => say(`worker ready on ${config.taskQueue}`) });
        return EXIT.done;
      }),
    );
}
