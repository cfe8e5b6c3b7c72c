// The quarantine as a steward works on it: filters, simulation, corrections, replays by rule, owners, reminders.

import { createServer, type RequestListener, type Server } from 'node:http';
import { once } from 'node:events';
import { json as readJson } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Json, startProject, type TestProject } from '../support/project.ts';

let project: TestProject;
let hook: Server;
const heard: Json[] = [];

beforeAll(async () => {
  const hear: RequestListener = (request, response) =>
    void readJson(request).then((body) => {
      response.end();
      return heard.push(body);
    });
  hook = createServer(hear).listen(0, '127.0.0.1');
  await once(hook, 'listening');
  const address = hook.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  project = await startProject({
    prepare: (files) => {
      const notify = `notify: { webhook: 'http://127.0.0.1:${port}/' }\nquarantine: { remind_after: 1s }\n`;
      files.write('tributary.yaml', files.read('tributary.yaml') + notify);
      files.edit('syncs/erp-customers.yaml', 'sync: erp-customers', 'sync: erp-customers\nowner: sales-ops');
    },
  });
  await project.run(['run', 'hr-employees']);
});

afterAll(async () => {
  await project?.stop();
  hook?.close();
});

const list = async (...picks: string[]): Promise<Json[]> =>
  (await project.run(['quarantine', 'list', '--sync', 'erp-customers', ...picks])).json.records;
const run = async (...how: string[]): Promise<Json> => (await project.run(['run', 'erp-customers', ...how])).json;
const gone = { state: 'resolved', resolution: 'accepted' };

