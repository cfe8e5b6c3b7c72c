// Schedules on a real server, and a table that is read by change: deployed, fired, paused, changed, removed, filled in.

import { existsSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../src/runtime/ports.ts';
import { connectionOptions } from '../../src/runtime/temporal-connect.ts';
import { startTemporal, type TemporalService } from '../../src/runtime/temporal.ts';
import {
  applySchedules,
  compareSchedules,
  describeSchedule,
  type DesiredSchedule,
} from '../../src/triggers/schedules.ts';
import { type Json, startProject, type TestProject } from '../support/project.ts';
import { until } from '../support/until.ts';
import { dataDirWithFreePorts } from './runtime-support.ts';

const SYNC = `sync: db-owners
from: { connection: people, table: person, key: no, read: incremental, cursor: updated_at, settle: 0s }
to: owner
map:
  employee_no: no
  name: full_name
  email: { from: email, apply: [lower] }
when: { every: 1h, fresh: 2h }
`;
/** A file is as fresh as it was written: one that nobody writes any more falls behind. */
const STOPPED = `sync: stopped-export
from: { connection: hr, stream: stopped.json, key: no }
to: owner
map: { employee_no: no, name: name }
when: { fresh: 2h }
`;
const stoppedFile = (name: string): string => JSON.stringify([{ no: 'S1', name }]);
const HOUR_S = 3600;

const PEOPLE = `
create schema erp;
create table erp.person (no text primary key, full_name text, email text, updated_at timestamptz default now());
insert into erp.person select 'P' || n, 'Person ' || n, 'P' || n || '@example.com' from generate_series(1, 500) n;
`;

describe('a project with a schedule', () => {
  let project: TestProject;
  let metricsPort: number;

  beforeAll(async () => {
    metricsPort = await freePort([]);
    project = await startProject({
      up: ['--metrics-port', String(metricsPort)],
      prepare: (files) => {
        rmSync(files.path('syncs/hr-employees.yaml')); // an object of which one sync was never read has no age
        files.write('syncs/stopped-export.yaml', STOPPED);
        files.write('exports/hr/stopped.json', stoppedFile('Old'));
        const written = Date.now() / 1000 - 3 * HOUR_S;
        utimesSync(files.path('exports/hr/stopped.json'), written, written);
        files.write(
          'tributary.yaml',
          `${files.read('tributary.yaml')}\nnotify: { command: [sh, -c, 'cat >> told'] }\n`,
        );
        files.write('syncs/db-owners.yaml', SYNC);
        files.write('crm.sql', files.read('crm.sql') + PEOPLE);
        files.edit(
          'tributary.yaml',
          '  crm: {',
          "  people: { kind: postgres, url: 'beside:example_crm', schema: erp }\n  crm: {",
        );
      },
    });
  });

  afterAll(() => project?.stop());

  const schedules = async (): Promise<readonly Json[]> => (await project.run(['schedule', 'list'])).json.schedules;
  const deploy = async (...args: string[]): Promise<Json> => (await project.run(['deploy', ...args])).json;
  const toldOfFreshness = (): readonly Json[] =>
    (existsSync(project.path('told')) ? project.read('told').trim().split('\n') : [])
      .map((line) => JSON.parse(line))
      .filter(({ event }: Json) => event === 'sync.stale' || event === 'sync.fresh');
  const changeOf = (deployed: Json): Json =>
    deployed.schedules.map(({ sync, change, paused }: Json) => [sync, change, paused]);

  it('has been deployed by `up`, and deploying again changes nothing', async () => {
    expect(await schedules()).toMatchObject([
      {
        sync: 'db-owners',
        state: 'active',
        note: null,
        next: [expect.any(String), expect.any(String), expect.any(String)],
      },
    ]);
    expect(changeOf(await deploy('--dry-run'))).toEqual([['db-owners', 'none', null]]);
    expect(changeOf(await deploy())).toEqual([['db-owners', 'none', null]]);
  });

  it('reads a table as a whole at first', async () => {
    const { json } = await project.run(['run', 'db-owners']);
    const accepted = json.outcome === undefined ? await approve(json.run) : json;
    expect(accepted).toMatchObject({ outcome: 'delivered', read: 500, created: 500 });
    const [run] = await project.store(`select kind, plan ->> 'notes' as notes from run order by no desc limit 1`);
    expect(run).toEqual({ kind: 'snapshot', notes: '["person: all rows: nothing was read before"]' });
    expect(await project.store('select 1 from batch where raw is not null')).toEqual([]);
  });

  it('reads an export that was written three hours ago', async () => {
    const { json } = await project.run(['run', 'stopped-export']);
    expect(json.outcome === undefined ? await approve(json.run) : json).toMatchObject({ outcome: 'delivered' });
  });

  async function approve(run: string): Promise<Json> {
    return (await project.run(['gate', 'approve', run])).json;
  }

  it('fires, and delivers what has changed since', async () => {
    project.edit('syncs/db-owners.yaml', 'every: 1h', 'every: 5s');
    expect(changeOf(await deploy())).toEqual([['db-owners', 'update', null]]);
    await project.crm(
      `insert into erp.person values ('P501', 'Late', 'p501@example.com', now() - interval '1 minute')`,
    );
    await project.crm(`update erp.person set full_name = 'Renamed', updated_at = now() where no = 'P7'`);
    const [renamed] = await until('the change in the CRM', async () => {
      const rows = await project.crm(
        `select full_name from crm.owner where employee_no in ('P7', 'P501') order by full_name`,
      );
      return rows.length === 2 && rows[1]?.['full_name'] === 'Renamed' ? rows : undefined;
    });
    expect(renamed).toEqual({ full_name: 'Late' });
    const run = await until('the end of the run', async () => {
      const [one] = await project.store(
        `select id, kind, trigger from run where kind = 'incremental' and outcome = 'delivered' order by no limit 1`,
      );
      return one;
    });
    expect(run).toMatchObject({ kind: 'incremental', trigger: 'schedule' });
    expect(run['id']).toMatch(/^db-owners-\d{4}-\d\d-\d\dT/);
  });

  it('says in `status` how fresh the sync is, and how late its records come', async () => {
    const { syncs, objects } = (await project.run(['status'])).json;
    const own = syncs.find(({ sync }: Json) => sync === 'db-owners');
    expect(own).toMatchObject({ fresh_seconds: 7200, stale: false, arrival: { late: 1, max_seconds: 64 } });
    expect(own.behind_seconds).toBeLessThan(60);
    expect(objects.map(({ object }: Json) => object).toSorted()).toEqual([
      'account',
      'contact',
      'owner',
      'sales_order',
    ]);
  });

  it('tells once that a sync has fallen behind its objective; `status` and the metrics show it', async () => {
    await until('word of it', async () => (toldOfFreshness().length > 0 ? true : undefined));
    expect(toldOfFreshness()).toEqual([
      {
        event: 'sync.stale',
        project: 'example-company',
        sync: 'stopped-export',
        owner: null,
        message: 'changes of stopped-export (owner) may be 3h old and not delivered; the objective is 2h',
        look: 'tributary status',
        details: { object: 'owner', objective_seconds: 2 * HOUR_S },
      },
    ]);
    const { syncs, objects } = (await project.run(['status'])).json;
    expect(syncs.find(({ sync }: Json) => sync === 'stopped-export')).toMatchObject({ stale: true });
    expect(objects.find(({ object }: Json) => object === 'owner')).toMatchObject({ stale: true });
    await until('the metrics of it', async () =>
      (await metric('tributary_freshness_missed{sync="stopped-export"}')) === 1 ? true : undefined,
    );
    expect(await metric('tributary_freshness_seconds{object="owner"}')).toBeGreaterThan(2 * HOUR_S);
    project.write('exports/hr/stopped.json', stoppedFile('New'));
    expect((await project.run(['run', 'stopped-export'])).json).toMatchObject({ outcome: 'delivered', updated: 1 });
    const now = (await project.run(['status'])).json.syncs.find(({ sync }: Json) => sync === 'stopped-export');
    expect(now).toMatchObject({ stale: false });
  });

  it('stays paused when it is paused by hand and deployed again', async () => {
    expect((await project.run(['schedule', 'pause', 'db-owners', '--note', 'stocktaking'])).code).toBe(0);
    project.edit('syncs/db-owners.yaml', 'every: 5s', 'every: 1h');
    expect(changeOf(await deploy())).toEqual([['db-owners', 'update', 'paused by tester: stocktaking']]);
    expect(await schedules()).toMatchObject([{ state: 'paused', note: 'paused by tester: stocktaking' }]);
    expect((await project.run(['schedule', 'resume', 'db-owners'])).code).toBe(0);
    expect(await schedules()).toMatchObject([{ state: 'active' }]);
  });

  it('is paused and resumed together with its sync', async () => {
    await project.run(['pause', 'db-owners', '--note', 'holiday']);
    expect(await schedules()).toMatchObject([{ state: 'paused', note: 'paused by tester: holiday' }]);
    await project.run(['resume', 'db-owners']);
    expect(await schedules()).toMatchObject([{ state: 'active' }]);
  });

  it('is triggered by hand', async () => {
    const [before] = await schedules();
    expect((await project.run(['schedule', 'trigger', 'db-owners'])).code).toBe(0);
    await until('another run', async () => ((await schedules())[0].started > before.started ? true : undefined));
  });

  it('reads a time again on purpose, and goes on from where it was', async () => {
    await project.crm(`insert into erp.person values ('P900', 'Old', 'p900@example.com', '2020-06-01')`);
    const window = ['--from', '2020-01-01', '--to', '2021-01-01'];
    const { json } = await project.run(['schedule', 'backfill', 'db-owners', ...window]);
    expect(json).toMatchObject({ outcome: 'delivered', read: 1, created: 1 });
    const again = (await project.run(['run', 'db-owners', '--backfill', '2020-01-01..2021-01-01'])).json;
    expect(again).toMatchObject({ outcome: 'unchanged', read: 1 });
    const { error } = await project.run(['schedule', 'backfill', 'stopped-export', ...window]);
    expect(error?.code).toBe('source.backfill');
    const next = (await project.run(['run', 'db-owners'])).json;
    expect(next).toMatchObject({ outcome: 'unchanged', accepted: 0 });
  });

  it('of a hundred starts at once one run reads, the others are skipped', async () => {
    const starts = Array.from({ length: 100 }, (_, index) =>
      project.temporal.workflow.execute('syncRun', {
        workflowId: `storm-${index}`,
        taskQueue: 'tributary-example-company',
        args: [{ sync: 'db-owners', trigger: 'manual' }],
      }),
    );
    const outcomes = (await Promise.all(starts)).map(({ outcome }: Json) => outcome);
    expect(outcomes).toContain('unchanged');
    const [overlapping] = await project.store(
      `select count(*)::integer as pairs from run a join run b on a.no < b.no and b.started_at < a.ended_at
       where a.id like 'storm-%' and b.id like 'storm-%'`,
    );
    expect(overlapping).toEqual({ pairs: 0 });
    expect(outcomes.filter((outcome: string) => outcome === 'skipped').length).toBeGreaterThan(50);
  });

  it('has told, once, that the sync which had fallen behind is fresh again', async () => {
    await until('word of it', async () => (toldOfFreshness().length > 1 ? true : undefined));
    expect(toldOfFreshness().map(({ event, sync }) => [event, sync])).toEqual([
      ['sync.stale', 'stopped-export'],
      ['sync.fresh', 'stopped-export'],
    ]);
    expect(toldOfFreshness()[1].message).toMatch(/is fresh again: no change older than \d+[smh] waits/);
    expect(await metric('tributary_freshness_missed{sync="stopped-export"}')).toBe(0);
  });

  /** Its value as the first worker serves it. */
  async function metric(name: string): Promise<number | undefined> {
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.slice(name.length));
  }

  it('is removed when the files have none', async () => {
    project.edit('syncs/db-owners.yaml', 'when: { every: 1h, fresh: 2h }', 'when: { fresh: 2h }');
    expect(changeOf(await deploy('--dry-run'))).toEqual([['db-owners', 'remove', null]]);
    expect(changeOf(await deploy())).toEqual([['db-owners', 'remove', null]]);
    expect((await project.run(['schedule', 'trigger', 'db-owners'])).error?.code).toBe('schedule.not_found');
  });
});

