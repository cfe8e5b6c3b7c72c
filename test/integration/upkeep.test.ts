// What is kept and what is not, and what people are told: step by step on a real store.

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { USUAL_RETENTION } from '../../src/domain/retention.ts';
import { ensureDatabase, type PostgresService, startPostgres } from '../../src/runtime/postgres.ts';
import { recordDecision } from '../../src/steps/gate.ts';
import { openRun } from '../../src/steps/open-run.ts';
import { type Pruned, pruneStore } from '../../src/steps/prune.ts';
import { tell, type Way } from '../../src/steps/tell.ts';
import { loadChangeSet } from '../../src/store/batches.ts';
import { changeSetsOf } from '../../src/store/change-sets.ts';
import { pageClaims } from '../../src/store/claims.ts';
import { requireKept } from '../../src/store/kept.ts';
import { findRun, listRuns, loadDefinition } from '../../src/store/runs.ts';
import { migrate, openStore } from '../../src/store/store.ts';
import { pauseSync, resumeSync } from '../../src/store/syncs.ts';
import { fieldOf, objectOf } from '../merge/support.ts';
import { createWorld, type TestRun, type World } from '../support/steps.ts';
import { loadDump, readDump } from '../support/store-dump.ts';
import { dataDirWithFreePorts } from './runtime-support.ts';

const TABLES = `create table crm.account (
  id bigint generated always as identity primary key, external_id text, name text, status text default 'active');`;
const account = objectOf(
  {
    external_id: fieldOf({ column: 'external_id', strong: true }),
    name: fieldOf({ column: 'name' }),
    status: fieldOf({ column: 'status' }),
  },
  { match: ['external_id'], deactivated: { status: 'inactive' }, gate: { ...objectOf({}).gate, firstRun: 'auto' } },
);

let service: PostgresService;
let dataDir: string;
let world: World;

beforeAll(async () => {
  dataDir = await dataDirWithFreePorts();
  service = await startPostgres({ dataDir, log: () => {}, env: {} });
});

beforeEach(async () => {
  world = await createWorld(service.url, { tables: TABLES, object: account, syncs: [{ sync: 'erp' }] });
});

afterEach(() => world?.close());

afterAll(async () => {
  await service?.stop();
  rmSync(join(dataDir, '..'), { recursive: true, force: true });
});

const query = async (sql: string, values: readonly unknown[] = []): Promise<readonly object[]> =>
  (await world.deps.store.pool.query<object>(sql, [...values])).rows;

async function said(name: string, operation: 'upsert' | 'delete' = 'upsert'): Promise<TestRun> {
  const run = await world.open('erp');
  const fields = operation === 'delete' ? {} : { external_id: 'C-1', name };
  await run.stage(0, [{ key: 'C-1', fields, operation }]);
  return run;
}

async function delivered(name: string): Promise<TestRun> {
  const run = await said(name);
  await run.finish();
  return run;
}

