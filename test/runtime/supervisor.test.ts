import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isAlive, waitUntil } from '../../src/runtime/processes.ts';
import { superviseWorkers, type Supervisor, type SupervisorOptions } from '../../src/runtime/supervisor.ts';

let root: string;
let said: string[];
let supervisor: Supervisor | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tributary-supervisor-'));
  said = [];
});

afterEach(async () => {
  await supervisor?.stop();
  rmSync(root, { recursive: true, force: true });
});

const config: SupervisorOptions['config'] = {
  projectDir: '/project',
  databaseUrl: 'postgres://localhost/tributary',
  temporal: { address: '127.0.0.1:7233', namespace: 'default' },
  taskQueue: 'tributary-project',
  metricsPort: 9464,
};

function supervise(code: string, count = 1): Supervisor {
  const entry = join(root, 'worker.mjs');
  writeFileSync(entry, code);
  const logFile = join(root, 'worker.log');
  supervisor = superviseWorkers({ count, config, log: (line) => said.push(line), logFile, entry });
  return supervisor;
}

const output = () => readFileSync(join(root, 'worker.log'), 'utf8');

/** Runs until SIGTERM, then says that it drained. */
const GOOD = `
  process.on('SIGTERM', () => { console.log('drained'); process.exit(0); });
  setInterval(() => {}, 1000);
  const { metricsPort, taskQueue } = JSON.parse(process.env.TRIBUTARY_WORKER);
  console.log(taskQueue, metricsPort);
  process.send('ready');
`;

describe('the supervisor', () => {
  test('starts the workers, each with its own metrics port, and drains them on stop', async () => {
    const supervised = supervise(GOOD, 2);
    await supervised.ready;
    const { pids } = supervised;
    expect(pids).toHaveLength(2);
    await supervised.stop();
    expect(pids.filter((pid) => isAlive(pid))).toEqual([]);
    expect(output().trim().split('\n').toSorted()).toEqual([
      'drained',
      'drained',
      'tributary-project 9464',
      'tributary-project 9465',
    ]);
    expect(said).toEqual([]);
  });

  test('starts a worker again after it died', async () => {
    const supervised = supervise(GOOD);
    await supervised.ready;
    const [first = -1] = supervised.pids;
    process.kill(first, 'SIGKILL');
    expect(await waitUntil(() => supervised.pids.some((pid) => pid !== first), 5000)).toBe(true);
    expect(said).toEqual(['warning: worker 1 was ended by SIGKILL; starting it again in 0.2 s']);
  });

  test('tries again when the first start fails', async () => {
    const once = join(root, 'once');
    await supervise(`
      import { existsSync, writeFileSync } from 'node:fs';
      if (!existsSync(${JSON.stringify(once)})) { writeFileSync(${JSON.stringify(once)}, ''); process.exit(3); }
      ${GOOD}
    `).ready;
    expect(said).toEqual(['warning: worker 1 ended with code 3; starting it again in 0.2 s']);
  });

  test('gives up after five ends before it was ever ready, with what the worker said last', async () => {
    const { ready } = supervise(`console.error('no database'); process.exit(1);`);
    await expect(ready).rejects.toMatchObject({
      code: 'internal.bug',
      message: expect.stringMatching(
        /^The worker ended with code 1 before it was ready\. It said last:\n(no database\n?)+$/,
      ),
    });
    expect(said).toHaveLength(4);
  });

  test('gives up at once when the worker says that its configuration is wrong', async () => {
    const { ready } = supervise(`
      process.send({ failed: { code: 'config.invalid', message: 'tributary.yaml:3 is wrong' } }, () => process.exit(1));
    `);
    await expect(ready).rejects.toMatchObject({ code: 'config.invalid', message: 'tributary.yaml:3 is wrong' });
    expect(said).toEqual([]);
  });

  test('stopped before the workers were ready rejects, and leaves none', async () => {
    const supervised = supervise('setInterval(() => {}, 1000);');
    const [pid = -1] = supervised.pids;
    const refused = expect(supervised.ready).rejects.toMatchObject({ code: 'internal.bug' });
    await Promise.all([refused, supervised.stop()]);
    expect(isAlive(pid)).toBe(false);
  });
});
