// The steps of runs on real databases, without workflows: a test decides what happens when, and what fails.

import { Client } from 'pg';
import type { Destination } from '../../src/destinations/destination.ts';
import { postgresDestination } from '../../src/destinations/postgres/destination.ts';
import type { Claim } from '../../src/domain/claims.ts';
import type { ObjectDefinition, RunDefinition } from '../../src/domain/definition.ts';
import { numbersIn } from '../../src/domain/spans.ts';
import type { Fields } from '../../src/domain/values.ts';
import { ACCEPTED, EntryWriter } from '../../src/fingerprint/entries.ts';
import { createHasher } from '../../src/fingerprint/hash.ts';
import { ensureDatabase } from '../../src/runtime/postgres.ts';
import { BatchCache } from '../../src/steps/batch-cache.ts';
import { checkpointRun } from '../../src/steps/checkpoint.ts';
import type { DeliverMode } from '../../src/steps/deliver.ts';
import { deliverBatch } from '../../src/steps/deliver.ts';
import type { Deps, RunRef, StepContext } from '../../src/steps/deps.ts';
import { evaluateGate, type GateResult } from '../../src/steps/gate.ts';
import { mergeBatch } from '../../src/steps/merge.ts';
import { closeRun, openRun } from '../../src/steps/open-run.ts';
import { OpenReads } from '../../src/steps/open-reads.ts';
import { stageRound } from '../../src/steps/rounds.ts';
import { insertBody } from '../../src/store/batches.ts';
import { updateRun } from '../../src/store/runs.ts';
import { migrate, openStore } from '../../src/store/store.ts';

export const CONTEXT: StepContext = { signal: new AbortController().signal, progress: () => {} };

export interface SyncSetting {
  readonly sync: string;
  readonly connection?: string;
  readonly stream?: Partial<RunDefinition['sync']['stream']>;
}

/** A claim as a test says it. */
export interface Said {
  readonly key: string;
  readonly fields?: Fields;
  readonly operation?: Claim['operation'];
  readonly version?: string;
  readonly observedAt?: number;
}

export interface World {
  readonly deps: Deps;
  readonly crm: Client;
  readonly object: ObjectDefinition;
  /** Called before and after every delivery to the CRM; may throw in place of an answer. */
  fail: (moment: 'before' | 'after') => void;
  /** Runs whose workflow is gone. */
  readonly gone: Set<string>;
  open(sync: string): Promise<TestRun>;
  close(): Promise<void>;
}

let databases = 0;

/** A store and a CRM of its own on a server that runs already. */
export async function createWorld(
  server: string,
  {
    tables,
    object,
    syncs,
  }: { readonly tables: string; readonly object: ObjectDefinition; readonly syncs: readonly SyncSetting[] },
): Promise<World> {
  const unused = (): never => {
    throw new Error('not part of these tests');
  };
  const number = `${process.pid} ${databases++}`;
  const store = openStore(await ensureDatabase(server, `store ${number}`), { connections: 8 });
  const project = `test ${number}`;
  await migrate(store, project);
  const url = await ensureDatabase(server, `crm ${number}`);
  const crm = new Client({ connectionString: url });
  await crm.connect();
  await crm.query(`create schema crm; ${tables}`);
  const settings = { url, schema: 'crm' };
  const connection = { name: 'crm', kind: 'postgres', settings };
  const real = await postgresDestination.open(connection, settings, {
    projectDir: '/',
    storeUrl: server,
    tables: unused,
  });
  const definitions = new Map(syncs.map((setting) => [setting.sync, definitionOf(setting, object)]));
  const deps: Deps = {
    // What runs share is cached by project.
    project,
    store,
    hasher: await createHasher(),
    cache: new BatchCache(),
    reads: new OpenReads(),
    ownQueue: 'test',
    currentDefinition: async (sync) => definitions.get(sync) ?? unused(),
    notifications: async () => ({ remindAfterMs: 7 * 86_400_000, send: null }),
    functions: unused,
    source: unused,
    destination: async () => destination,
    isWorkflowOpen: async (id) => !world.gone.has(id),
  };
  const world: World = {
    deps,
    crm,
    object,
    fail: () => {},
    gone: new Set(),
    open: (sync) => openTestRun(deps, sync),
    close: async () => {
      await Promise.all([crm.end(), real.close(), store.close()]);
    },
  };
  const destination = overriding(real, {
    deliver: async (...args) => {
      world.fail('before');
      const outcomes = await real.deliver(...args);
      world.fail('after');
      return outcomes;
    },
  });
  return world;
}

