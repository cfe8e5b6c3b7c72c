// The states of a run: the real workflow against a model of it. Whatever the order of pauses, resumes, decisions,
// cancellations and failures, it passes from phase to phase as `NEXT_PHASES` says, and ends in one of the ways it may.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NEXT_PHASES, type Phase } from '../../src/domain/run.ts';
import type { GateDecision, Progress } from '../../workflows/messages.ts';
import {
  type ActivityName,
  type Called,
  type FakeRuns,
  openFakeRuns,
  ROOT_HASH,
  type Script,
  type Trouble,
} from './fake-run.ts';

/** Each takes about a second. TRIBUTARY_CASES=500 for a long run. */
const CASES = Number(process.env['TRIBUTARY_CASES'] ?? 20);
const END_MS = 60_000;
/** More batches than this are never under way at once. */
const MOST_AT_ONCE = 3;

let runs: FakeRuns;

beforeAll(async () => {
  runs = await openFakeRuns();
});

afterAll(() => runs.close());

/** What we know of the run without asking it. */
interface Model {
  pausedByPerson: boolean;
  cancelled: boolean;
}

class Real {
  readonly id = `model-${randomUUID()}`;
  readonly script: Script = runs.script(this.id);
  readonly handle = runs.client.workflow.getHandle(this.id);

  async start(): Promise<void> {
    const { taskQueue } = runs;
    await runs.client.workflow.start('syncRun', { workflowId: this.id, taskQueue, args: [{ sync: 'model' }] });
  }

  progress(): Promise<Progress> {
    return this.handle.query<Progress>('progress');
  }

  async isOpen(): Promise<boolean> {
    return (await this.handle.describe()).status.name === 'RUNNING';
  }

  /** To a run that has ended meanwhile nothing can be said. */
  async tell(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (await this.isOpen()) throw error;
    }
  }
}

type Command = fc.AsyncCommand<Model, Real>;

function command(
  name: string,
  run: (model: Model, real: Real) => Promise<void>,
  may: (model: Model) => boolean = () => true,
): Command {
  return { check: may, run, toString: () => name };
}

const pause = (): Command =>
  command('pause', async (model, real) => {
    model.pausedByPerson = true;
    await real.tell(() => real.handle.signal('pause', { by: 'somebody' }));
    const { paused, phase } = await real.progress();
    if (paused === null && phase !== 'ended') expect(await real.isOpen()).toBe(false);
    // What was under way goes on to its end; of other batches none begins.
    const before = begun(real.script);
    await sleep(300);
    expect(begun(real.script) - before).toBeLessThanOrEqual(MOST_AT_ONCE);
  });

function begun({ called }: Script): number {
  return called.filter(({ name }) => name === 'fetch' || name === 'merge' || name === 'deliver').length;
}

const resume = (): Command =>
  command('resume', async (model, real) => {
    model.pausedByPerson = false;
    await real.tell(() => real.handle.signal('resume', {}));
  });

const cancel = (): Command =>
  command(
    'cancel',
    async (model, real) => {
      model.cancelled = true;
      await real.tell(() => real.handle.cancel());
    },
    ({ cancelled }) => !cancelled,
  );

const decide = (decision: GateDecision, right: boolean): Command =>
  command(`${decision}${right ? '' : ' of something else'}`, async (_model, real) => {
    const args: [object] = [{ decision, hash: right ? ROOT_HASH : 'c'.repeat(64), by: 'somebody' }];
    const waited = (await real.progress()).gate !== null;
    const answer = await real.handle.executeUpdate('decideGate', { args }).then(
      () => 'taken',
      () => 'refused',
    );
    // Whether the run waits may change between asking and telling; whose decision it is may not.
    if (!right) expect(answer).toBe('refused');
    if (answer === 'refused' && right && waited) expect((await real.progress()).gate).toBeNull();
  });

/** The same as a signal, in shapes that people type into forms. */
const mutter = (payload: unknown): Command =>
  command(`decide ${JSON.stringify(payload)}`, async (_model, real) => {
    await real.tell(() => real.handle.signal('decide', payload));
  });

const fail = (activity: ActivityName, trouble: Trouble): Command =>
  command(`${trouble} trouble in ${activity}`, async (_model, real) => {
    const troubles = real.script.troubles.get(activity) ?? [];
    real.script.troubles.set(activity, [...troubles, trouble]);
  });

const wait = (ms: number): Command => command(`wait ${ms} ms`, () => sleep(ms));

