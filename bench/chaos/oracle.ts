// The oracle: what must hold once every fault is healed and every sync has run once more in peace. It knows what the
// sources said (world.ts) and looks at what is there; it asks nothing of the code under test.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { imbalanceOf, type RunCounts } from '../../src/domain/run.ts';
import type { Pool } from '../../src/postgres/client.ts';
import type { Lab } from './lab.ts';
import { LIST_FILE } from './project.ts';
import type { EndedRun } from './runs.ts';
import { CRM_COLUMNS, type CrmRow, keyOf, type SourceName, SOURCES, versionText } from './world.ts';

/** What does not hold: the promise of RELIABILITY's list, and what differs. */
export interface Violation {
  readonly promise: string;
  readonly message: string;
}

export interface Seen {
  /** Runs that ended in this round. */
  readonly ended: readonly EndedRun[];
  readonly operated: ReadonlySet<string>;
  /** Customers whose record went back to what it was, by the source's will. */
  readonly reverted: ReadonlySet<number>;
  /** PostgreSQL's clock jumped: times of the server cannot be compared. */
  readonly clockJumped: boolean;
}

const SHOWN = 3;
const LEFT_MS = 15_000;
const LEFT_EVERY_MS = 1_000;
const MAX_EVENTS = 2_000;
const MAX_HISTORY_BYTES = 2 * 1024 * 1024;
const MAX_WORKER_MB = 768;

export async function judge(lab: Lab, seen: Seen): Promise<readonly Violation[]> {
  const found = await Promise.all([
    compareCrm(lab),
    writtenOnce(lab, seen),
    compareClaims(lab),
    compareQuarantine(lab),
    sums(lab),
    oneAtATime(lab, seen),
    leftovers(lab),
    markers(lab, seen),
  ]);
  return [...found.flat(), ...compareList(lab), ...limits(lab, seen), ...outcomes(seen)];
}

async function compareCrm({ crm, world }: Lab): Promise<readonly Violation[]> {
  const { rows } = await crm.query<(string | null)[]>({
    text: `select ${CRM_COLUMNS.map((column) => `${column}::text`).join(', ')} from account order by external_id, id`,
    rowMode: 'array',
  });
  const differences: string[] = [];
  const found = new Map<string, CrmRow>();
  for (const row of rows) {
    const key = row[0] ?? '';
    if (found.has(key)) differences.push(`${key} is there twice`);
    found.set(key, row);
  }
  for (let customer = 0; customer < world.customers; customer++) {
    const wanted = world.expected(customer);
    const row = found.get(keyOf(customer));
    const at = wanted.findIndex((value, index) => value !== (row?.[index] ?? null));
    if (row === undefined) differences.push(`${keyOf(customer)} is missing`);
    else if (at >= 0) differences.push(`${keyOf(customer)}: ${CRM_COLUMNS[at]} is ${row[at]}, expected ${wanted[at]}`);
  }
  if (found.size > world.customers) differences.push(`${found.size - world.customers} records nobody sent`);
  return told('P1, P3, P4', 'the CRM differs from what the sources say', differences);
}

/** From the triggers' log: each state of a record is written once, and none twice. */
async function writtenOnce({ crm }: Lab, { reverted }: Seen): Promise<readonly Violation[]> {
  const { rows: idle } = await crm.query<{ key: string }>(
    'select distinct external_id as key from write_log where idle limit 20',
  );
  const { rows: again } = await crm.query<{ key: string }>(
    `select external_id as key from write_log group by 1
     having count(*) <> count(distinct state) or count(*) filter (where created) > 1`,
  );
  const { rows: back } = await crm.query<{ key: string }>(
    `select distinct key from (
       select external_id as key, erp_version as erp, lag(erp_version) over w as erp_was, oa_version as oa,
         lag(oa_version) over w as oa_was from write_log window w as (partition by external_id order by no)) steps
     where erp < erp_was or oa < oa_was or (erp is null and erp_was is not null) or (oa is null and oa_was is not null)`,
  );
  const excused = new Set([...reverted].map(keyOf));
  const keys = (found: readonly { key: string }[]): readonly string[] =>
    found.flatMap(({ key }) => (excused.has(key) ? [] : key));
  const { rows: uncounted } = await crm.query<{ key: string }>(
    `select a.external_id as key from account a where a.write_count < 1 limit 20`,
  );
  return [
    ...told('P2, P5', 'written without a change', keys(idle)),
    ...told('P2', 'a state was written twice', keys(again)),
    ...told('P4', 'went back to an older version', keys(back)),
    ...told('P2', 'never counted', keys(uncounted)),
  ];
}

