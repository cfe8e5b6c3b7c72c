import type { Project } from '../../config/load.ts';
import { SyncError } from '../../domain/errors.ts';
import { adaptersOf } from '../../runtime/receiver/systems.ts';
import { readRunning, dataDirOf } from '../../runtime/running.ts';
import { defaultWorkerCount } from '../../runtime/services.ts';
import { openProject } from '../../runtime/project.ts';
import type { Cli } from '../main.ts';
import { EXIT, paint, print, printJson, say } from '../output.ts';
import { countOption, portOption } from '../options.ts';
import { deployAtStart } from '../deployment.ts';
import { startOwn } from '../session.ts';

interface UpOptions {
  readonly workers: number;
  readonly metricsPort?: number;
  readonly port?: number;
  readonly schedules: boolean;
}

export function addUp({ program, act }: Cli): void {
  program
    .command('up')
    .description('run the services and workers of the project in the foreground, until Ctrl-C')
    .option('--workers <n>', 'worker processes', countOption, defaultWorkerCount())
    .option(
      '--metrics-port <port>',
      'Prometheus metrics of the first worker on this port of 127.0.0.1; the others count up, the receiver comes last',
      portOption,
    )
    .option('--port <port>', 'events are received on this port of 127.0.0.1; default: `receiver.port`', portOption)
    .option('--no-schedules', 'leave the schedules on the server as they are; otherwise they are deployed')
    .action(
      act(async ({ project: dir, json }, { workers, metricsPort, port, schedules }: UpOptions) => {
        const stop = stopSignal();
        const project = await openProject(dir);
        const services = await startOwn(project, {
          workers,
          signal: stop,
          ...(metricsPort === undefined ? {} : { metricsPort }),
          ...(receives(project) ? { receiverPort: port ?? project.receiver.port } : {}),
        });
        await sayMissingSecrets(project);
        const deployed = await deployAtStart({ project: dir, json }, schedules);
        const running = await readRunning(dataDirOf(project.dir));
        const { temporal, postgres } = services;
        const up = {
          project: project.name,
          temporal_ui: temporal.uiUrl,
          temporal: temporal.connect.address,
          receiver: services.receiverUrl,
          workers,
          pid: process.pid,
          worker_pids: services.workerPids,
          schedules: deployed,
        };
        if (json) printJson(up);
        else {
          print(
            `${paint('bold', project.name)} is up with ${workers} worker${workers === 1 ? '' : 's'}; stop it with Ctrl-C.`,
          );
          print(`  Temporal    ${temporal.connect.address}${temporal.embedded ? ' (embedded)' : ''}`);
          print(`  Temporal UI ${temporal.uiUrl ?? 'not known'}`);
          if (services.receiverUrl !== null) print(`  events      ${services.receiverUrl}`);
          print(`  PostgreSQL  ${postgres.embedded ? 'embedded' : 'given by DATABASE_URL'}`);
          print(`  schedules   ${deployed === null ? 'as they were' : deployed}`);
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

/** Where no system may send events, there is nothing to receive. */
function receives({ systems }: Project): boolean {
  return Object.keys(systems).length > 0;
}

async function sayMissingSecrets(project: Project): Promise<void> {
  for (const system of Object.values(project.systems)) {
    const adapters = await adaptersOf(system, project);
    if (adapters instanceof SyncError) say(`warning: ${adapters.message}; requests of ${system.name} are refused`);
  }
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
