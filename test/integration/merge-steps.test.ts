// What merge, gate and deliver do with each other, step by step on real databases: ends, holds, approvals, and records
// that people delete or merge in the CRM.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectDefinition } from '../../src/domain/definition.ts';
import { HELD_AT_GATE } from '../../src/merge/standing.ts';
import { type PostgresService, startPostgres } from '../../src/runtime/postgres.ts';
import { recordDecision } from '../../src/steps/gate.ts';
import { listHeld, releaseHeld } from '../../src/store/held.ts';
import { fieldOf, objectOf } from '../merge/support.ts';
import { createWorld, type Said, type World } from '../support/steps.ts';
import { dataDirWithFreePorts } from './runtime-support.ts';

const TABLES = `create table crm.account (
  id bigint generated always as identity primary key, external_id text, name text, phone text, status text default 'active',
  master_id bigint, parent_id bigint, theirs text);
  create table crm.old_account (like crm.account);`;

const account = objectOf(
  {
    external_id: fieldOf({ column: 'external_id', strong: true }),
    name: fieldOf({ column: 'name', resolve: { kind: 'rank', sources: ['erp', 'oa'] } }),
    phone: fieldOf({ column: 'phone' }),
    status: fieldOf({ column: 'status' }),
    parent: fieldOf({
      column: 'parent_id',
      type: 'reference',
      reference: { object: 'account', by: 'external_id', missing: 'wait' },
    }),
  },
  {
    match: ['external_id'],
    deactivated: { status: 'inactive' },
    mergedInto: 'master_id',
    gate: { ...objectOf({}).gate, firstRun: 'auto' },
  },
);

let service: PostgresService;
let dataDir: string;
let world: World;

beforeAll(async () => {
  dataDir = await dataDirWithFreePorts();
  service = await startPostgres({ dataDir, log: () => {}, env: {} });
});

afterEach(() => world?.close());

afterAll(async () => {
  await service?.stop();
  rmSync(join(dataDir, '..'), { recursive: true, force: true });
});

/** Each case has databases of its own. */
async function begin(change: Partial<ObjectDefinition> = {}): Promise<void> {
  const syncs = [{ sync: 'erp' }, { sync: 'oa' }];
  world = await createWorld(service.url, { tables: TABLES, object: { ...account, ...change }, syncs });
}

async function say(sync: string, ...claims: readonly Said[]): Promise<void> {
  const run = await world.open(sync);
  await run.stage(0, claims);
  await run.finish();
}

const claim = (fields: Said['fields'], version?: string): Said => ({
  key: 'C-1',
  fields: { external_id: 'C-1', ...fields },
  ...(version === undefined ? {} : { version }),
});

async function crm(): Promise<readonly object[]> {
  const { rows } = await world.crm.query<Record<string, unknown>>(
    'select id::integer, name, phone, status from crm.account where master_id is null order by id',
  );
  return rows;
}

async function crosswalk(): Promise<readonly string[]> {
  const { rows } = await world.deps.store.pool.query<{ claim: string }>(
    `select s.name || ' ' || c.operation || ' ' || c.state || ' ' || coalesce(r.crm_id, '-') as claim
     from crosswalk c join sync s on s.no = c.sync_no left join record r on r.id = c.record_id order by 1`,
  );
  return rows.map((row) => row.claim);
}

const ADA = { id: 1, name: 'Ada', phone: null, status: 'active' };

describe('an end that the source says', () => {
  beforeEach(() => begin());

  it('deactivates the record, outlives older records that come late, and a newer one revives the same record', async () => {
    await say('erp', claim({ name: 'Ada' }, '2'));
    await say('erp', { key: 'C-1', operation: 'delete', version: '4' });
    expect(await crm()).toEqual([{ ...ADA, status: 'inactive' }]);
    await say('erp', claim({ name: 'Late' }, '3'));
    expect(await crm()).toEqual([{ ...ADA, status: 'inactive' }]);
    expect(await crosswalk()).toEqual(['erp delete applied 1']);
    await say('erp', claim({ name: 'Bob' }, '5'));
    expect(await crm()).toEqual([{ ...ADA, name: 'Bob' }]);
    await say('erp', { key: 'C-1', operation: 'delete', version: '6' });
    expect(await crm()).toEqual([{ ...ADA, name: 'Bob', status: 'inactive' }]);
  });

  it('of something that never was here is kept as a tombstone all the same', async () => {
    await say('erp', { key: 'C-1', operation: 'delete', version: '4' });
    await say('erp', claim({ name: 'Late' }, '3'));
    expect(await crm()).toEqual([]);
    expect(await crosswalk()).toEqual(['erp delete no_change -']);
  });

  it('lets the next source win, and ends the record with the last of them', async () => {
    await say('erp', claim({ name: 'Ada' }));
    await say('oa', claim({ name: 'Bob' }));
    expect(await crm()).toEqual([ADA]);
    await say('erp', { key: 'C-1', operation: 'delete' });
    expect(await crm()).toEqual([{ ...ADA, name: 'Bob' }]);
    await say('oa', { key: 'C-1', operation: 'delete' });
    expect(await crm()).toEqual([{ ...ADA, name: 'Bob', status: 'inactive' }]);
  });

  it('only detaches where the source says no more: the next one wins, nothing ends', async () => {
    await say('erp', claim({ name: 'Ada' }));
    await say('oa', claim({ name: 'Bob' }));
    await say('erp', { key: 'C-1', operation: 'detach' });
    await say('oa', { key: 'C-1', operation: 'delete' });
    expect(await crm()).toEqual([{ ...ADA, name: 'Bob' }]);
  });
});

