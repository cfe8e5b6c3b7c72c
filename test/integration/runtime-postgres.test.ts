import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { z } from 'zod';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isAlive, waitUntil } from '../../src/runtime/processes.ts';
import { ensureDatabase, startPostgres, type PostgresService } from '../../src/runtime/postgres.ts';
import { compileProgram, dataDirWithFreePorts, runUntilItPrints, temporaryProject } from './runtime-support.ts';

let dataDir: string;
let running: PostgresService[];
const said: string[] = [];

beforeEach(async () => {
  dataDir = await dataDirWithFreePorts();
  running = [];
  said.length = 0;
});

afterEach(async () => {
  for (const service of running) await service.stop();
  rmSync(join(dataDir, '..'), { recursive: true, force: true });
});

async function start(env: NodeJS.ProcessEnv = {}): Promise<PostgresService> {
  const service = await startPostgres({ dataDir, log: (line) => said.push(line), env });
  running.push(service);
  return service;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

test('a given DATABASE_URL is used as it is and nothing is started', async () => {
  const service = await start({ DATABASE_URL: 'postgres://somewhere/else' });
  expect(service).toMatchObject({ url: 'postgres://somewhere/else', embedded: false });
  expect(service.pid).toBeUndefined();
});

test('the embedded server is durable, in UTF-8, on loopback, and keeps its data and port over a restart', async () => {
  const first = await start();
  expect(first).toMatchObject({ embedded: true });
  expect(await query(first.url, 'select current_database(), version() like $$PostgreSQL 18%$$ as v18')).toEqual([
    { current_database: 'tributary', v18: true },
  ]);
  const settings = `select name, setting from pg_settings where name in
    ('listen_addresses', 'fsync', 'synchronous_commit', 'server_encoding', 'password_encryption', 'unix_socket_directories') order by 1`;
  expect(await query(first.url, settings)).toEqual([
    { name: 'fsync', setting: 'on' },
    { name: 'listen_addresses', setting: '127.0.0.1' },
    { name: 'password_encryption', setting: 'scram-sha-256' },
    { name: 'server_encoding', setting: 'UTF8' },
    { name: 'synchronous_commit', setting: 'on' },
    { name: 'unix_socket_directories', setting: '' },
  ]);
  await query(first.url, `create table kept as select '客户 É'::text as name, lower('É') as lower`);
  const { pid } = first;
  await first.stop();
  expect(pid === undefined || isAlive(pid)).toBe(false);

  const second = await start();
  expect(second.url).toBe(first.url);
  expect(await query(second.url, 'select * from kept')).toEqual([{ name: '客户 É', lower: 'é' }]);
});

test('its password is random and readable by its owner only, and a wrong one is refused', async () => {
  const { url } = await start();
  const file = join(dataDir, 'postgres/password');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toMatch(/^[\w-]{32}$/);
  const wrong = new URL(url);
  wrong.password = 'guess';
  await expect(query(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
});

test('another database is made once and keeps what is in it', async () => {
  const { url } = await start();
  const crm = await ensureDatabase(url, 'my crm');
  await query(crm, 'create table account (id int)');
  expect(await ensureDatabase(url, 'my crm')).toBe(crm);
  expect(await query(crm, 'select current_database(), count(*)::int from account')).toEqual([
    { current_database: 'my crm', count: 0 },
  ]);
});

test('a port that somebody took meanwhile is left to them', async () => {
  const first = await start();
  await first.stop();
  const port = Number(new URL(first.url).port);
  const other = await listen(port);
  try {
    const second = await start();
    expect(Number(new URL(second.url).port)).not.toBe(port);
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  } finally {
    other.close();
  }
});

test('a server that crashed is started again at the same address, with what was committed', async () => {
  const service = await start();
  await query(service.url, 'create table committed as select 1 as one');
  const crashed = service.pid ?? -1;
  process.kill(crashed, 'SIGKILL');
  const back = await waitUntil(
    () =>
      query(service.url, 'select * from committed').then(
        () => service.pid !== crashed,
        () => false,
      ),
    60_000,
  );
  expect({ back, said }).toMatchObject({ back: true });
  expect(said.join('\n')).toContain('was ended by SIGKILL; starting it again');
});

test('a server left running by an owner that was killed is stopped and started anew with its data', async () => {
  const program = compileProgram(
    ['src/runtime/postgres.ts'],
    `import { startPostgres } from './src/runtime/postgres.js';
     const service = await startPostgres({ dataDir: ${JSON.stringify(dataDir)}, log: () => {}, env: {} });
     process.stdout.write(JSON.stringify({ url: service.url, pid: service.pid }) + '\\n');`,
  );
  const { child: owner, printed } = await runUntilItPrints(program.path);
  const left = z.object({ url: z.string(), pid: z.number() }).parse(JSON.parse(printed));
  await query(left.url, 'create table committed as select 1 as one');
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  expect(isAlive(left.pid)).toBe(true);

  const service = await start();
  expect(isAlive(left.pid)).toBe(false);
  expect(said.join('\n')).toContain(
    `stopping PostgreSQL (process ${left.pid}), left running by a Tributary that was killed`,
  );
  expect(await query(service.url, 'select * from committed')).toEqual([{ one: 1 }]);
  program.remove();
});

test('a pid file that names an unrelated process after a reboot does not keep the server from starting', async () => {
  const first = await start();
  await first.stop();
  const unrelated = spawn('sleep', ['60']);
  const data = join(dataDir, 'postgres/data');
  writeFileSync(join(data, 'postmaster.pid'), `${unrelated.pid}\n${data}\n`);
  const second = await start();
  expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(unrelated.exitCode).toBeNull();
  unrelated.kill();
});

test('a server that cannot start says so with the end of its log', async () => {
  await (await start()).stop();
  writeFileSync(join(dataDir, 'postgres/data/PG_VERSION'), '9.0\n');
  await expect(start()).rejects.toMatchObject({
    code: 'runtime.postgres',
    message: expect.stringMatching(
      /^PostgreSQL ended with code 1\. Its log .*postgres\.log ends with:\n[\s\S]*incompatible with server/,
    ),
  });
});

test('a database whose password file is gone is not silently made anew', async () => {
  await (await start()).stop();
  rmSync(join(dataDir, 'postgres/password'));
  await expect(start()).rejects.toMatchObject({
    code: 'runtime.postgres',
    message: expect.stringContaining('Put it back'),
  });
});

test.runIf(process.getuid?.() === 0)(
  'as root, with a project folder that nobody else may enter, the data are kept where PostgreSQL can reach them',
  async () => {
    rmSync(join(dataDir, '..'), { recursive: true, force: true });
    const project = temporaryProject({ closed: true });
    dataDir = join(project, '.tributary');
    const first = await start();
    await query(first.url, 'create table kept as select 1 as one');
    await first.stop();
    const [place = ''] = readFileSync(join(dataDir, 'postgres/MOVED.txt'), 'utf8').split('\n');
    try {
      expect(place).toMatch(/^\/var\/lib\/tributary\/[0-9a-f]{16}$/);
      expect(existsSync(join(place, 'data/PG_VERSION'))).toBe(true);
      const second = await start();
      expect(await query(second.url, 'select * from kept')).toEqual([{ one: 1 }]);
      await second.stop();
      writeFileSync(join(dataDir, 'postgres/MOVED.txt'), '/var/lib/tributary/of-another-path\n');
      await expect(start()).rejects.toMatchObject({ message: expect.stringContaining('had before') });
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  },
);
