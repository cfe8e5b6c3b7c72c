import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { isAlive, waitUntil } from '../../src/runtime/processes.ts';
import { superviseWorkers, type Supervisor, type SupervisorOptions } from '../../src/runtime/supervisor.ts';
import { compileProgram, runUntilItPrints, temporaryProject } from './runtime-support.ts';

let compiled: ReturnType<typeof compileProgram>;
let folder: string;
let supervisor: Supervisor | undefined;

const config: SupervisorOptions['config'] = {
  projectDir: '/project',
  databaseUrl: 'postgres://localhost/tributary',
  temporal: { address: '127.0.0.1:7233', namespace: 'default' },
  taskQueue: 'tributary-project',
};

/** The real program of a worker process around a worker that only says what happens to it. */
beforeAll(() => {
  compiled = compileProgram(
    ['src/runtime/worker-process.ts', 'src/runtime/supervisor.ts'],
    `import { superviseWorkers } from './src/runtime/supervisor.js';
     const [logFile, entry] = process.argv.slice(2);
     const supervisor = superviseWorkers({ count: 2, config: ${JSON.stringify(config)}, log: () => {}, logFile, entry });
     await supervisor.ready;
     process.stdout.write(JSON.stringify(supervisor.pids));`,
  );
  writeFileSync(
    join(dirname(compiled.path), 'src/runtime/worker.js'),
    `import { SyncError } from '../domain/errors.js';
     export async function runWorker(config, { signal, onReady }) {
       if (config.taskQueue === 'wrong') throw new SyncError('config.invalid', { message: 'tributary.yaml is wrong' });
       console.log('works for', config.taskQueue, process.env.TRIBUTARY_WORKER);
       onReady();
       await new Promise((resolve) => signal.addEventListener('abort', () => setTimeout(resolve, 300)));
       console.log('drained');
     }`,
  );
});

afterAll(() => compiled.remove());

beforeEach(() => {
  folder = temporaryProject();
});

afterEach(async () => {
  await supervisor?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const entry = () => join(dirname(compiled.path), 'src/runtime/worker-process.js');
const logFile = () => join(folder, 'worker.log');

function supervise(taskQueue: string): Supervisor {
  const options = { count: 1, log: () => {}, logFile: logFile(), entry: entry() };
  supervisor = superviseWorkers({ ...options, config: { ...config, taskQueue } });
  return supervisor;
}

test('a worker process gets its configuration, keeps it from its own children, and drains on SIGTERM', async () => {
  const supervised = supervise('tributary-project');
  await supervised.ready;
  await supervised.stop();
  expect(readFileSync(logFile(), 'utf8')).toBe('works for tributary-project undefined\ndrained\n');
});

test('what is wrong with the configuration reaches whoever started the workers', async () => {
  await expect(supervise('wrong').ready).rejects.toMatchObject({
    code: 'config.invalid',
    message: 'tributary.yaml is wrong',
  });
});

test('worker processes end when their owner is killed', async () => {
  const { child: owner, printed } = await runUntilItPrints(compiled.path, [logFile(), entry()]);
  const pids = [...printed.matchAll(/\d+/g)].map(Number);
  expect(pids.filter((pid) => isAlive(pid))).toHaveLength(2);
  owner.kill('SIGKILL');
  expect(await waitUntil(() => !pids.some((pid) => isAlive(pid)), 5000)).toBe(true);
});

test('Ctrl-C in the terminal reaches only the owner, not its workers', async () => {
  const { child: owner, printed } = await runUntilItPrints(compiled.path, [logFile(), entry()]);
  const pids = [...printed.matchAll(/\d+/g)].map(Number);
  process.kill(-(owner.pid ?? 0), 'SIGINT');
  await once(owner, 'exit');
  expect(await waitUntil(() => !pids.some((pid) => isAlive(pid)), 5000)).toBe(true);
  // They ended with their owner's channel; a SIGINT of their own would have drained them.
  expect(readFileSync(logFile(), 'utf8')).not.toContain('drained');
});
