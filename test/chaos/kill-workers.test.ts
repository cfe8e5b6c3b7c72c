// Promise 1: no accepted record is lost, and none is applied twice, whatever process is killed, and whenever.
//
// A run that is killed again and again, and one that nobody disturbs, must leave the same behind.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isAlive } from '../../src/runtime/processes.ts';
import type { RunSummary } from '../../src/domain/run.ts';
import {
  type ChaosProject,
  fillCrm,
  type Left,
  makeProject,
  open,
  randomOf,
  removeProject,
  resultOf,
  startRun,
  tributary,
  whatIsLeft,
  working,
} from './support.ts';

const SET = { rows: 20_000, seed: 3 };
const seed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 1_000_000));
const random = randomOf(seed);
const dirs: string[] = [];
let undisturbed: { readonly counts: Omit<RunSummary, 'run'>; readonly left: Left };

async function newProject(): Promise<{ readonly dir: string; readonly project: ChaosProject }> {
  const dir = makeProject(SET);
  dirs.push(dir);
  const project = await open(dir);
  await fillCrm(project.crm, SET);
  return { dir, project };
}

beforeAll(async () => {
  const { dir, project } = await newProject();
  const run = await startRun(dir);
  const counts = await resultOf(project.session, run);
  undisturbed = { counts, left: await whatIsLeft(project) };
  await project.close();
});

afterAll(() => dirs.forEach(removeProject));

test('the undisturbed run wrote every record once and left nothing over', () => {
  const { counts, left } = undisturbed;
  expect(counts).toMatchObject({ outcome: 'delivered', read: 20_000, unchanged: 0, duplicates: 0 });
  expect(left).toMatchObject({
    mostWrites: 1,
    written: counts.accepted,
    reservations: 0,
    leases: 0,
    temporaryTables: 0,
  });
});

test('a run whose workers are killed in every phase ends by itself, as if nothing had happened', async () => {
  const { dir, project } = await newProject();
  try {
    const run = await startRun(dir);
    const ended = resultOf(project.session, run);
    const killed = await killUntil(project, run, ended);
    console.log(`seed ${seed}: killed in ${killed.join(', ')}`);
    expect(killed.length, `seed ${seed}: ${killed.join(', ')}`).toBeGreaterThanOrEqual(5);
    expect(await ended).toEqual(undisturbed.counts);
    expect(await whatIsLeft(project)).toEqual(undisturbed.left);
    expect(await tributary(dir, 'status')).toMatchObject({
      syncs: [{ sync: 'customers', state: 'delivered', error: null }],
    });
  } finally {
    await project.close();
  }
});

test('a run goes on after `tributary up` itself was killed and started again', async () => {
  const { dir, project } = await newProject();
  const run = await startRun(dir);
  while (!(await working(project.session.client, run)).some((one) => one.activity === 'deliver')) await sleep(20);
  await sleep(random() * 300);
  const workers = project.up.workerPids();
  await project.up.kill();
  await project.session.close();
  await project.crm.end();
  while (workers.some(isAlive)) await sleep(20); // without their parent they end by themselves
  const again = await open(dir);
  try {
    expect(await resultOf(again.session, run)).toEqual(undisturbed.counts);
    expect(await whatIsLeft(again)).toEqual(undisturbed.left);
  } finally {
    await again.close();
  }
});

/** In these, once for each time they stand here, the worker that has them is killed. */
const TARGETS = ['fetch', 'transform', 'validate', 'merge', 'deliver', 'deliver', 'checkpoint'];

/** Kills until the run has ended. @returns what was killed when */
async function killUntil(project: ChaosProject, run: string, ended: Promise<unknown>): Promise<readonly string[]> {
  const began = Date.now();
  const targets = [...TARGETS];
  const killed: string[] = [];
  const over = ended.then(
    () => true,
    () => true,
  );
  const kill = (pid: number, where: string): void => {
    process.kill(pid, 'SIGKILL');
    killed.push(`${where} at ${((Date.now() - began) / 1000).toFixed(1)} s (process ${pid})`);
  };
  for (;;) {
    if (await Promise.race([over, sleep(15, false)])) return killed;
    const workers = project.up.workerPids();
    const at = (await working(project.session.client, run)).find(
      ({ activity, pid }) => targets.includes(activity) && workers.includes(pid),
    );
    if (at === undefined) continue;
    targets.splice(targets.indexOf(at.activity), 1);
    await sleep(random() * 150);
    if (!isAlive(at.pid)) continue;
    kill(at.pid, at.activity);
    // Now and then nobody is left.
    const other = project.up.workerPids().find((pid) => pid !== at.pid);
    if (random() < 0.3 && other !== undefined) kill(other, `the other beside ${at.activity}`);
  }
}