/** The file of a file destination: the id, the key, the tier. */
function compareList({ dir, world }: Lab): readonly Violation[] {
  const file = join(dir, LIST_FILE);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').slice(1) : [];
  const found = new Set(lines.map((line) => line.slice(line.indexOf(',') + 1)));
  const missing = world.listed().filter((line) => !found.delete(line));
  const differences = [
    ...missing.map((line) => `${line} is missing`),
    ...[...found].map((line) => `${line} is too much`),
  ];
  if (lines.length !== new Set(lines).size) differences.push('a line is there twice');
  return told('P1, P3', 'the file of a file destination differs', differences);
}

async function compareClaims({ store, world }: Lab): Promise<readonly Violation[]> {
  const { rows } = await store.query<{ sync: SourceName; key: string; version: string | null; state: string }>(
    `select s.name as sync, c.key, c.version, c.state from crosswalk c join sync s on s.no = c.sync_no
     where s.object = 'account'`,
  );
  const differences: string[] = [];
  const stored = new Map(rows.map((row) => [`${row.sync} ${row.key}`, row]));
  for (const sync of SOURCES) {
    for (const customer of world.accepted(sync)) {
      const place = `${sync} ${keyOf(customer)}`;
      const claim = stored.get(place);
      stored.delete(place);
      const version = world.versions[sync][customer] ?? 0;
      const wanted = sync === 'erp' ? String(version) : sync === 'oa' ? versionText(version) : null;
      if (claim === undefined) differences.push(`${place} has no claim`);
      else if (claim.version !== wanted) differences.push(`${place} is at ${claim.version}, expected ${wanted}`);
      else if (!SETTLED.has(claim.state)) differences.push(`${place} is ${claim.state}`);
    }
  }
  differences.push(...[...stored.keys()].map((place) => `${place} should have none`));
  return told('P1', 'claims differ from what the sources say', differences);
}

const SETTLED = new Set(['applied', 'no_change', 'conflict']);

async function compareQuarantine({ store, world }: Lab): Promise<readonly Violation[]> {
  const { rows } = await store.query<{ place: string }>(
    `select s.name || ' ' || q.identity as place from quarantine q join sync s on s.no = q.sync_no
     where q.state = 'open' and s.object = 'account'`,
  );
  const found = new Set(rows.map(({ place }) => place));
  const wanted = SOURCES.flatMap((sync) => world.bad(sync).map((customer) => `${sync} ${keyOf(customer)}`));
  const missing = wanted.filter((place) => !found.delete(place)).map((place) => `${place} is not there`);
  return told('P1, P20', 'the quarantine differs', [
    ...missing,
    ...[...found].map((place) => `${place} should not be`),
  ]);
}

async function sums({ store }: Lab): Promise<readonly Violation[]> {
  const { rows } = await store.query<{ id: string; counts: RunCounts }>(
    `select id, counts from run where outcome in ('delivered', 'unchanged') and kind = 'snapshot'`,
  );
  const wrong = rows.flatMap(({ id, counts }) => {
    const imbalance = imbalanceOf(counts);
    return imbalance === null ? [] : [`${id}: ${imbalance}`];
  });
  return told('P1', 'counts do not add up', wrong);
}

/** Snapshots of one sync: none begins before the one before it has ended. */
async function oneAtATime({ store }: Lab, { clockJumped, ended }: Seen): Promise<readonly Violation[]> {
  if (clockJumped) return [];
  const { rows } = await store.query<{ id: string }>(
    `select id from (
       select id, started_at, max(ended_at) over (partition by sync_no order by no rows between unbounded preceding
         and 1 preceding) as before from run where id = any($1)) as runs
     where before > started_at`,
    [ended.map(({ id }) => id)],
  );
  return told(
    'P23',
    'began before the run before it had ended',
    rows.map(({ id }) => id),
  );
}

/** What is still there after a while: upkeep and the sweep may be at work at any moment. */
async function leftovers(lab: Lab): Promise<readonly Violation[]> {
  for (let waited = 0; ; waited += LEFT_EVERY_MS) {
    const left = await whatIsLeft(lab);
    if (left.length === 0 || waited >= LEFT_MS) return told('P7', 'left over', left);
    await sleep(LEFT_EVERY_MS);
  }
}

