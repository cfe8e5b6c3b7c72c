// One round: load, faults one after the other, healing, peace, judgement.

import { setTimeout as sleep } from 'node:timers/promises';
import { FAULTS, type Fault } from './faults.ts';
import type { Place } from './control.ts';
import type { Lab } from './lab.ts';
import { Load } from './load.ts';
import { judge, told, type Violation } from './oracle.ts';
import { untilTaken } from './events.ts';
import { randomOf } from './random.ts';
import type { Runs } from './runs.ts';
import { Scene } from './scene.ts';
import { SOURCES } from './world.ts';

export interface RoundOptions {
  readonly seed: number;
  /** Faults to inject. */
  readonly faults: number;
  /** Records of each source that change before each run. */
  readonly changes: number;
  /** Kinds of faults, by a prefix of their names; empty: all. */
  readonly only: readonly string[];
  /** At these places a worker is killed, besides. */
  readonly armed?: readonly Place[];
  readonly stopped?: readonly Place[];
  /** Share of exports that are an old one. */
  readonly old?: number;
  /** How often each source is run under faults, at least. */
  readonly leastRuns?: number;
  /** See LoadOptions. */
  readonly lists?: number;
  /** Share of runs that wait for a person at the gate. */
  readonly review?: number;
  readonly signal: AbortSignal;
}

export interface RoundResult {
  readonly seed: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly told: readonly string[];
  readonly violations: readonly Violation[];
  /** From the end of the faults until every run had ended. */
  readonly healedMs: number;
  readonly runs: number;
  readonly mostEvents: number;
  /** Failpoints that something happened at. */
  readonly fired: ReadonlySet<string>;
  readonly seconds: number;
}

/** Everything has to be at rest by then. */
const REST_MS = 120_000;
/** Once there were enough faults, so often another one comes while something armed is waited for. */
const QUIET_SHARE = 0.12;
/** Share of faults that come in pairs. */
const PAIR_SHARE = 0.2;

export async function playRound(lab: Lab, runs: Runs, options: RoundOptions): Promise<RoundResult> {
  const scene = new Scene(lab, runs, randomOf(options.seed));
  const began = Date.now();
  const load = new Load(scene, options);
  const before = runs.ended.length;
  await lab.crm.query('truncate write_log');
  let faulty = true;
  const loading = load.go(() => faulty);
  await inject(scene, options);
  const { leastRuns = 0, signal } = options;
  while (load.least < leastRuns && !signal.aborted) await sleep(100);
  faulty = false;
  await scene.heal();
  const healedAt = Date.now();
  const stuck = [...(await untilAtRest(scene, loading))];
  const healedMs = Date.now() - healedAt;
  stuck.push(...(await untilTaken(lab)));
  await load.settle();
  const idle = await runOnceMore(scene);
  const ended = runs.ended.slice(before);
  const found = await judge(lab, {
    ended,
    operated: scene.operated,
    reverted: load.reverted,
    clockJumped: scene.faults.has('postgres.clock'),
  });
  return {
    seed: options.seed,
    faults: scene.faults,
    told: scene.told,
    violations: [...stuck, ...idle, ...found],
    healedMs,
    runs: ended.length,
    mostEvents: Math.max(0, ...ended.map(({ events }) => events)),
    fired: scene.fired,
    seconds: (Date.now() - began) / 1000,
  };
}

async function inject(scene: Scene, options: RoundOptions): Promise<void> {
  const { faults, only, signal, armed = [], stopped = [] } = options;
  for (const place of armed) scene.arm(place, 'kill');
  for (const place of stopped) scene.arm(place, 'stop');
  const kinds = Object.entries(FAULTS).filter(
    ([name]) => only.length === 0 || only.some((start) => name.startsWith(start)),
  );
  const { random } = scene;
  const fired = (): boolean => [...armed, ...stopped].every((place) => scene.fired.has(place));
  // Some of what is armed or aimed at nobody comes to nothing: there is an end to trying.
  const tries = (faults + armed.length + stopped.length) * 4;
  for (let turn = 0; !(fired() && total(scene) >= faults) && turn < tries && !signal.aborted; turn++) {
    await sleep(random.between(150, 1_600));
    // What is armed needs runs that get on.
    const free = total(scene) < faults || random.chance(QUIET_SHARE);
    if (free) await injectOne(scene, kinds);
    scene.takeFired();
  }
}