/** The same destination but for what is given. */
function overriding(real: Destination, own: Partial<Destination>): Destination {
  return new Proxy(real, {
    get: (target, name) => {
      const value: unknown = Reflect.get(own, name) ?? Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

export interface TestRun {
  readonly ref: RunRef;
  /** Stages claims as a batch of round 0. */
  stage(n: number, claims: readonly Said[]): Promise<void>;
  merge(round: number, n: number): Promise<void>;
  gate(round: number): Promise<GateResult>;
  deliver(round: number, n: number, mode?: DeliverMode): Promise<void>;
  /** @returns its batches */
  nextRound(round: number): Promise<readonly number[]>;
  /** Merges and delivers everything that is staged, round by round, and ends the run. */
  finish(mode?: DeliverMode): Promise<void>;
  end(rejected?: boolean): Promise<void>;
  /** Ends it as a run ends that cannot go on. */
  fail(): Promise<void>;
}

let runs = 0;

async function openTestRun(deps: Deps, sync: string): Promise<TestRun> {
  const input = { runId: `${sync}-${runs++}`, sync, kind: 'snapshot', trigger: 'manual', dryRun: false } as const;
  let opened = await openRun(deps, input);
  for (; opened.kind === 'settle' && opened.how === 'carry_on'; opened = await openRun(deps, input))
    await carryOn(deps, { ...input, runId: opened.run });
  if (opened.kind !== 'opened') throw new Error(`${sync} cannot be opened: ${JSON.stringify(opened)}`);
  const { ref } = opened;
  // Nothing is read here: the fingerprints stay as they are.
  await updateRun(deps.store.pool, ref.runNo, {
    plan: { ranges: 0, idle: true, plan: null, notes: [], totalBytes: null },
  });
  let batches = 0;
  let position = 0;
  const run: TestRun = {
    ref,
    stage: async (n, said) => {
      batches = Math.max(batches, n + 1);
      const keys = new EntryWriter();
      const claims = said.map((one): Claim => {
        keys.add({ fingerprint: 0n, keyHash: deps.hasher.keyHash(one.key), flag: ACCEPTED, position });
        return {
          key: one.key,
          version: { source: one.version ?? null, read: ref.runNo, position: position++ },
          operation: one.operation ?? 'upsert',
          fields: one.fields ?? {},
          observedAt: one.observedAt ?? Date.now(),
        };
      });
      const place = { runNo: ref.runNo, round: 0, n };
      const none = { unchanged: 0, quarantined: 0, unreadable: 0, filtered: 0, bytes: 0 };
      const validated = { ...none, accepted: claims.length, rejectBatch: false };
      const stats = { ...none, from: 0, read: claims.length, validated };
      await insertBody(deps.store.pool, place, { body: { claims }, keys: keys.finish(), stats });
    },
    merge: async (round, n) => void (await mergeBatch(deps, { ...ref, round, n }, CONTEXT)),
    gate: (round) => evaluateGate(deps, { ...ref, round }),
    deliver: async (round, n, mode = 'apply') => void (await deliverBatch(deps, { ...ref, round, n, mode }, CONTEXT)),
    nextRound: async (round) => [...numbersIn((await stageRound(deps, { ...ref, round })).batches)],
    finish: async (mode = 'apply') => {
      let due = Array.from({ length: batches }, (_, n) => n);
      for (let round = 0; round <= 5 && (round === 0 || due.length > 0); round++) {
        for (const n of due) await run.merge(round, n);
        await run.gate(round);
        for (const n of due) await run.deliver(round, n, mode);
        due = [...(await run.nextRound(round + 1))];
      }
      await run.end(mode === 'hold');
    },
    fail: async () => void (await closeRun(deps, { ref, outcome: 'failed' })),
    end: async (rejected = false) => {
      await checkpointRun(deps, { ...ref, complete: false, rejected }, CONTEXT);
    },
  };
  return run;
}

/** What `workflows/settle.ts` has done: the round at hand comes to its end, and no further one is begun. */
async function carryOn(deps: Deps, input: Parameters<typeof openRun>[1]): Promise<void> {
  const opened = await openRun(deps, { ...input, carriesOn: true });
  if (opened.kind !== 'opened' || opened.at === undefined)
    throw new Error(`${input.runId} cannot be carried on: ${JSON.stringify(opened)}`);
  const { ref, at } = opened;
  const batches = [...numbersIn(at.batches)].map((n) => ({ ...ref, round: at.round, n }));
  for (const batch of batches) await mergeBatch(deps, batch, CONTEXT);
  await evaluateGate(deps, { ...ref, round: at.round });
  for (const batch of batches) await deliverBatch(deps, { ...batch, mode: at.mode }, CONTEXT);
  await checkpointRun(deps, { ...ref, complete: at.complete, rejected: false }, CONTEXT);
}

function definitionOf(setting: SyncSetting, object: ObjectDefinition): RunDefinition {
  const { sync, connection = sync } = setting;
  return {
    hash: `definition of ${sync}`,
    readerHash: 'reader',
    sync: {
      sync,
      stream: { ...STREAM, connection, ...setting.stream },
      object: object.name,
      owner: null,
      where: null,
      map: {},
      check: [],
      expect: { records: null, nulls: null, duplicates: null, drift: 'ignore' },
    },
    objects: { [object.name]: object },
    connections: { crm: { name: 'crm', kind: 'postgres', settings: {} } },
  };
}

const STREAM: RunDefinition['sync']['stream'] = {
  connection: '',
  stream: 'records.ndjson',
  files: 'all',
  entry: null,
  settleMs: 0,
  unpack: { ratio: 100, maxBytes: null },
  format: 'ndjson',
  record: '',
  each: null,
  parent: 'parent',
  key: ['id'],
  version: null,
  records: 'full',
  empty: 'null',
  encoding: 'auto',
  complete: 'proven',
  many: false,
  lastLine: 'accept',
  csv: { delimiter: ',', quote: '"', escape: null, skipLines: 0, comment: null, columns: null },
  maxRecordBytes: 1_000_000,
};
