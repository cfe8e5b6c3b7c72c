// Promise 1 for events: a storm of them, while workers, receiver and both servers are killed in turn. None is lost, none is
// applied twice. TRIBUTARY_STORM is the number of events (2,000 without it).

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { prepareCrm, writeProject } from '../../bench/events/project.ts';
import { openSender, type Send } from '../../bench/events/send.ts';
import { childrenOf } from '../../bench/processes.ts';
import { openCrm, startUp, type Up } from '../../bench/up.ts';
import { startRun } from '../../src/cli/runs.ts';
import { openSession } from '../../src/cli/session.ts';
import { createPool, type Pool } from '../../src/postgres/client.ts';

const EVENTS = Number(process.env['TRIBUTARY_STORM'] ?? 2_000);
const SENDERS = 20;
const dir = mkdtempSync(join(tmpdir(), 'tributary-storm-'));

afterAll(() => rmSync(dir, { recursive: true, force: true }));

test(`${EVENTS} events, some sent again, while everything is killed in turn`, async () => {
  chmodSync(dir, 0o755); // PostgreSQL may run as another user, which must be able to enter
  writeProject(dir, EVENTS);
  const up = await startUp(dir, { workers: 2 });
  const crm = await openCrm(up);
  try {
    await prepareCrm(crm);
    await load();
    const killing = killInTurn(up);
    await storm(await openSender(up));
    const killed = await killing;
    expect(killed).toEqual(['worker-process', 'receiver/process', 'postgres', 'start-dev', 'worker-process']);
    await until(up, `select count(*) = 0 as done from inbox where state <> 'done'`);
    expect(await writesOf(crm)).toEqual([{ writes: 2, revision: '2', customers: EVENTS }]);
    await until(up, `select count(*) = 0 as done from run where outcome is null`);
    const [sums] = await rowsOf(
      up,
      `select sum((counts->>'read')::int)::int as read, count(*)::int as runs from run where kind = 'event'`,
    );
    expect(sums?.['read']).toBe(EVENTS);
    expect(sums?.['runs']).toBeLessThan(EVENTS / 20);
  } finally {
    await crm.end();
    await up.stop();
  }
});

async function load(): Promise<void> {
  const session = await openSession({ project: dir, json: true }, { workers: 0 });
  try {
    const run = await startRun(session, { workflow: 'syncRun', input: { sync: 'customers', trigger: 'test' } });
    await session.client.workflow.getHandle(run).result();
  } finally {
    await session.close();
  }
}

/** Every event until it is accepted; every third one once more after that. */
async function storm(send: Send): Promise<void> {
  let next = 0;
  const sender = async (): Promise<void> => {
    for (let n = next++; n < EVENTS; n = next++) {
      await accepted(send, n);
      if (n % 3 === 0) await accepted(send, n);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
}

async function accepted(send: Send, n: number): Promise<void> {
  for (;;) {
    try {
      return await send(n);
    } catch {
      await sleep(100);
    }
  }
}

/** @returns what was killed, by a word of its command line */
async function killInTurn(up: Up): Promise<readonly string[]> {
  const killed: string[] = [];
  for (const word of ['worker-process', 'receiver/process', 'postgres', 'start-dev', 'worker-process']) {
    await sleep(1_500);
    const found = childrenOf(up.pid).find(({ command }) => command.includes(word));
    if (found === undefined) continue;
    process.kill(found.pid, 'SIGKILL');
    killed.push(word);
  }
  return killed;
}

async function until(up: Up, sql: string): Promise<void> {
  const deadline = Date.now() + 240_000;
  while (Date.now() < deadline) {
    const rows = await rowsOf(up, sql).catch(() => []);
    if (rows[0]?.['done'] === true) return;
    await sleep(250);
  }
  throw new Error(`it never came true: ${sql}`);
}

async function rowsOf(up: Up, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const pool: Pool = createPool(up.databaseUrl, { max: 1, schema: 'tributary' });
  try {
    return (await pool.query(sql)).rows as Readonly<Record<string, unknown>>[]; // of plain columns
  } finally {
    await pool.end();
  }
}

async function writesOf(crm: Pool): Promise<readonly unknown[]> {
  const { rows } = await crm.query(
    `select writes, right(name, 1) as revision, count(*)::int as customers from crm.account group by 1, 2 order by 1, 2`,
  );
  return rows;
}