const ACTIVITIES: readonly ActivityName[] = [
  'planRead',
  'fetch',
  'transform',
  'validate',
  'seal',
  'merge',
  'gate',
  'deliver',
  'stageRound',
  'checkpoint',
];

const commands = fc.commands(
  [
    fc.constant(pause()),
    fc.constant(resume()),
    fc.constant(cancel()),
    fc.constantFrom<GateDecision>('approve', 'reject', 'approve_without_deletes').map((one) => decide(one, true)),
    fc.constant(decide('approve', false)),
    fc
      .constantFrom<unknown>(undefined, 'yes', { decision: 'approve' }, { decision: 7, hash: ROOT_HASH, by: 'me' })
      .map(mutter),
    fc
      .tuple(fc.constantFrom(...ACTIVITIES), fc.constantFrom<Trouble>('passing', 'mendable', 'fatal'))
      .map((of) => fail(...of)),
    fc.integer({ min: 0, max: 250 }).map(wait),
  ],
  { maxCommands: 10 },
);

test('no interleaving of pauses, resumes, decisions, cancellations and failures leads to an undefined state', async () => {
  await fc.assert(
    fc.asyncProperty(commands, fc.boolean(), async (list, trips) => {
      const real = new Real();
      real.script.trips = trips;
      await real.start();
      const model: Model = { pausedByPerson: false, cancelled: false };
      await fc.asyncModelRun(() => ({ model, real }), list);
      const status = await untilEnded(real);
      judge(await runs.phasesOf(real.id), { status, model, script: real.script });
    }),
    { numRuns: CASES, interruptAfterTimeLimit: CASES > 20 ? undefined : 30_000, endOnFailure: true },
  );
});

/** A person who resumes and approves whatever waits. */
async function untilEnded(real: Real): Promise<string> {
  const deadline = Date.now() + END_MS;
  for (;;) {
    const { status } = await real.handle.describe();
    if (status.name !== 'RUNNING') return status.name;
    const { paused, gate, phase } = await real.progress();
    if (paused !== null) await real.tell(() => real.handle.signal('resume', {}));
    if (gate !== null)
      await real.tell(() => real.handle.signal('decide', { decision: 'approve', hash: ROOT_HASH, by: 'us' }));
    if (Date.now() > deadline) throw new Error(`still in ${phase} after ${END_MS / 1000} s`);
    await sleep(50);
  }
}

function judge(
  phases: readonly Phase[],
  { status, model, script }: { readonly status: string; readonly model: Model; readonly script: Script },
): void {
  expect(phases.flatMap((phase, index) => (index > 0 ? notAllowed(phases[index - 1], phase) : []))).toEqual([]);
  const { called } = script;
  const done = (name: ActivityName): readonly Called[] =>
    called.filter((one) => one.name === name && one.failed === null);
  const fatal = called.some(({ failed }) => failed === 'fatal');
  expect(['COMPLETED', ...(model.cancelled ? ['CANCELLED'] : []), ...(fatal ? ['FAILED'] : [])]).toContain(status);
  // A run that was cancelled before it was opened has no state at all.
  if (done('openRun').length > 0) expect(phases.at(-1)).toBe('ended');
  expect(done('closeRun').length).toBe(status === 'COMPLETED' ? 0 : done('openRun').length > 0 ? 1 : 0);
  if (status === 'COMPLETED') expect(done('checkpoint').length).toBe(1);
  // Nothing is written before somebody said so, nor after somebody said no.
  const firstDeliver = called.findIndex(({ name }) => name === 'deliver');
  const before = called.slice(0, Math.max(0, firstDeliver));
  const decision = before.findLast(({ name, failed }) => name === 'recordDecision' && failed === null)?.decision;
  if (firstDeliver >= 0 && script.trips) expect(decision).toBeDefined();
  const modes = new Set(called.flatMap(({ name, mode }) => (name === 'deliver' && mode !== undefined ? [mode] : [])));
  if (modes.size > 0)
    expect([...modes]).toEqual([
      decision === 'reject' ? 'hold' : decision === 'approve_without_deletes' ? 'no_deletes' : 'apply',
    ]);
}

function notAllowed(from: Phase | undefined, to: Phase): readonly string[] {
  // A run that goes on where it was, after a pause or under a new history, says its phase once more.
  if (from === undefined || from === to || NEXT_PHASES[from].includes(to)) return [];
  return [`${from} → ${to}`];
}
