// The faults: each does one thing to one part, and says whether it could.

import { randomUUID } from 'node:crypto';
import { FAILPOINTS, type Failpoint } from '../../src/domain/failpoints.ts';
import type { Place, PointAction } from './control.ts';
import { setServerClock } from './faketime.ts';
import { patiently } from './runs.ts';
import type { LinkName } from './lab.ts';
import type { Scene } from './scene.ts';

export interface Fault {
  /** Its share among all of them, in any unit. */
  readonly weight: number;
  /** @returns false where there was nothing to do it to; `null`: it counts when it fires */
  inject(scene: Scene): Promise<boolean | null> | boolean | null;
}

const LINKS: readonly LinkName[] = ['store', 'crm', 'temporal'];
const DAY_S = 86_400;
const WORKFLOW_TASK_COMPLETED = 7;

export const FAULTS: Readonly<Record<string, Fault>> = {
  'worker.kill': { weight: 12, inject: (scene) => signalWorkers(scene, 1, 'SIGKILL') },
  'worker.kill_all': { weight: 3, inject: (scene) => signalWorkers(scene, Infinity, 'SIGKILL') },
  'worker.restart': { weight: 4, inject: (scene) => signalWorkers(scene, 1, 'SIGTERM') },
  'worker.stop': { weight: 3, inject: (scene) => stopWorker(scene, 18_000, 30_000) },
  'worker.hiccup': { weight: 3, inject: (scene) => stopWorker(scene, 500, 4_000) },
  'worker.clock': { weight: 3, inject: bendWorkerClock },
  'postgres.kill': { weight: 4, inject: ({ lab }) => kill(lab.postgres.pid, 'SIGKILL') },
  'postgres.restart': { weight: 3, inject: ({ lab }) => kill(lab.postgres.pid, 'SIGINT') },
  'postgres.crash': { weight: 3, inject: crashBackend },
  'postgres.backends': { weight: 6, inject: endBackends },
  'postgres.clock': { weight: 3, inject: bendServerClock },
  'temporal.kill': { weight: 4, inject: ({ lab }) => kill(lab.temporal.pid, 'SIGKILL') },
  'temporal.restart': { weight: 2, inject: ({ lab }) => kill(lab.temporal.pid, 'SIGTERM') },
  'link.cut': { weight: 6, inject: (scene) => onLink(scene, (link) => link.cut()) },
  'link.cut_answer': {
    weight: 8,
    inject: (scene) => onLink(scene, (link) => link.cutAnswerAfter(scene.random.below(3_000))),
  },
  'link.delay': {
    weight: 4,
    inject: (scene) => onLink(scene, (link) => link.delay(scene.random.between(50, 400)), 6_000),
  },
  'link.refuse': { weight: 4, inject: (scene) => onLink(scene, (link) => link.refuse(), 8_000) },
  'link.black_hole': { weight: 4, inject: (scene) => onLink(scene, (link) => link.blackHole(), 12_000) },
  'crm.schema': { weight: 1, inject: renameTable },
  'activity.pause': { weight: 4, inject: pauseActivity },
  'activity.reset': { weight: 4, inject: resetActivity },
  'run.pause': { weight: 3, inject: pauseRun },
  'run.cancel': {
    weight: 3,
    inject: (scene) => onRun(scene, (id) => scene.lab.client.workflow.getHandle(id).cancel()),
  },
  'run.terminate': {
    weight: 4,
    inject: (scene) => onRun(scene, (id) => scene.lab.client.workflow.getHandle(id).terminate('chaos')),
  },
  'run.reset': { weight: 4, inject: resetRun },
  'point.kill': { weight: 14, inject: (scene) => armPoint(scene, 'kill') },
  'point.error': { weight: 8, inject: (scene) => armPoint(scene, 'error') },
  'point.stop': { weight: 4, inject: (scene) => armPoint(scene, 'stop') },
};

export const PLACES: readonly Place[] = (Object.keys(FAILPOINTS) as Failpoint[]).flatMap((point): readonly Place[] => [
  `${point}@before`,
  `${point}@after`,
]);

function kill(pid: number | undefined, signal: NodeJS.Signals): boolean {
  if (pid === undefined || pid <= 0) return false;
  try {
    return process.kill(pid, signal);
  } catch {
    return false; // on its way down already
  }
}

function signalWorkers({ lab, random }: Scene, most: number, signal: NodeJS.Signals): boolean {
  const { pids } = lab.crew;
  if (pids.length === 0) return false;
  const chosen = most >= pids.length ? pids : [random.pick(pids)];
  return chosen.map((pid) => lab.crew.signal(pid, signal)).includes(true);
}

function stopWorker(scene: Scene, least: number, most: number): boolean {
  const { lab, random } = scene;
  if (lab.crew.pids.length === 0) return false;
  const pid = random.pick(lab.crew.pids);
  scene.later(random.between(least, most), () => void lab.crew.signal(pid, 'SIGCONT'));
  return lab.crew.signal(pid, 'SIGSTOP');
}