describe('pruning', () => {
  const prune = (dryRun = false): Promise<Pruned | null> =>
    pruneStore(world.deps.store, USUAL_RETENTION, { dryRun, progress: () => {} });
  const age = (days: number): Promise<readonly object[]> =>
    query(`update run set ended_at = ended_at - make_interval(days => $1)`, [days]);
  const nothing = { reads: 0, staged: 0, changes: 0, quarantined: 0, events: 0, tombstones: 0, runs: 0 };
  const changesOf = ({ ref }: TestRun) => loadChangeSet(world.deps.store.pool, { runNo: ref.runNo, round: 0, n: 0 });
  const rowOf = async ({ ref }: TestRun) => findRun(world.deps.store.pool, { no: ref.runNo });

  it('takes from each run what nobody needs any more, and says so where somebody asks', async () => {
    const first = await delivered('Acme');
    const same = await delivered('Acme');
    const open = await said('Acme Ltd');
    expect(await prune(true)).toEqual({ ...nothing, reads: 2 });
    expect(await prune()).toEqual({ ...nothing, reads: 2 });
    expect(await prune()).toEqual(nothing);

    await age(20);
    expect(await prune()).toEqual({ ...nothing, staged: 1 });
    expect([await changesOf(first), await changesOf(same)]).toEqual([expect.anything(), null]);
    const { kept, ...row } = (await rowOf(same)) ?? expect.fail();
    expect(() => requireKept({ ...row, kept })).toThrow(`the change sets of ${same.ref.runId}`);

    await age(80);
    expect(await prune()).toEqual({ ...nothing, changes: 1 });
    expect((await rowOf(first))?.kept).toBe('nothing');
    await open.fail();
    const undo = { runId: 'undo', sync: 'erp', kind: 'undo', trigger: 'manual', dryRun: false } as const;
    await expect(openRun(world.deps, { ...undo, ofRun: first.ref.runId })).rejects.toThrow('were removed');
  });

  it('leaves open runs, the runs that read what is in the crosswalk, and what is being undone', async () => {
    const first = await delivered('Acme');
    const second = await delivered('Acme Ltd');
    const undo = {
      runId: `undo-${second.ref.runId}`,
      sync: 'erp',
      kind: 'undo',
      trigger: 'manual',
      dryRun: false,
    } as const;
    await openRun(world.deps, { ...undo, ofRun: second.ref.runId });
    await age(500);
    expect(await prune()).toMatchObject({ changes: 1, runs: 1 });
    expect([await rowOf(first), (await rowOf(second))?.kept]).toEqual([undefined, 'all']);
    await query(`update run set outcome = 'failed', ended_at = now() where kind = 'undo'`);
    expect(await prune()).toMatchObject({ changes: 1, runs: 0 });
  });

  it('forgets ended source records, and a newer one begins anew under the same CRM record', async () => {
    await delivered('Acme');
    await (await said('', 'delete')).finish();
    expect(await prune()).toMatchObject({ tombstones: 0 });
    await query(`update crosswalk set observed_at = now() - interval '401 days'`);
    expect(await prune(true)).toMatchObject({ tombstones: 1 });
    expect(await prune()).toMatchObject({ tombstones: 1 });
    await delivered('Acme');
    expect((await world.crm.query('select name, status from crm.account')).rows).toEqual([
      { name: 'Acme', status: expect.stringMatching(/active/) },
    ]);
  });

  it('is done by one at a time', async () => {
    const others = await Promise.all(Array.from({ length: 4 }, () => prune()));
    expect(others.filter((one) => one !== null).length).toBeGreaterThan(0);
    const client = await world.deps.store.pool.connect();
    await client.query('select pg_advisory_lock(7411983)');
    expect(await prune()).toBeNull();
    await client.query('select pg_advisory_unlock(7411983)');
    client.release();
  });
});

