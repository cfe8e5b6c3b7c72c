// All or nothing: a run that fails half way leaves the CRM as it was.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestOf } from '../../bench/crm.ts';
import {
  type ChaosProject,
  fillCrm,
  makeProject,
  open,
  removeProject,
  resultOf,
  startRun,
  tributary,
} from '../chaos/support.ts';
import type { Json } from '../support/project.ts';

const SET = { rows: 4_000, seed: 5 };
const RANGE_BYTES = 'TRIBUTARY_RANGE_BYTES';

let dir: string;
let project: ChaosProject;
let before: Awaited<ReturnType<typeof digestOf>>;
let written: string;

beforeAll(async () => {
  dir = makeProject(SET);
  const sync = join(dir, 'syncs/customers.yaml');
  writeFileSync(sync, `${readFileSync(sync, 'utf8')}\nall_or_nothing: true\n`);
  process.env[RANGE_BYTES] = '150000';
  project = await open(dir).finally(() => delete process.env[RANGE_BYTES]);
  await fillCrm(project.crm, SET);
  before = await digestOf(project.crm);
});

afterAll(async () => {
  await project?.close();
  removeProject(dir);
});

async function stored(sql: string): Promise<Json> {
  return (await project.session.store.pool.query<Json>(sql)).rows[0];
}

/** The CRM fails on one record of the last batch, in a way that is no fault of the record. */
const FAILURE = `create function public.fail() returns trigger language plpgsql as $$
  begin raise exception 'could not read block 7' using errcode = 'XX001'; end $$;
  create trigger fail before insert or update on public.account for each row
    when (new.external_id = $LAST) execute function public.fail()`;

test('what a run had delivered before it failed is taken back, and nothing is held', async () => {
  const { rows } = await project.crm.query<{ last: string }>('select max(external_id) as last from public.account');
  await project.crm.query(FAILURE.replace('$LAST', `'${rows[0]?.last ?? ''}'`));
  const run = await startRun(dir);
  const failed = await resultOf(project.session, run).catch((error: Error) => error.cause);
  expect(failed).toMatchObject({ type: 'internal.bug', message: expect.stringMatching(/undo-\S+ has taken back/) });
  expect(await digestOf(project.crm)).toEqual(before);
  const { delivered, undone, ...left } = await stored(
    `select (select count(*) from batch b join run r on r.no = b.run_no where r.id = '${run}' and delivered_at is not null) as delivered,
       (select sum((counts ->> 'updated')::int + (counts ->> 'deleted')::int) from run where kind = 'undo') as undone,
       (select outcome from run where id = '${run}') as outcome, (select count(*) from hold) as holds,
       (select count(*) from sync where lease_run is not null) as leases`,
  );
  expect(Number(delivered)).toBeGreaterThan(1);
  expect(Number(undone)).toBeGreaterThan(100);
  expect(left).toEqual({ outcome: 'failed', holds: 0, leases: 0 });
});

test('the next run does all of it', async () => {
  await project.crm.query('drop trigger fail on public.account');
  written = await startRun(dir);
  const { read, quarantined, outcome } = await resultOf(project.session, written);
  expect({ read, outcome }).toEqual({ read: SET.rows, outcome: 'delivered' });
  const { rows } = await digestOf(project.crm);
  expect(rows).toBeGreaterThanOrEqual(SET.rows - quarantined);
});

test('an undo takes back every batch', async () => {
  const undone = (await tributary(dir, 'undo', written)) as Json;
  expect(undone).toMatchObject({ outcome: 'delivered', kept_total: 0 });
  expect(await digestOf(project.crm)).toEqual(before);
});
