import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { isAlive, waitUntil } from '../../src/runtime/processes.ts';
import { connectionOptions } from '../../src/runtime/temporal-connect.ts';
import { startTemporal, type TemporalService } from '../../src/runtime/temporal.ts';
import { compileProgram, dataDirWithFreePorts, runUntilItPrints } from './runtime-support.ts';

let dataDir: string;
let running: TemporalService[];
let said: string[];

beforeEach(async () => {
  dataDir = await dataDirWithFreePorts();
  running = [];
  said = [];
});

afterEach(async () => {
  for (const service of running) await service.stop();
  rmSync(join(dataDir, '..'), { recursive: true, force: true });
});

/** The environment without a cluster: what the machine itself names must not decide these tests. */
const NONE = { TEMPORAL_ADDRESS: undefined, TEMPORAL_PROFILE: undefined, TEMPORAL_CONFIG_FILE: '/no/such/file' };

function log(line: string): void {
  said.push(line);
}

async function start(env: NodeJS.ProcessEnv = {}): Promise<TemporalService> {
  const service = await startTemporal({ dataDir, log, env: { ...process.env, ...NONE, ...env } });
  running.push(service);
  return service;
}

async function withConnection<T>(service: TemporalService, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect(connectionOptions(service.connect));
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

function namespaceFacts(service: TemporalService): Promise<unknown> {
  return withConnection(service, async ({ workflowService, operatorService }) => {
    const { config } = await workflowService.describeNamespace({ namespace: 'default' });
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace: 'default' });
    return {
      retentionHours: tsToMs(config?.workflowExecutionRetentionTtl) / 3_600_000,
      sync: Object.fromEntries(Object.entries(customAttributes).filter(([name]) => name.startsWith('Sync'))),
    };
  });
}

const READY = {
  retentionHours: 336,
  sync: { SyncName: 2, SyncObject: 2, SyncPhase: 2, SyncOutcome: 2, SyncQuarantined: 3 },
};

test('the embedded server has a web UI, two weeks of retention and the search attributes, also after a restart', async () => {
  const first = await start();
  expect(first).toMatchObject({ embedded: true, searchAttributes: true, connect: { namespace: 'default' } });
  expect(first.connect.address).toMatch(/^127\.0\.0\.1:\d+$/);
  expect((await fetch(first.uiUrl ?? '')).status).toBe(200);
  expect(await namespaceFacts(first)).toEqual(READY);
  const { pid = -1 } = first;
  await first.stop();
  expect(isAlive(pid)).toBe(false);

  const second = await start();
  expect(second.connect).toEqual(first.connect);
  expect(second.uiUrl).toBe(first.uiUrl);
  expect(await namespaceFacts(second)).toEqual(READY);
});

test('two projects run beside each other, on other ports', async () => {
  const first = await start();
  dataDir = join(dataDir, '../other');
  const second = await start();
  expect(second.connect.address).not.toBe(first.connect.address);
  expect(second.uiUrl).not.toBe(first.uiUrl);
});

test('a server that crashed is started again at the same address', async () => {
  const service = await start();
  const crashed = service.pid ?? -1;
  process.kill(crashed, 'SIGKILL');
  const back = await waitUntil(async () => service.pid !== crashed && (await reachable(service)), 60_000);
  expect(back).toBe(true);
  expect(said).toEqual([`warning: Temporal (process ${crashed}) was ended by SIGKILL; starting it again`]);
});

test('a server left running by an owner that was killed is stopped and started anew', async () => {
  const program = compileProgram(
    ['src/runtime/temporal.ts'],
    `import { startTemporal } from './src/runtime/temporal.js';
     const service = await startTemporal({ dataDir: ${JSON.stringify(dataDir)}, log: () => {}, env: { ...process.env, TEMPORAL_CONFIG_FILE: '/no/such/file' } });
     process.stdout.write(JSON.stringify({ pid: service.pid, connect: service.connect }) + '\\n');`,
  );
  const { child: owner, printed } = await runUntilItPrints(program.path);
  const left = z.object({ pid: z.number(), connect: z.unknown() }).parse(JSON.parse(printed));
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  expect(isAlive(left.pid)).toBe(true);

  const service = await start();
  expect(isAlive(left.pid)).toBe(false);
  expect(service.connect).toEqual(left.connect);
  expect(said).toEqual([`stopping Temporal (process ${left.pid}), left running by a Tributary that was killed`]);
  program.remove();
});

test('a given cluster is used as it is, nothing is started, and what is wrong with it is said', async () => {
  const cluster = await start();
  dataDir = join(dataDir, '../elsewhere');
  const given = await start({ TEMPORAL_ADDRESS: cluster.connect.address, TRIBUTARY_TEMPORAL_UI: 'http://ui' });
  expect(given).toMatchObject({
    embedded: false,
    searchAttributes: true,
    connect: cluster.connect,
    uiUrl: 'http://ui',
  });
  expect(given.pid).toBeUndefined();
  await given.stop();
  expect(await reachable(cluster)).toBe(true);

  await expect(start({ TEMPORAL_ADDRESS: cluster.connect.address, TEMPORAL_NAMESPACE: 'crm' })).rejects.toMatchObject({
    code: 'runtime.temporal_unreachable',
    message: expect.stringContaining('has no namespace crm'),
  });
  await expect(start({ TEMPORAL_ADDRESS: '127.0.0.1:1' })).rejects.toMatchObject({
    code: 'runtime.temporal_unreachable',
    message: expect.stringContaining('Temporal at 127.0.0.1:1 (namespace default) cannot be reached'),
  });
});

test('a search attribute that exists with another type is an error, not a surprise later', async () => {
  const cluster = await start();
  const namespace = 'taken';
  await withConnection(cluster, async ({ workflowService, operatorService }) => {
    const workflowExecutionRetentionPeriod = msToTs(86_400_000);
    await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
    const searchAttributes: Record<string, number> = { SyncPhase: 3 };
    const added = (): Promise<boolean> =>
      operatorService.addSearchAttributes({ namespace, searchAttributes }).then(
        () => true,
        () => false,
      );
    expect(await waitUntil(added, 30_000)).toBe(true);
  });
  await expect(
    start({ TEMPORAL_ADDRESS: cluster.connect.address, TEMPORAL_NAMESPACE: namespace }),
  ).rejects.toMatchObject({
    message: expect.stringContaining("SyncPhase exists in Temporal's namespace as Int, Tributary needs Keyword"),
  });
});

test('a program that is no server is an error with the end of its log', async () => {
  await expect(start({ TEMPORAL_CLI_PATH: '/bin/false' })).rejects.toMatchObject({
    code: 'runtime.temporal_unreachable',
    message: expect.stringMatching(/^The embedded Temporal ended with code 1\. Its log .*temporal\.log ends with:/),
  });
});

async function reachable(service: TemporalService): Promise<boolean> {
  try {
    return await withConnection(service, async () => true);
  } catch {
    return false;
  }
}
