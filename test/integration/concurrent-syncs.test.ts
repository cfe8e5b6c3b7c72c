// Two syncs of one object at once: new records with the same match keys, steps in any order and at the same moment,
// answers that get lost, runs that are given up. Whatever happens, nobody is created twice and no claim is lost.
//
// TRIBUTARY_CASES=2000 runs that many cases instead of a few.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SyncError } from '../../src/domain/errors.ts';
import { NO_PINS, resolve } from '../../src/merge/resolve.ts';
import { type PostgresService, startPostgres } from '../../src/runtime/postgres.ts';
import { claimsOfRecords } from '../../src/store/claims.ts';
import { fieldOf, objectOf } from '../merge/support.ts';
import { createWorld, type Said, type TestRun, type World } from '../support/steps.ts';
import { dataDirWithFreePorts } from './runtime-support.ts';

const CASES = Number(process.env['TRIBUTARY_CASES'] ?? 8);
const SYNCS = ['erp', 'oa'] as const;

const account = objectOf(
  {
    email: fieldOf({ column: 'email', type: 'email', conflict: 'fill_empty' }),
    phone: fieldOf({ column: 'phone', type: 'phone', conflict: 'fill_empty' }),
    name: fieldOf({ column: 'name' }),
  },
  { match: ['email', 'phone'], deletes: 'none', gate: { ...objectOf({}).gate, firstRun: 'auto' } },
);

/** The CRM itself notes every record that is new though somebody has one of its keys. */
const TABLES = `
  create table crm.account (id bigint generated always as identity primary key, email text, phone text, name text);
  create table crm.duplicate (email text, phone text);
  create function crm.watch() returns trigger language plpgsql as $$ begin
    if exists (select 1 from crm.account a where a.email = new.email or a.phone = new.phone)
    then insert into crm.duplicate values (new.email, new.phone); end if;
    return new;
  end $$;
  create trigger watch before insert on crm.account for each row execute function crm.watch();`;

let service: PostgresService;
let dataDir: string;
let world: World;

beforeAll(async () => {
  dataDir = await dataDirWithFreePorts();
  service = await startPostgres({ dataDir, log: () => {}, env: {} });
  const syncs = SYNCS.map((sync) => ({ sync, stream: { many: true } }));
  world = await createWorld(service.url, { tables: TABLES, object: account, syncs });
});

afterAll(async () => {
  await world?.close();
  await service?.stop();
  rmSync(join(dataDir, '..'), { recursive: true, force: true });
});

const EMPTY = 'truncate crosswalk, record, reservation, review, batch, fingerprint_revocation restart identity cascade';

async function clear(): Promise<void> {
  await world.deps.store.pool.query(EMPTY);
  await world.deps.store.pool.query('update sync set lease_run = null');
  await world.crm.query('truncate crm.account, crm.duplicate');
}

/** One of a run's steps; `true` when the run has ended. */
type Step = () => Promise<boolean>;

/** The steps of a run in their order. Doing one again is no harm. */
function stepsOf(run: TestRun): Step {
  let batches: readonly number[] = [0, 1];
  let round = 0;
  let at = 0;
  const plan = (): readonly (() => Promise<unknown>)[] => [
    ...batches.map((n) => () => run.merge(round, n)),
    () => run.gate(round),
    ...batches.map((n) => () => run.deliver(round, n)),
  ];
  let steps = plan();
  return async () => {
    const step = steps[at];
    if (step !== undefined) {
      await step();
      at++;
      return false;
    }
    const next = round === 5 ? [] : await run.nextRound(round + 1);
    if (next.length === 0) {
      await run.end();
      return true;
    }
    [batches, round, at] = [next, round + 1, 0];
    steps = plan();
    return false;
  };
}

const said = fc.record({
  email: fc.constantFrom(null, 'a@x.org', 'b@x.org', 'c@x.org'),
  phone: fc.constantFrom(null, '111111', '222222', '333333'),
  name: fc.constantFrom('Ada', 'Bob'),
});
const batch = fc.array(said, { minLength: 1, maxLength: 4 });
const claimed = fc.tuple(batch, batch);
/** Who is next: the first run, the second, both at the same moment; or one of them ends after its next step. */
const turns = fc.array(fc.constantFrom(0, 1, 2, 0, 1, 2, 0, 1, 2, 3, 4), { minLength: 30, maxLength: 30 });
/** What becomes of each delivery: it is made, or nobody hears whether it was, before or after the CRM's commit. */
const mishaps = fc.array(fc.constantFrom('none', 'none', 'none', 'before', 'after'), { minLength: 12, maxLength: 12 });

type Batches = readonly (readonly {
  readonly email: string | null;
  readonly phone: string | null;
  readonly name: string;
}[])[];

function claimsOf(batches: Batches): readonly (readonly Said[])[] {
  return batches.map((fields, n) => fields.map((one, place) => ({ key: `${n}-${place}`, fields: one })));
}

async function openWith(sync: string, batches: readonly (readonly Said[])[]): Promise<TestRun> {
  const run = await world.open(sync);
  for (const [n, claims] of batches.entries()) await run.stage(n, claims);
  return run;
}

