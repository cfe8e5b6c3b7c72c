// The real workflow of a run on a real server, with activities that do nothing but what a script says, and write down that
// they were called.

import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Activities } from '../../activities/index.ts';
import { NO_COUNTS, type Phase } from '../../src/domain/run.ts';
import { startTemporal } from '../../src/runtime/temporal.ts';
import { workflowBundlePath } from '../../src/runtime/workflow-bundle.ts';

/** `passing` is tried again by Temporal, `mendable` waits for a person, `fatal` ends the run. */
export type Trouble = 'passing' | 'mendable' | 'fatal';

export type ActivityName = keyof Activities;

export interface Called {
  readonly name: ActivityName;
  readonly mode?: string;
  readonly decision?: string;
  readonly outcome?: string;
  readonly failed: Trouble | null;
}

/** What happens to one run. */
export class Script {
  readonly called: Called[] = [];
  readonly troubles = new Map<ActivityName, Trouble[]>();
  /** Whether the gate lets the run through. */
  trips = true;
  attempts = 0;
}

export interface FakeRuns {
  readonly client: Client;
  readonly taskQueue: string;
  script(runId: string): Script;
  /** The phases that a run's history shows, in their order. */
  phasesOf(runId: string): Promise<readonly Phase[]>;
  close(): Promise<void>;
}

export const ROOT_HASH = 'ab'.repeat(32);
const BATCHES = 8;
const CODES: Readonly<Record<Trouble, string>> = {
  passing: 'store.unreachable',
  mendable: 'destination.unauthorized',
  fatal: 'store.fenced',
};

export async function openFakeRuns(): Promise<FakeRuns> {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
  const dataDir = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-model-')));
  const temporal = await startTemporal({ dataDir, log: () => {}, env: {} });
  const { address, namespace } = temporal.connect;
  const [connection, native] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ]);
  const client = new Client({ connection, namespace });
  const scripts = new Map<string, Script>();
  const script = (id: string): Script => {
    const known = scripts.get(id) ?? new Script();
    scripts.set(id, known);
    return known;
  };
  const taskQueue = 'model';
  const worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue,
    workflowBundle: { code: readFileSync(workflowBundlePath(), 'utf8') },
    activities: fakeActivities(script, taskQueue),
    maxConcurrentActivityTaskExecutions: 8,
  });
  const running = worker.run();
  return {
    client,
    taskQueue,
    script,
    phasesOf: (id) => phasesOf(client, id),
    close: async () => {
      worker.shutdown();
      await running;
      await native.close();
      await connection.close();
      await temporal.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

type Input = Readonly<Record<string, unknown>>;

function fakeActivities(
  scriptOf: (id: string) => Script,
  queue: string,
): Record<string, (input: Input) => Promise<unknown>> {
  const results: Readonly<Partial<Record<ActivityName, (script: Script, id: string, input: Input) => unknown>>> = {
    openRun: (script, runId) => ({
      kind: 'opened',
      ref: { runNo: 1, runId, syncNo: 1, attempt: ++script.attempts, epoch: script.attempts },
      object: 'account',
      destination: 'crm',
      allOrNothing: false,
    }),
    planRead: () => ({ ranges: 1, totalBytes: null, notes: [] }),
    fetch: (_script, _id, { n }) => fetched(Number(n), queue),
    transform: () => ({ records: 1 }),
    validate: () => ({ accepted: 1, quarantined: 0, filtered: 0, lanes: { fast: 1, reference: 0 } }),
    seal: () => ({ batches: [[0, BATCHES - 1]], counts: {}, complete: true, rejectBatch: false }),
    merge: () => ({ counts: {} }),
    gate: ({ trips }) => ({
      rootHash: ROOT_HASH,
      tripped: trips ? ['many creates'] : [],
      creates: 1,
      updates: 0,
      deletes: 0,
      expiresMs: 60_000,
    }),
    deliver: () => ({}),
    stageRound: () => ({ batches: [], claims: 0 }),
    checkpoint: () => ({ counts: NO_COUNTS, outcome: 'delivered', notices: [], overdue: false }),
    closeRun: () => ({ counts: NO_COUNTS, delivered: 0 }),
    recordDecision: () => undefined,
    notePause: () => undefined,
  };
  const entries = Object.entries(results).map(([name, resultOf]) => {
    const act = async (input: Input): Promise<unknown> => {
      const id = activityInfo().workflowExecution?.workflowId ?? '';
      const script = scriptOf(id);
      const failed = script.troubles.get(name as ActivityName)?.shift() ?? null; // the keys of `results`
      const { mode, decision, outcome } = input as Partial<Record<'mode' | 'decision' | 'outcome', string>>;
      script.called.push({
        name: name as ActivityName,
        ...(mode === undefined ? {} : { mode }),
        ...(decision === undefined ? {} : { decision }),
        ...(outcome === undefined ? {} : { outcome }),
        failed,
      });
      await sleep(5);
      if (failed !== null)
        throw ApplicationFailure.create({ type: CODES[failed], message: failed, nonRetryable: failed !== 'passing' });
      return resultOf(script, id, input);
    };
    return [name, act] as const;
  });
  return Object.fromEntries(entries);
}

function fetched(n: number, queue: string): unknown {
  const counts = { read: 1, unchanged: 0, quarantined: 0, unreadable: 0, filtered: 0, raw: 1, bytes: 1, kept: 1 };
  return { range: 0, from: n, next: n + 1, end: n >= BATCHES - 1, proven: true, ...counts, queue, stay: false };
}

async function phasesOf(client: Client, id: string): Promise<readonly Phase[]> {
  const { events } = await client.workflow.getHandle(id).fetchHistory();
  return (events ?? []).flatMap((event) => {
    const fields = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields ?? {};
    const data = fields['SyncPhase']?.data;
    return data == null ? [] : [JSON.parse(Buffer.from(data).toString('utf8')) as Phase]; // as RunState writes it
  });
}