async function injectOne(scene: Scene, kinds: readonly Kind[]): Promise<void> {
  const { random } = scene;
  const chosen = random.chance(PAIR_SHARE)
    ? [pickFault(kinds, random), pickFault(kinds, random)]
    : [pickFault(kinds, random)];
  await Promise.all(
    chosen.map(async ([name, fault]) => {
      if (await fault.inject(scene)) scene.note(name);
    }),
  );
}

type Kind = readonly [name: string, fault: Fault];

function total(scene: Scene): number {
  return [...scene.faults].reduce((sum, [kind, count]) => (kind.startsWith('events.') ? sum : sum + count), 0);
}

function pickFault(kinds: readonly Kind[], random: Scene['random']): Kind {
  let at = random.next() * kinds.reduce((sum, [, { weight }]) => sum + weight, 0);
  for (const kind of kinds) {
    at -= kind[1].weight;
    if (at < 0) return kind;
  }
  return random.pick(kinds);
}

/** Waits for the last runs. Nothing that healed by itself may need a person. */
async function untilAtRest(scene: Scene, loading: Promise<void>): Promise<readonly Violation[]> {
  const found: string[] = [];
  const over = loading.then(() => true);
  const deadline = Date.now() + REST_MS;
  while (!(await Promise.race([over, sleep(500, false)]))) {
    for (const id of scene.runs.open.values()) found.push(...(await resumePaused(scene, id)));
    if (Date.now() > deadline) {
      const open = [...scene.runs.open.values()];
      const states = await Promise.all(open.map((id) => describeOpen(scene, id)));
      for (const id of open) {
        scene.operated.add(id);
        await scene.lab.client.workflow.getHandle(id).terminate('not at rest');
      }
      await loading;
      return [
        ...needed(scene, found),
        ...told('P7, P10', `not at rest ${REST_MS / 1000} s after the last fault`, states),
      ];
    }
  }
  return needed(scene, found);
}

/** Where somebody changed the CRM's tables, a person has to look. */
function needed({ faults }: Scene, found: readonly string[]): readonly Violation[] {
  return faults.has('crm.schema') ? [] : told('P10', 'needed a person', found);
}

async function resumePaused(scene: Scene, id: string): Promise<readonly string[]> {
  const paused = (await scene.runs.progress(id))?.paused ?? null;
  if (paused === null) return [];
  await scene.lab.client.workflow
    .getHandle(id)
    .signal('resume', {})
    .catch(() => {});
  return paused.code === null ? [] : [`${id}: ${paused.code} ${paused.message}`];
}

async function describeOpen({ lab, runs }: Scene, id: string): Promise<string> {
  const { raw } = await lab.client.workflow.getHandle(id).describe();
  const pending = (raw.pendingActivities ?? []).map(
    ({ activityId, state, attempt, lastFailure }) =>
      `${activityId} (state ${String(state)}, attempt ${attempt}${lastFailure?.message == null ? '' : `, ${lastFailure.message}`})`,
  );
  const phase = (await runs.progress(id))?.phase ?? 'unknown';
  return `${id} in ${phase}: ${pending.join(', ') || 'no activity'}`;
}

/** The same exports once more: nothing is written (P5). */
async function runOnceMore(scene: Scene): Promise<readonly Violation[]> {
  const { crm } = scene.lab;
  const count = async (): Promise<number> =>
    (await crm.query<{ count: number }>('select count(*) from write_log')).rows[0]?.count ?? 0;
  const before = await count();
  await Promise.all(SOURCES.map((source) => scene.runs.run(source, { reread: true })));
  const more = (await count()) - before;
  return told('P5', 'the same exports once more', more === 0 ? [] : [`${more} writes`]);
}
