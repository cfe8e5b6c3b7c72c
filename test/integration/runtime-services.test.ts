import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { isAlive } from '../../src/runtime/processes.ts';
import { projectOwner } from '../../src/runtime/project-lock.ts';
import { readRunning } from '../../src/runtime/running.ts';
import { startServices, stopLeftovers, type Services, type ServicesOptions } from '../../src/runtime/services.ts';
import { compileProgram, dataDirWithFreePorts, runUntilItPrints } from './runtime-support.ts';

let projectDir: string;
let dataDir: string;
let running: Services[];
let said: string[];

beforeEach(async () => {
  dataDir = await dataDirWithFreePorts();
  projectDir = dirname(dataDir);
  running = [];
  said = [];
  for (const name of ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE']) vi.stubEnv(name, undefined);
  vi.stubEnv('TEMPORAL_CONFIG_FILE', '/no/such/file');
});

afterEach(async () => {
  for (const services of running) await services.stop();
  vi.unstubAllEnvs();
  rmSync(projectDir, { recursive: true, force: true });
});

function log(line: string): void {
  said.push(line);
}

async function start(options: Partial<ServicesOptions> = {}): Promise<Services> {
  const services = await startServices({ projectDir, taskQueue: 'tributary-test', workers: 0, log, ...options });
  running.push(services);
  return services;
}

const LEFT = z.object({ owner: z.number(), postgres: z.number(), temporal: z.number() });

/** Another process that brings the project up and is killed. */
async function killedOwner(): Promise<z.infer<typeof LEFT>> {
  const program = compileProgram(
    ['src/runtime/services.ts'],
    `import { startServices } from './src/runtime/services.js';
     const { postgres, temporal } = await startServices({
       projectDir: ${JSON.stringify(projectDir)}, taskQueue: 'tributary-test', workers: 0, log: () => {},
     });
     const pids = { owner: process.pid, postgres: postgres.pid, temporal: temporal.pid };
     process.stdout.write(JSON.stringify(pids) + '\\n');`,
  );
  const { child: owner, printed } = await runUntilItPrints(program.path);
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  program.remove();
  return LEFT.parse(JSON.parse(printed));
}

test('a project goes up once, tells other processes what runs, and leaves nothing running when it goes down', async () => {
  const services = await start();
  expect(await readRunning(dataDir)).toMatchObject({
    pid: process.pid,
    databaseUrl: services.databaseUrl,
    temporal: services.temporal.connect,
    uiUrl: services.temporal.uiUrl,
    taskQueue: 'tributary-test',
  });
  await expect(start()).rejects.toMatchObject({ code: 'runtime.locked' });

  const { postgres, temporal } = services;
  const pids = [postgres.pid ?? -1, temporal.pid ?? -1];
  expect(pids.every((pid) => isAlive(pid))).toBe(true);
  await Promise.all([services.stop(), services.stop()]);
  expect(pids.filter((pid) => isAlive(pid))).toEqual([]);
  expect(await readRunning(dataDir)).toBeNull();
  expect(projectOwner(dataDir)).toBeNull();
});

test('the next start cleans up after an owner that was killed and uses the same addresses', async () => {
  const left = await killedOwner();
  expect([left.postgres, left.temporal].every((pid) => isAlive(pid))).toBe(true);
  expect(await readRunning(dataDir)).toBeNull();

  const services = await start();
  expect([left.postgres, left.temporal].filter((pid) => isAlive(pid))).toEqual([]);
  expect(said.filter((line) => line.includes('left running by a Tributary that was killed'))).toHaveLength(2);
  const client = new Client({ connectionString: services.databaseUrl });
  await client.connect();
  await client.end();
});

test('what a killed owner left can be stopped without starting anew', async () => {
  const left = await killedOwner();
  await stopLeftovers(dataDir, (line) => said.push(line));
  expect([left.postgres, left.temporal].filter((pid) => isAlive(pid))).toEqual([]);
  expect(said).toHaveLength(2);
  await stopLeftovers(dataDir, (line) => said.push(line));
  expect(said).toHaveLength(2);
});

test('when Temporal does not start, PostgreSQL is stopped again and the lock released', async () => {
  vi.stubEnv('TEMPORAL_CLI_PATH', '/no/such/file');
  await expect(start()).rejects.toMatchObject({ code: 'runtime.temporal_missing' });
  expect(projectOwner(dataDir)).toBeNull();
  vi.stubEnv('TEMPORAL_CLI_PATH', undefined);
  await start();
  expect(said.filter((line) => line.includes('left running'))).toEqual([]);
});

test('a start that is interrupted or whose preparation fails cleans up', async () => {
  const broken = new Error('migration failed');
  await expect(start({ prepare: () => Promise.reject(broken) })).rejects.toBe(broken);
  const interrupted = new Error('interrupted');
  await expect(start({ signal: AbortSignal.abort(interrupted) })).rejects.toBe(interrupted);
  expect(projectOwner(dataDir)).toBeNull();
});

test('of many processes that find the same stale lock, exactly one gets it', async () => {
  const program = compileProgram(
    ['src/runtime/project-lock.ts'],
    `import { acquireProjectLock } from './src/runtime/project-lock.js';
     const at = Number(process.argv[2]);
     while (Date.now() < at);
     const got = await acquireProjectLock(${JSON.stringify(dataDir)}).then(() => 'got', (error) => error.code);
     process.stdout.write(got);
     setTimeout(() => {}, 3000);`,
  );
  mkdirSync(join(dataDir, 'lock'), { recursive: true });
  for (let round = 1; round <= 3; round += 1) {
    writeFileSync(join(dataDir, 'lock', String(round * 10)), JSON.stringify({ pid: 2 ** 22 + 1, start: '1' }));
    const at = Date.now() + 1500;
    const owners = Array.from({ length: 8 }, () =>
      spawn(process.execPath, [program.path, String(at)], { stdio: ['ignore', 'pipe', 'inherit'] }),
    );
    const answers = await Promise.all(owners.map((owner) => answerOf(owner)));
    expect(answers.filter((answer) => answer === 'got')).toEqual(['got']);
    expect(answers.filter((answer) => answer === 'runtime.locked')).toHaveLength(7);
  }
  program.remove();
});

async function answerOf(owner: ChildProcess): Promise<string> {
  let answer = '';
  owner.stdout?.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  await once(owner, 'exit');
  return answer;
}