const LOST = new SyncError('destination.unreachable', { message: 'nobody knows' });

/** Without mishaps meanwhile: a run that ends while the CRM does not answer can only hope for its match keys. */
async function reachable(work: () => Promise<void>): Promise<void> {
  const mishap = world.fail;
  world.fail = () => {};
  await work();
  world.fail = mishap;
}

/** Takes the steps of two runs by turns, each again until it succeeds. Runs that are given up begin anew. */
async function interleave(all: readonly Batches[], order: readonly number[]): Promise<void> {
  const begin = async (index: number): Promise<{ readonly run: TestRun; readonly step: Step }> => {
    for (;;) {
      try {
        const run = await openWith(SYNCS[index] ?? 'erp', claimsOf(all[index] ?? []));
        return { run, step: stepsOf(run) };
      } catch (error) {
        if (error !== LOST) throw error;
      }
    }
  };
  const runs = [await begin(0), await begin(1)];
  const ended = new Set<number>();
  const take = async (index: number): Promise<void> => {
    const at = runs[index];
    if (at === undefined || ended.has(index)) return;
    for (;;) {
      try {
        if (await at.step()) ended.add(index);
        return;
      } catch (error) {
        if (error !== LOST) throw error;
      }
    }
  };
  const giveUp = async (index: number): Promise<void> => {
    const at = runs[index];
    if (at === undefined || ended.has(index)) return;
    const lost = await at.step().then(
      () => false,
      (error: unknown) => {
        if (error !== LOST) throw error;
        return true;
      },
    );
    // Some runs can still say that they end, others are just gone.
    if (lost && index === 0) await reachable(() => at.run.fail());
    else world.gone.add(at.run.ref.runId);
    runs[index] = await begin(index);
  };
  for (const who of order) await (who > 2 ? giveUp(who - 3) : who === 2 ? Promise.all([take(0), take(1)]) : take(who));
  while (ended.size < runs.length) await Promise.all([take(0), take(1)]);
}

/** Runs without anything new, until no claim waits. */
async function settle(): Promise<void> {
  for (let round = 0; round < 4; round++) {
    if ((await linked()).every(({ state }) => state !== 'waiting' && state !== 'parked')) return;
    for (const sync of SYNCS) await (await openWith(sync, [])).finish();
  }
}

interface Linked {
  readonly sync: string;
  readonly key: string;
  readonly state: string;
  readonly crm_id: string | null;
}

async function linked(): Promise<readonly Linked[]> {
  const { rows } = await world.deps.store.pool.query<Linked>(
    `select s.name as sync, c.key, c.state, r.crm_id from crosswalk c join sync s on s.no = c.sync_no
     left join record r on r.id = c.record_id order by 1, 2`,
  );
  return rows;
}

/** What all claims on a record say together, whoever came first. */
async function namesOfClaims(): Promise<ReadonlyMap<string, unknown>> {
  const { rows } = await world.deps.store.pool.query<{ id: number; crm_id: string }>('select id, crm_id from record');
  const claims = await claimsOfRecords(
    world.deps.store.pool,
    rows.map(({ id }) => id),
  );
  return new Map(
    rows.map(({ id, crm_id: crmId }) => {
      const own = claims.filter((claim) => claim.recordId === id);
      return [crmId, resolve(account, own, NO_PINS)['name']?.value];
    }),
  );
}

async function expectOneTruth(batches: readonly Batches[]): Promise<void> {
  expect((await world.crm.query('select * from crm.duplicate')).rows).toEqual([]);
  const claims = await linked();
  expect(claims).toHaveLength(batches.flat(2).length);
  expect(claims.filter(({ state }) => state === 'waiting' || state === 'parked')).toEqual([]);
  const unlinked = claims.filter(({ crm_id: crmId, state }) => crmId === null && state !== 'review');
  expect(unlinked).toEqual([]);
  const { rows } = await world.crm.query<{ id: string; keyless: boolean; name: string }>(
    'select id::text, email is null and phone is null as keyless, name from crm.account',
  );
  const keyless = batches.flat(2).filter(({ email, phone }) => email === null && phone === null);
  expect(rows.filter((row) => row.keyless)).toHaveLength(keyless.length);
  expect(new Map(rows.map(({ id, name }) => [id, name]))).toEqual(await namesOfClaims());
}

it('two syncs at once: nobody is created twice, no claim is lost, the values are those of all claims', async () => {
  await fc.assert(
    fc.asyncProperty(claimed, claimed, turns, mishaps, async (first, second, order, accidents) => {
      await clear();
      const left = [...accidents];
      world.fail = (moment) => {
        if (left[0] === 'none') left.shift();
        else if (left[0] === moment) {
          left.shift();
          throw LOST;
        }
      };
      const batches: readonly Batches[] = [first, second];
      await interleave(batches, order);
      world.fail = () => {};
      await settle();
      await expectOneTruth(batches);
    }),
    { numRuns: CASES },
  );
});