function bendWorkerClock(scene: Scene): boolean {
  scene.control.setClock(Math.round(scene.random.between(-2, 2) * DAY_S * 1000));
  scene.later(8_000, () => scene.control.setClock(0));
  return true;
}

function bendServerClock(scene: Scene): boolean {
  const { lab, random } = scene;
  if (!lab.fakeServerClock) return false;
  setServerClock(lab.dir, Math.round(random.between(-2, 2) * DAY_S));
  scene.later(8_000, () => setServerClock(lab.dir, 0));
  return true;
}

const OURS = `application_name = 'tributary' and pid <> pg_backend_pid() and backend_type = 'client backend'`;

async function endBackends({ lab }: Scene): Promise<boolean> {
  try {
    const { rows } = await lab.crm.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${OURS}`);
    return rows.length > 0;
  } catch {
    return false; // the server is away
  }
}

/** A server process that dies takes all connections with it: PostgreSQL recovers as after a crash. */
async function crashBackend({ lab, random }: Scene): Promise<boolean> {
  try {
    const { rows } = await lab.crm.query<{ pid: number }>(`select pid from pg_stat_activity where ${OURS}`);
    return rows.length > 0 && kill(random.pick(rows).pid, 'SIGKILL');
  } catch {
    return false;
  }
}

/** Somebody works on the CRM's tables: runs wait for a person, and go on when the table is back. */
async function renameTable(scene: Scene): Promise<boolean> {
  const { crm } = scene.lab;
  try {
    await crm.query('alter table account rename to account_away');
  } catch {
    return false;
  }
  scene.later(3_000, () => patiently(() => crm.query('alter table if exists account_away rename to account')));
  return true;
}

function onLink(scene: Scene, harm: (link: Scene['lab']['links'][LinkName]) => void, forMs = 0): boolean {
  const link = scene.lab.links[scene.random.pick(LINKS)];
  harm(link);
  if (forMs > 0) scene.later(scene.random.between(forMs / 4, forMs), () => link.heal());
  return true;
}

async function onRun(scene: Scene, act: (id: string) => Promise<unknown>): Promise<boolean> {
  const open = [...scene.runs.open.values()];
  if (open.length === 0) return false;
  const id = scene.random.pick(open);
  scene.operated.add(id);
  return act(id).then(
    () => true,
    () => false,
  );
}

async function pauseRun(scene: Scene): Promise<boolean> {
  return onRun(scene, async (id) => {
    const handle = scene.lab.client.workflow.getHandle(id);
    await handle.signal('pause', { by: 'chaos', note: 'a look' });
    scene.later(scene.random.between(500, 4_000), () => handle.signal('resume', {}));
  });
}

/** To any point of its history that a person could choose in the UI. */
async function resetRun(scene: Scene): Promise<boolean> {
  const { client } = scene.lab;
  return onRun(scene, async (workflowId) => {
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    const points = (events ?? []).filter(({ eventType }) => Number(eventType) === WORKFLOW_TASK_COMPLETED);
    await client.workflowService.resetWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId },
      reason: 'chaos',
      requestId: randomUUID(),
      workflowTaskFinishEventId: scene.random.pick(points).eventId ?? null,
    });
  });
}

interface PendingActivity {
  readonly namespace: string;
  readonly execution: { readonly workflowId: string };
  readonly id: string;
}

async function onActivity(scene: Scene, act: (activity: PendingActivity) => Promise<unknown>): Promise<boolean> {
  const { client } = scene.lab;
  try {
    const workflowId = scene.random.pick([...scene.runs.open.values()]);
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    const { activityId } = scene.random.pick(raw.pendingActivities ?? []);
    await act({ namespace: client.options.namespace, execution: { workflowId }, id: activityId ?? '' });
    return true;
  } catch {
    return false; // none was pending, or it has ended meanwhile
  }
}

function pauseActivity(scene: Scene): Promise<boolean> {
  const { workflowService } = scene.lab.client;
  return onActivity(scene, async (activity) => {
    await workflowService.pauseActivity({ ...activity, identity: 'chaos' });
    scene.later(scene.random.between(500, 5_000), async () => {
      await workflowService.unpauseActivity({ ...activity, identity: 'chaos' });
    });
  });
}

function resetActivity(scene: Scene): Promise<boolean> {
  const { workflowService } = scene.lab.client;
  return onActivity(scene, (activity) => workflowService.resetActivity({ ...activity, identity: 'chaos' }));
}

/** At several places, since what a run comes to in the next seconds is a few of them; more than one may fire. */
function armPoint(scene: Scene, action: PointAction): null {
  for (let places = 0; places < 3; places++) scene.arm(scene.random.pick(PLACES), action);
  return null;
}