describe('telling people', () => {
  let heard: { readonly event: string; readonly message: string; readonly look: string }[];
  let broken: boolean;
  const way: Way = {
    remindAfterMs: 7 * 86_400_000,
    send: async ({ event, message, look }) => {
      if (broken) throw new Error('it answered 500');
      heard.push({ event, message, look });
    },
  };
  const look = (slowly = false): Promise<number> => tell(world.deps.store, { way: async () => way, slowly });
  beforeEach(() => {
    [heard, broken] = [[], false];
  });

  it('a run at the gate is said once, in the words of the CLI, and no more once it is decided', async () => {
    const run = await said('Acme');
    await run.merge(0, 0);
    const gate = { ...(await run.gate(0)), tripped: ['the first run of erp waits for approval'] };
    await query(`update run set phase = 'gate', gate = jsonb_set(gate, '{tripped}', $1::jsonb)`, [
      JSON.stringify(gate.tripped),
    ]);
    expect([await look(), await look()]).toEqual([1, 0]);
    const { runId } = run.ref;
    expect(heard).toEqual([
      {
        event: 'gate.waiting',
        message: `${runId} is waiting at the gate: 1 creates, 0 updates, 0 deletes. the first run of erp waits for approval`,
        look: `tributary gate show ${runId}`,
      },
    ]);
    await recordDecision(world.deps, { ...run.ref, gate, round: 0, decision: 'approve', by: 'tester' });
    expect(await look()).toBe(0);
    expect(await query('select 1 from notification')).toEqual([]);
  });

  it('what could not be said is tried again later, and not at all once it is not so any more', async () => {
    await delivered('Acme');
    broken = true;
    await pauseSync(world.deps.store.pool, { name: 'erp', by: 'maria', note: 'migration of the CRM' });
    expect(await look()).toBe(0);
    expect(await query('select tries, error from notification')).toEqual([{ tries: 1, error: 'it answered 500' }]);
    broken = false;
    expect(await look()).toBe(0);
    await query('update notification set next_try_at = now()');
    expect(await look()).toBe(1);
    expect(heard).toEqual([
      {
        event: 'sync.paused',
        message: 'erp was paused by maria: migration of the CRM',
        look: 'tributary resume erp',
      },
    ]);
    await resumeSync(world.deps.store.pool, 'erp');
    await pauseSync(world.deps.store.pool, { name: 'erp', by: 'maria', note: null });
    expect(await look()).toBe(1);
  });

  it('a sync that goes on failing in the same way is said once; so is what waits for too long', async () => {
    for (const _again of [1, 2]) {
      await (await said('Acme')).fail();
      await query(`update run set error = '{"code": "source.not_found", "message": "there is no x", "hint": "Look."}'`);
      await look();
    }
    expect(heard.map(({ event }) => event)).toEqual(['run.failed']);
    await delivered('Acme');
    await query(`update crosswalk set state = 'waiting', observed_at = now() - interval '8 days'`);
    await look(true);
    expect(heard.at(-1)?.message).toMatch(
      /^1 record of erp waits for another record, or for the CRM, the oldest since/,
    );
    expect(await look(true)).toBe(0);
  });

  it('a sync that falls behind is said once, and then that it is fresh again; not to who never heard of it', async () => {
    const lookWith = (ageMs: number): Promise<number> => {
      const fresh = [{ sync: 'erp', object: 'account', ageMs, objectiveMs: 60_000, missed: ageMs > 60_000 }];
      return tell(world.deps.store, { way: async () => way, slowly: false, fresh: async () => fresh });
    };
    broken = true;
    expect([await lookWith(90_000), await lookWith(5_000)]).toEqual([0, 0]);
    expect(await query('select 1 from notification')).toEqual([]);
    broken = false;
    const ages = [5_000, 90_000, 150_000, 5_000, 6_000, 90_000, 7_000];
    for (const age of ages) await lookWith(age);
    expect(heard.map(({ event }) => event)).toEqual(['sync.stale', 'sync.fresh', 'sync.stale', 'sync.fresh']);
    expect(heard[1]?.message).toBe('erp (account) is fresh again: no change older than 5s waits; the objective is 60s');
  });
});

describe('a store of an earlier release', () => {
  const releases = readdirSync(fileURLToPath(new URL('../replay/stores', import.meta.url)));

  it.each(releases.map((file) => file.replace('.json.gz', '')))(
    'of %s is brought up to date, and all that it holds can be read',
    async (release) => {
      const dump = readDump(release);
      const url = await ensureDatabase(service.url, `store of ${release}`);
      const client = new Client({ connectionString: url });
      await client.connect();
      await loadDump(client, dump);
      await client.end();
      const store = openStore(url, { connections: 2 });
      try {
        await migrate(store, 'bench');
        const rows = Object.entries(dump.tables).map(([table, one]) => [table, one.rows.split('\n').length - 1]);
        for (const [table, count] of rows)
          expect({ table, ...(await store.pool.query(`select count(*) as count from "${table}"`)).rows[0] }).toEqual({
            table,
            count,
          });
        let entries = 0;
        for (const run of await listRuns(store.pool, { limit: 1_000 })) {
          await loadDefinition(store.pool, run.definitionHash);
          for await (const changes of changeSetsOf(store.pool, { runNo: run.no })) entries += changes.entries.length;
        }
        expect(entries).toBeGreaterThan(500);
        expect((await pageClaims(store.pool, { syncNo: 1, afterKey: '', limit: 1_000 })).length).toBeGreaterThan(100);
      } finally {
        await store.close();
      }
    },
  );
});