async function whatIsLeft(lab: Lab): Promise<readonly string[]> {
  const { store, crm, client, tmpDir, dir } = lab;
  const counts: readonly (readonly [string, Pool, string])[] = [
    ['leases', store, 'select count(*) from sync where lease_run is not null'],
    ['runs without an end', store, 'select count(*) from run where outcome is null'],
    ['reservations', store, 'select count(*) from reservation'],
    [
      'staged batches of runs that ended early',
      store,
      `select count(*) from batch b join run r on r.no = b.run_no
       where r.outcome in ('failed', 'cancelled') and b.delivered_at is null and b.change_set is null and b.round >= 0`,
    ],
    [
      'idle transactions',
      crm,
      `select count(*) from pg_stat_activity where state like 'idle in transaction%' and application_name = 'tributary'`,
    ],
    ['prepared transactions', crm, 'select count(*) from pg_prepared_xacts'],
    ['temporary tables of the CRM', crm, `select count(*) from pg_class where relpersistence = 't'`],
    ['advisory locks', crm, `select count(*) from pg_locks where locktype = 'advisory'`],
  ];
  const left: string[] = [];
  for (const [what, db, sql] of counts) {
    const { rows } = await db.query<{ count: number }>(sql);
    const count = rows[0]?.count ?? 0;
    if (count > 0) left.push(`${count} ${what}`);
  }
  for await (const { workflowId } of client.workflow.list({ query: `ExecutionStatus = 'Running'` }))
    left.push(`open workflow ${workflowId}`);
  const drafts = ['exports', 'exports/erp', 'exports/shop', 'exports/oa', 'lists'].flatMap((folder) =>
    existsSync(join(dir, folder)) ? readdirSync(join(dir, folder)).filter((name) => name.startsWith('.')) : [],
  );
  left.push(...[...readdirSync(tmpDir), ...drafts].map((name) => `file ${name}`));
  return left;
}

/** Every delivery that the CRM knows is known to the store, under the same hash, and none came after its run's end. */
async function markers({ store, crm }: Lab, { clockJumped, ended }: Seen): Promise<readonly Violation[]> {
  const { rows: made } = await crm.query<Marker>(
    'select run, round, batch, hash, extract(epoch from delivered_at)::float8 as at from tributary_delivery',
  );
  const { rows: stored } = await store.query<{ place: string; hash: string; delivered: boolean; ended: number | null }>(
    `select r.id || ' ' || b.round || ' ' || b.n as place, b.change_hash as hash, b.delivered_at is not null as delivered,
       extract(epoch from r.ended_at)::float8 as ended from batch b join run r on r.no = b.run_no`,
  );
  const known = new Map(stored.map((batch) => [batch.place, batch]));
  const recent = new Set(clockJumped ? [] : ended.map(({ id }) => id));
  const unknown: string[] = [];
  const late: string[] = [];
  for (const { run, round, batch, hash, at } of made) {
    const place = `${run} ${round} ${batch}`;
    const own = known.get(place);
    if (own?.delivered !== true || own.hash !== hash) unknown.push(place);
    else if (recent.has(run) && own.ended !== null && at > own.ended + 0.001) late.push(place);
  }
  return [
    ...told('P9', 'the CRM has deliveries that the store does not know', unknown),
    ...told('P8', 'delivered after the run had ended', late),
  ];
}

interface Marker {
  readonly run: string;
  readonly round: number;
  readonly batch: number;
  readonly hash: string;
  readonly at: number;
}

function limits({ crew }: Lab, { ended }: Seen): readonly Violation[] {
  const long = ended.filter(({ events, historyBytes }) => events > MAX_EVENTS || historyBytes > MAX_HISTORY_BYTES);
  return [
    ...told(
      'P13',
      'history too long',
      long.map(({ id, events }) => `${id}: ${events} events`),
    ),
    ...told('P12', 'memory', crew.peakMb > MAX_WORKER_MB ? [`a worker held ${Math.round(crew.peakMb)} MB`] : []),
  ];
}

/** What heals by itself must not end a run: only a person may. */
function outcomes({ ended, operated }: Seen): readonly Violation[] {
  const bad = ended.filter(
    ({ id, status, outcome }) => !operated.has(id) && !(status === 'COMPLETED' && isGood(outcome)),
  );
  return told('P7, P10', 'ended otherwise than well, though nobody stopped it', bad.map(describeRun));
}

function isGood(outcome: string | null): boolean {
  return outcome === 'delivered' || outcome === 'unchanged';
}

function describeRun({ id, status, outcome, error }: EndedRun): string {
  return `${id}: ${status}, ${outcome ?? 'not in the store'}${error === null ? '' : `, ${error}`}`;
}

export function told(promise: string, what: string, found: readonly string[]): readonly Violation[] {
  if (found.length === 0) return [];
  const more = found.length > SHOWN ? ` … (${found.length} in all)` : '';
  return [{ promise, message: `${what}: ${found.slice(0, SHOWN).join('; ')}${more}` }];
}