describe('the server of schedules', () => {
  let dataDir: string;
  let service: TemporalService;
  let client: Client;

  const EVERY_MS = 2_000;
  const range = (from: number, to = from) => [{ from, to, step: 1 }];
  const plain: DesiredSchedule = {
    id: 'tributary:shop:customers',
    sync: 'customers',
    object: 'account',
    taskQueue: 'nobody',
    hash: 'a',
    schedule: {
      everyMs: EVERY_MS,
      offsetMs: 0,
      calendars: [],
      timeZone: 'UTC',
      jitterMs: 0,
      overlap: 'skip',
      catchUpMs: 3_600_000,
      pauseOnFailure: false,
    },
  };

  async function start(): Promise<void> {
    const env = { ...process.env, TEMPORAL_ADDRESS: undefined, TEMPORAL_PROFILE: undefined };
    service = await startTemporal({ dataDir, log: () => {}, env });
    client = new Client({ connection: await Connection.connect(connectionOptions(service.connect)) });
  }

  async function stop(): Promise<void> {
    await client.connection.close();
    await service.stop();
  }

  async function deployed(one: DesiredSchedule): Promise<void> {
    await applySchedules(client, [one], await compareSchedules(client, 'shop', [one]));
  }

  beforeAll(async () => {
    dataDir = await dataDirWithFreePorts();
    await start();
  });

  afterAll(async () => {
    await stop();
    rmSync(join(dataDir, '..'), { recursive: true, force: true });
  });

  it('skips a local time that does not exist, and fires once, the second time, at one that occurs twice', async () => {
    const calendars = [
      {
        minute: range(30),
        hour: range(2),
        year: range(2027),
        month: range(3, 10),
        dayOfMonth: range(28, 31),
        dayOfWeek: range(0),
      },
    ];
    const schedule = { ...plain.schedule, everyMs: null, calendars, timeZone: 'Europe/Berlin' };
    await deployed({ ...plain, id: 'tributary:shop:night', schedule });
    const found = await describeSchedule(client, 'tributary:shop:night');
    const times = found?.info.nextActionTimes.map((time) => time.toISOString()) ?? [];
    expect(times.filter((time) => time.startsWith('2027-03-28'))).toEqual([]); // clocks go from 2:00 to 3:00
    expect(times.filter((time) => time.startsWith('2027-10-31'))).toEqual(['2027-10-31T01:30:00.000Z']);
    await client.schedule.getHandle('tributary:shop:night').delete();
  });

  it('makes up for one of three times that passed while it was down', async () => {
    await deployed(plain);
    const handle = client.schedule.getHandle(plain.id);
    await until('a run', async () => ((await handle.describe()).info.numActionsTaken > 0 ? true : undefined));
    const [running] = (await handle.describe()).info.recentActions;
    await client.workflow.getHandle(running?.action.workflow.workflowId ?? '').terminate('done');
    await stop();
    const downAt = Date.now();
    await sleep(3 * EVERY_MS + 500);
    const upAt = Date.now();
    await start();
    const late = await until('the run that was made up for', async () => {
      const { recentActions } = (await client.schedule.getHandle(plain.id).describe()).info;
      const missed = recentActions.filter(({ scheduledAt: at }) => at.getTime() > downAt && at.getTime() < upAt);
      return missed.length > 0 ? missed : undefined;
    });
    await sleep(2 * EVERY_MS);
    const { recentActions, numActionsSkippedOverlap } = (await client.schedule.getHandle(plain.id).describe()).info;
    const missed = recentActions.filter(({ scheduledAt: at }) => at.getTime() > downAt && at.getTime() < upAt);
    expect(late).toHaveLength(1);
    expect(missed).toHaveLength(1);
    expect(numActionsSkippedOverlap).toBeGreaterThanOrEqual(2);
  });
});