describe('the quarantine of a sync', () => {
  it('counts by rule, and every filter picks a part of it', async () => {
    expect(await run()).toMatchObject({ outcome: 'delivered', quarantined: 16 });
    const { json } = await project.run(['quarantine', 'list', '--sync', 'erp-customers', '--by-rule']);
    for (const { rule, field, records } of json.rules) {
      const picked = await list('--rule', rule, ...(field === null ? [] : ['--field', field]));
      expect(picked.length).toBe(records);
      for (const { violations } of picked) expect(violations).toContainEqual(expect.objectContaining({ rule }));
    }
    const [first] = await list();
    expect((await list('--key', first.key)).map(({ id }) => id)).toEqual([first.id]);
    expect(await list('--older-than', '1h')).toEqual([]);
  });

  it('a correction stands in for its record, is replayed, and holds in later runs', async () => {
    const [bad] = await list('--rule', 'codes');
    const { json: still } = await project.run(['quarantine', 'edit', String(bad.id), '--set', 'status=?']);
    expect(still).toMatchObject({ passes: false, violations: [{ rule: 'codes', field: 'status' }] });
    const corrected = await project.run([
      'quarantine',
      'edit',
      String(bad.id),
      '--set',
      'status=A',
      '--why',
      'asked them',
    ]);
    expect(corrected.json).toEqual({ id: bad.id, sync: 'erp-customers', passes: true, violations: [] });
    const { json: shown } = await project.run(['quarantine', 'show', String(bad.id)]);
    expect(shown.record).toEqual(bad.record);
    expect(shown.correction).toMatchObject({ record: { ...bad.record, status: 'A' }, by: 'tester', why: 'asked them' });
    const { json: replay } = await project.run(['quarantine', 'retry', String(bad.id)]);
    expect(replay).toMatchObject({ read: 1, accepted: 1, quarantined: 0 });
    expect(await project.store('select state, resolution from quarantine where id = $1', [bad.id])).toEqual([gone]);
    // The export still holds the bad record: it is read anew, corrected, and found unchanged.
    expect(await run()).toMatchObject({ quarantined: 15, created: 0, updated: 0 });
    expect(await run('--reread')).toMatchObject({ quarantined: 15, accepted: 0, created: 0, updated: 0 });
  });

  it('a correction without a replay is taken by the next run', async () => {
    const [bad] = await list('--rule', 'email');
    await project.run(['quarantine', 'edit', String(bad.id), '--set', 'email=mended@example.com']);
    expect(await run()).toMatchObject({ quarantined: 14, accepted: 1 });
    const rows = await project.crm('select email from crm.account where external_id = $1', [bad.key]);
    expect(rows).toEqual([{ email: 'mended@example.com' }]);
  });

  it('a correction that was withdrawn leaves the record as bad as it was', async () => {
    const [bad] = await list('--rule', 'email');
    await project.run(['quarantine', 'edit', String(bad.id), '--set', 'email=mended@example.com']);
    expect((await project.run(['quarantine', 'edit', String(bad.id), '--withdraw'])).json.withdrawn).toBe(true);
    expect(await run()).toMatchObject({ quarantined: 14, accepted: 0 });
  });

  it('an export that was edited comes back as corrections, all of it or nothing', async () => {
    const file = project.path('bad.csv');
    await project.run(['quarantine', 'export', 'erp-customers', '--output', file]);
    expect((await project.run(['quarantine', 'import', file])).json).toMatchObject({ corrected: 0, unchanged: 14 });
    const [bad] = await list('--rule', 'decimal');
    const exported = project.read('bad.csv');
    project.write('bad.csv', exported.replace(bad.record.credit_limit, '12,500.00'));
    const { json: dry } = await project.run(['quarantine', 'import', file, '--dry-run']);
    expect(dry).toEqual({ corrected: 1, unchanged: 13, passes: 1, dry_run: true });
    project.write(
      'bad.csv',
      exported.replace(/,x[0-9a-f]{16},/, ',x0000000000000000,').replace(bad.record.credit_limit, '1'),
    );
    expect((await project.run(['quarantine', 'import', file])).error?.code).toBe('quarantine.import');
    project.write('bad.csv', exported.replace(bad.record.credit_limit, '12,500.00'));
    const { json } = await project.run(['quarantine', 'import', file, '--why', 'by hand']);
    expect(json).toEqual({ corrected: 1, unchanged: 13, passes: 1, dry_run: false });
    const { json: replay } = await project.run(['quarantine', 'retry', '--sync', 'erp-customers', '--rule', 'decimal']);
    expect(replay).toMatchObject({ read: 3, accepted: 1, quarantined: 2 });
  });

  it('says how many would pass under a changed definition, and lets those of one rule through', async () => {
    const unlisted = await list('--rule', 'codes');
    project.edit('syncs/erp-customers.yaml', 'P: prospect }', 'P: prospect }, unmapped: { value: prospect }');
    const { json } = await project.run(['quarantine', 'simulate', '--sync', 'erp-customers']);
    const [simulated] = json.syncs;
    expect(simulated).toMatchObject({ sync: 'erp-customers', records: 13 });
    expect(simulated.pass).toBeGreaterThan(0);
    expect(simulated.remaining.map(({ rule }: Json) => rule)).not.toContain('codes');
    const { stdout } = await project.runForPeople(['quarantine', 'simulate']);
    expect(stdout).toContain(`${simulated.pass} of 13 would now pass`);
    const retry = await project.run(['quarantine', 'retry', '--sync', 'erp-customers', '--rule', 'codes']);
    expect(retry.json).toMatchObject({ read: unlisted.length, accepted: simulated.pass });
  });

  it('a newer good version resolves a record by itself; one that left the export is gone', async () => {
    const [[mended], [removed]] = [await list('--rule', 'email'), await list('--rule', 'decimal')];
    const name = 'exports/erp/customers-2026-11.xml';
    const xml = project.read(name);
    const [before = '', rest = ''] = xml.split(`<customer id="${removed.key}"`);
    const without = before + rest.slice(rest.indexOf('</customer>') + '</customer>'.length);
    const [head = '', tail = ''] = without.split(`<customer id="${mended.key}"`);
    const end = tail.indexOf('</customer>');
    const good = tail.slice(0, end).replace(/<email>[^<]*<\/email>/, '<email>new@example.com</email>');
    project.write(name, `${head}<customer id="${mended.key}"${good}${tail.slice(end)}`);
    await run();
    const rows = await project.store(
      'select key, state, resolution from quarantine where id = any($1) order by resolution',
      [[mended.id, removed.id]],
    );
    expect(rows).toEqual([
      { key: mended.key, ...gone },
      { key: removed.key, state: 'resolved', resolution: 'gone' },
    ]);
  });

  it('owners are told once of records that wait', async () => {
    const waiting = await list();
    const [one] = waiting;
    await project.run(['quarantine', 'assign', String(one.id), '--to', 'the data steward']);
    expect((await list('--owner', 'the data steward')).map(({ id }) => id)).toEqual([one.id]);
    await project.store("update quarantine set reminded_at = null, first_seen_at = first_seen_at - interval '1 day'");
    heard.length = 0;
    await run();
    await run();
    const reminders = heard.filter(({ event }) => event === 'quarantine.ageing');
    const counts = reminders.map(({ event, sync, owner, details }) => ({
      event,
      sync,
      owner,
      records: details.records,
    }));
    const event = 'quarantine.ageing';
    expect(counts).toEqual([
      { event, sync: 'erp-customers', owner: 'sales-ops', records: waiting.length - 1 },
      { event, sync: 'erp-customers', owner: 'the data steward', records: 1 },
    ]);
  });

  it.each([
    [['edit', '999999', '--set', 'a=b'], 'quarantine.not_found'],
    [['edit', '1'], 'config.usage'],
    [['edit', '1', '--set', 'nothing'], 'config.usage'],
    [['edit', '1', '--set', '__proto__.x=1'], 'config.usage'],
    [['edit', '1', '--record', '/nowhere.json'], 'config.usage'],
    [['assign', '999999', '--to', 'x'], 'quarantine.not_found'],
    [['retry'], 'config.usage'],
  ])('%j is refused', async (args, code) => {
    expect((await project.run(['quarantine', ...args])).error?.code).toBe(code);
  });
});