describe('what was not approved', () => {
  beforeEach(() => begin());

  it('is proposed by nobody: not by another sync that merges the record; until it is released', async () => {
    await say('erp', claim({ name: 'Ada' }));
    const refused = await world.open('erp');
    await refused.stage(0, [claim({ name: 'Bad' })]);
    await refused.finish('hold');
    await say('oa', claim({ name: 'Ada', phone: '1' }));
    expect(await crm()).toEqual([{ ...ADA, phone: '1' }]);
    const { pool } = world.deps.store;
    expect(await listHeld(pool, { limit: 9 })).toMatchObject([{ sync: 'erp', key: 'C-1', refused: { name: 'Bad' } }]);
    const released = await world.deps.store.transaction((client) =>
      releaseHeld(client, { sync: 'erp', by: 'Ada', atGate: HELD_AT_GATE }),
    );
    expect(released).toEqual([{ sync: 'erp', key: 'C-1' }]);
    await say('erp');
    expect(await crm()).toEqual([{ ...ADA, name: 'Bad', phone: '1' }]);
    expect(await listHeld(pool, { limit: 9 })).toEqual([]);
  });

  it('is asked for again when its source has a new version', async () => {
    await say('erp', claim({ name: 'Ada' }, '1'));
    const refused = await world.open('erp');
    await refused.stage(0, [claim({ name: 'Bad' }, '2')]);
    await refused.finish('hold');
    await say('erp', claim({ name: 'Bad' }, '2'));
    expect(await crm()).toEqual([ADA]);
    await say('erp', claim({ name: 'Bad' }, '3'));
    expect(await crm()).toEqual([{ ...ADA, name: 'Bad' }]);
    await say('oa', claim({ phone: '1' }));
    expect(await crm()).toEqual([{ ...ADA, name: 'Bad', phone: '1' }]);
  });
});

describe('an approved entry whose record changes before it is delivered', () => {
  beforeEach(() => begin());

  async function deliverApproved(fields: Said['fields'], meanwhile: string): Promise<void> {
    const run = await world.open('erp');
    await run.stage(0, [claim(fields)]);
    await run.merge(0, 0);
    const gate = await run.gate(0);
    await recordDecision(world.deps, { ...run.ref, gate, round: 0, decision: 'approve', by: 'Ada' });
    await world.crm.query(meanwhile);
    await run.deliver(0, 0);
    expect(await run.nextRound(1)).toEqual([0]);
    await run.merge(1, 0);
    expect((await run.gate(1)).tripped).toEqual([]);
    await run.deliver(1, 0);
    await run.end();
  }

  it('writes what is left of it', async () => {
    await say('erp', claim({ name: 'Ada' }));
    await deliverApproved({ name: 'Bob', phone: '1' }, `update crm.account set name = 'Bob'`);
    expect(await crm()).toEqual([{ ...ADA, name: 'Bob', phone: '1' }]);
  });

  it('parks where it would overwrite what nobody has seen', async () => {
    await say('erp', claim({ name: 'Ada' }));
    await deliverApproved({ name: 'Bob', phone: '1' }, `update crm.account set name = 'Eve'`);
    expect(await crm()).toEqual([{ ...ADA, name: 'Eve' }]);
    expect(await crosswalk()).toEqual(['erp upsert parked 1']);
    await say('erp');
    expect(await crm()).toEqual([{ ...ADA, name: 'Bob', phone: '1' }]);
  });
});

