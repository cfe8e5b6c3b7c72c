import { readRunning, dataDirOf } from '../../runtime/running.ts';
import { defaultWorkerCount } from '../../runtime/services.ts';
import { openProject } from '../../runtime/project.ts';
import type { Cli } from '../main.ts';
import { EXIT, paint, print, printJson, say } from '../output.ts';
import { countOption, portOption } from '../options.ts';
import { startOwn } from '../session.ts';

export function addUp({ program, act }: Cli): void {
  program
    .command('up')
    .description('run the services and workers of the project in the foreground, until Ctrl-C')
    .option('--workers <n>', 'worker processes', countOption, defaultWorkerCount())
    .option(
      '--metrics-port <port>',
      'Prometheus metrics of the first worker on this port of 127.0.0.1; the others count up',
      portOption,
    )
    .action(
      act(async ({ project: dir, json }, { workers, metricsPort }: { workers: number; metricsPort?: number }) => {
        const stop = stopSignal();
        const project = await openProject(dir);
        const services = await startOwn(project, {
          workers,
          signal: stop,
          ...(metricsPort === undefined ? {} : { metricsPort }),
        });
        const running = await readRunning(dataDirOf(project.dir));
        const { temporal, postgres } = services;
        const up = {
          project: project.name,
          temporal_ui: temporal.uiUrl,
          temporal: temporal.connect.address,
          workers,
          pid: process.pid,
          worker_pids: services.workerPids,
        };
        if (json) printJson(up);
        else {
          print(
            `${paint('bold', project.name)} is up with ${workers} worker${workers === 1 ? '' : 's'}; stop it with Ctrl-C.`,
          );
          print(`  Temporal    ${temporal.connect.address}${temporal.embedded ? ' (embedded)' : ''}`);
          print(`  Temporal UI ${temporal.uiUrl ?? 'not known'}`);
          print(`  PostgreSQL  ${postgres.embedded ? 'embedded' : 'given by DATABASE_URL'}`);
          print(`  data        ${services.dataDir}`);
        }
        if (running === null) say('the services stopped unexpectedly');
        await new Promise<void>((resolve) => {
          if (stop.aborted) resolve();
          stop.addEventListener('abort', () => resolve());
        });
        say('stopping: workers finish what they are doing …');
        await services.stop();
        return EXIT.done;
      }),
    );
}

/** Aborted by the first Ctrl-C or SIGTERM; a second one ends the process at once. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(EXIT.failed);
      stop.abort(new Error('stopped'));
    });
  }
  return stop.signal;
}
