// A project with everything that can be broken: servers of its own, a proxy on every link of the workers, and workers.
//
//   campaign ───────────────────────────────▶ PostgreSQL, Temporal   (never disturbed links)
//   workers ──▶ proxies: store, crm, temporal ──▶ PostgreSQL, Temporal

import { mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { createPool, type Pool } from '../../src/postgres/client.ts';
import { ensureDatabase, type PostgresService, startPostgres } from '../../src/runtime/postgres.ts';
import { startTemporal, type TemporalService } from '../../src/runtime/temporal.ts';
import { migrate, openStore } from '../../src/store/store.ts';
import { startTcpProxy, type TcpProxy, through } from '../../test/support/tcp-proxy.ts';
import { Control } from './control.ts';
import { Crew } from './crew.ts';
import { Exports } from './exports.ts';
import { FAKETIME, fakeServerClock } from './faketime.ts';
import { CRM_SQL, PROJECT, writeProject } from './project.ts';
import { World } from './world.ts';

export type LinkName = 'store' | 'crm' | 'temporal';

export interface Lab {
  readonly dir: string;
  readonly world: World;
  readonly exports: Exports;
  readonly control: Control;
  readonly crew: Crew;
  readonly postgres: PostgresService;
  readonly temporal: TemporalService;
  readonly links: Readonly<Record<LinkName, TcpProxy>>;
  readonly client: Client;
  readonly taskQueue: string;
  readonly store: Pool;
  readonly crm: Pool;
  /** Where programs of the project put temporary files. */
  readonly tmpDir: string;
  /** PostgreSQL's clock can be set. */
  readonly fakeServerClock: boolean;
  stop(): Promise<void>;
}

export interface LabOptions {
  readonly dir: string;
  readonly seed: number;
  readonly records: number;
  /** Name of a seeded bug; empty for none. */
  readonly bug: string;
}

const WORKERS = 2;

export async function openLab({ dir, seed, records, bug }: LabOptions): Promise<Lab> {
  const dataDir = join(dir, 'data');
  const tmpDir = join(dir, 'tmp');
  mkdirSync(tmpDir, { recursive: true });
  writeProject(dir);
  const world = new World(seed, records);
  const exports = new Exports(join(dir, 'exports'), world);
  const output = openSync(join(dir, 'lab.log'), 'a');
  const log = (line: string): void => void writeSync(output, `${line}\n`);
  const faked = fakeServerClock(dir);
  const postgres = await startPostgres({ dataDir, log, env: {} });
  const temporal = await startTemporal({ dataDir, log, env: {} });
  const crmUrl = await ensureDatabase(postgres.url, 'crm');
  const links = {
    store: await startTcpProxy({ port: Number(new URL(postgres.url).port) }),
    crm: await startTcpProxy({ port: Number(new URL(postgres.url).port) }),
    temporal: await startTcpProxy({ port: Number(temporal.connect.address.split(':')[1]) }),
  };
  const ownStore = openStore(postgres.url, { connections: 2 });
  await migrate(ownStore, PROJECT);
  const crm = createPool(crmUrl, { max: 3 });
  await crm.query(CRM_SQL);
  const control = new Control(join(dir, 'control'));
  const taskQueue = `tributary-${PROJECT}`;
  const crew = crewOf({ dir, bug, taskQueue }, { postgres, temporal, crmUrl, links });
  const connection = await Connection.connect({ address: temporal.connect.address });
  const stop = async (): Promise<void> => {
    await crew.stop();
    await Promise.all([crm.end(), ownStore.close(), connection.close()]);
    await Promise.all(Object.values(links).map((link) => link.close()));
    await temporal.stop();
    await postgres.stop();
    faked.end();
  };
  await crew.untilReady();
  const client = new Client({ connection, namespace: temporal.connect.namespace });
  return {
    dir,
    world,
    exports,
    control,
    crew,
    postgres,
    temporal,
    links,
    client,
    taskQueue,
    tmpDir,
    crm,
    stop,
    store: ownStore.pool,
    fakeServerClock: faked.works,
  };
}

interface Servers {
  readonly postgres: PostgresService;
  readonly temporal: TemporalService;
  readonly crmUrl: string;
  readonly links: Lab['links'];
}

function crewOf(
  { dir, bug, taskQueue }: Pick<LabOptions, 'dir' | 'bug'> & Pick<Lab, 'taskQueue'>,
  { postgres, temporal, crmUrl, links }: Servers,
): Crew {
  return new Crew({
    count: WORKERS,
    config: {
      projectDir: dir,
      databaseUrl: through(links.store, postgres.url),
      temporal: { ...temporal.connect, address: `127.0.0.1:${links.temporal.port}` },
      taskQueue,
    },
    env: {
      ...withoutOurs(process.env),
      CRM_URL: through(links.crm, crmUrl),
      CHAOS_CONTROL: join(dir, 'control'),
      CHAOS_BUG: bug,
      TMPDIR: join(dir, 'tmp'),
    },
    logFile: join(dir, 'worker.log'),
  });
}

export function removeLab(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
}

/** What the caller's environment names is not for the workers, nor is the server's clock. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ours = new Set(['DATABASE_URL', 'TEMPORAL_ADDRESS', 'TRIBUTARY_DATA_DIR', ...FAKETIME]);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ours.has(name)));
}