it('deleting for good waits for approval, were it one record', async () => {
  await begin({ deletes: 'delete' });
  await say('erp', claim({ name: 'Ada' }));
  const run = await world.open('erp');
  await run.stage(0, [{ key: 'C-1', operation: 'delete' }]);
  await run.merge(0, 0);
  const gate = await run.gate(0);
  expect(gate.tripped).toEqual(['1 records would be deleted for good (deletes: delete)']);
  await recordDecision(world.deps, { ...run.ref, gate, round: 0, decision: 'approve', by: 'Ada' });
  await run.deliver(0, 0);
  await run.end();
  expect(await crm()).toEqual([]);
  await say('erp', claim({ name: 'Ada' }));
  expect(await crm()).toEqual([ADA]);
});

it('an archived record comes back with everything it had', async () => {
  await begin({ deletes: 'archive', archive: 'old_account' });
  await say('erp', claim({ name: 'Ada' }));
  await world.crm.query(`update crm.account set theirs = 'x'`);
  await say('erp', { key: 'C-1', operation: 'delete' });
  expect(await crm()).toEqual([]);
  const { rows: archived } = await world.crm.query('select id::integer, name, theirs from crm.old_account');
  expect(archived).toEqual([{ id: 1, name: 'Ada', theirs: 'x' }]);
  await say('erp', claim({ name: 'Bob' }));
  expect(await crm()).toEqual([{ ...ADA, name: 'Bob' }]);
  const { rows: theirs } = await world.crm.query(
    'select theirs from crm.account union all select theirs from crm.old_account',
  );
  expect(theirs).toEqual([{ theirs: 'x' }]);
});

it('what waits for long goes on waiting, and a person is asked until it is there', async () => {
  await begin();
  const child = { ...claim({ name: 'Ada', parent: 'C-0' }), observedAt: Date.now() - 31 * 86_400_000 };
  const { pool } = world.deps.store;
  const reviews = async (): Promise<unknown> =>
    (await pool.query('select reason from review where decided_at is null')).rows;
  await say('erp', child);
  expect(await crosswalk()).toEqual(['erp upsert waiting -']);
  expect(await reviews()).toEqual([{ reason: 'no account with this external_id yet (parent)' }]);
  await say('oa', { key: 'C-0', fields: { external_id: 'C-0', name: 'Eve' } });
  await say('erp');
  expect(await crosswalk()).toEqual(['erp upsert applied 2', 'oa upsert applied 1']);
  expect(await reviews()).toEqual([]);
});

describe('a record that somebody deleted in the CRM', () => {
  it.each([
    ['review', [], ['erp upsert review 1']],
    ['accept', [], ['erp upsert no_change 1']],
    ['recreate', [{ ...ADA, id: 2, name: 'Bob' }], ['erp upsert applied 2']],
  ] as const)('gone: %s', async (gone, records, states) => {
    await begin(gone === 'review' ? {} : { gone });
    await say('erp', claim({ name: 'Ada' }));
    await world.crm.query('delete from crm.account');
    await say('erp', claim({ name: 'Bob' }));
    expect(await crm()).toEqual(records);
    expect(await crosswalk()).toEqual(states);
    await say('erp', { key: 'C-1', operation: 'delete' });
    expect(await crosswalk()).toHaveLength(1);
  });
});

describe('a record that somebody merged into another one in the CRM', () => {
  beforeEach(() => begin());

  it('takes all its claims along, also to a record that nobody knew', async () => {
    await say('erp', claim({ name: 'Ada' }));
    await say('oa', claim({ phone: '1' }));
    await world.crm.query(`insert into crm.account (external_id, name) values ('X', 'Kept')`);
    await world.crm.query('update crm.account set master_id = 2 where id = 1');
    await say('erp', claim({ name: 'Bob' }));
    expect(await crosswalk()).toEqual(['erp upsert applied 2', 'oa upsert applied 2']);
    expect(await crm()).toEqual([{ id: 2, name: 'Bob', phone: '1', status: 'active' }]);
    await say('oa', claim({ phone: '2' }));
    expect(await crm()).toEqual([{ id: 2, name: 'Bob', phone: '2', status: 'active' }]);
  });

  it('is followed through a chain, and never found by its keys again', async () => {
    await world.crm.query(
      `insert into crm.account (external_id, master_id) values ('C-1', 2), ('C-1', 3), ('Z', null)`,
    );
    await world.crm.query(`update crm.account set external_id = 'old' where id = 2`);
    await say('erp', claim({ name: 'Bob' }));
    expect(await crm()).toEqual([{ id: 3, name: 'Bob', phone: null, status: 'active' }]);
  });
});
