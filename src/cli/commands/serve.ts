import { z } from 'zod';
import { SyncError } from '../../domain/errors.ts';
import { openProject } from '../../runtime/project.ts';
import { runReceiver } from '../../runtime/receiver/receiver.ts';
import { givenCluster } from '../../runtime/temporal-connect.ts';
import { migrate, openStore } from '../../store/store.ts';
import type { Cli } from '../main.ts';
import { portOption } from '../options.ts';
import { EXIT, say } from '../output.ts';
import { taskQueueOf } from '../session.ts';
import { stopSignal } from './up.ts';

interface ServeOptions {
  readonly host: string;
  readonly port?: number;
  readonly metricsPort?: number;
}

export function addServe({ program, act }: Cli): void {
  program
    .command('serve')
    .description(
      'receive events over HTTP, with given servers (DATABASE_URL, TEMPORAL_ADDRESS); `tributary up` does so by itself',
    )
    .option(
      '--host <address>',
      'the address to listen on; 0.0.0.0 for all of them, behind a proxy with TLS',
      '127.0.0.1',
    )
    .option('--port <port>', 'the port; default: `receiver.port`', portOption)
    .option('--metrics-port <port>', 'Prometheus metrics on this port of 127.0.0.1', portOption)
    .action(
      act(async ({ project: dir }, { host, port: given, metricsPort }: ServeOptions) => {
        const signal = stopSignal();
        const project = await openProject(dir);
        const databaseUrl = z.string().safeParse(process.env['DATABASE_URL']).data;
        const temporal = givenCluster(process.env);
        if (databaseUrl === undefined || temporal === undefined)
          throw new SyncError('config.usage', {
            message:
              'the receiver needs DATABASE_URL and TEMPORAL_ADDRESS (or a Temporal profile); `tributary up` starts servers and a receiver of its own',
          });
        if (Object.keys(project.systems).length === 0)
          throw new SyncError('config.usage', { message: 'there are no `systems` in tributary.yaml that send events' });
        const store = openStore(databaseUrl, { connections: 1 });
        try {
          await migrate(store, project.name);
        } finally {
          await store.close();
        }
        const port = given ?? project.receiver.port;
        const metrics = metricsPort === undefined ? {} : { metricsPort };
        const taskQueue = taskQueueOf(project);
        const config = { projectDir: project.dir, databaseUrl, temporal, taskQueue, host, port, ...metrics };
        await runReceiver(config, {
          signal,
          log: say,
          onReady: () => say(`events are received on http://${host}:${port}`),
        });
        return EXIT.done;
      }),
    );
}
