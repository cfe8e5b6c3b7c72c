// A new release takes over from the last one, two runs of which wait; then the store is restored to an earlier point, which
// Temporal and the CRM have left behind. Both end with the CRM that the sources describe, and nothing doubled.

import { copyFileSync } from 'node:fs';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureDatabase, startPostgres } from '../../src/runtime/postgres.ts';
import { dataDirOf } from '../../src/runtime/running.ts';
import { crmContent } from '../support/crm.ts';
import { type Json, startProject, type TestProject } from '../support/project.ts';
import { buildRelease, lastRelease, whyNoRelease } from '../support/release.ts';

const release = lastRelease();
const why = whyNoRelease(release);
if (why !== null) console.warn(`skipped: runs of the last release end under this one: ${why}`);

const CONTACTS = 'exports/oa/通讯录.csv';
let project: TestProject;

afterAll(() => project?.stop());

/** Every first run waits at the gate. */
const begin = (root?: string): Promise<TestProject> =>
  startProject({
    ...(root === undefined ? {} : { root }),
    prepare: (files) => {
      files.write('tributary.yaml', files.read('tributary.yaml').replaceAll('first_run: auto', 'first_run: approve'));
      copyFileSync(files.path(CONTACTS), files.path('kept.csv'));
      files.write(CONTACTS, '');
    },
  });
const waiting = async (sync: string): Promise<string> => {
  const { code, json } = await project.run(['run', sync]);
  expect({ sync, code }).toEqual({ sync, code: 4 });
  return json.run;
};
const approve = async (run: string): Promise<Json> => (await project.run(['gate', 'approve', run])).json;
const again = async (meanwhile: () => Promise<void> = async () => {}): Promise<void> => {
  await project.stop({ keep: true });
  await meanwhile();
  project = await startProject({ dir: project.dir });
};
const writtenTwice = async (table: string): Promise<Json> =>
  (await project.crm(`select count(*)::integer as rows from crm."${table}" where write_count > 1`))[0]?.['rows'];

describe.skipIf(why !== null)(`runs of ${release.release}`, () => {
  let [gated, stopped] = ['', ''];

  beforeAll(async () => {
    project = await begin(buildRelease(release));
    gated = await waiting('hr-employees');
    const { code, json } = await project.run(['run', 'oa-contacts']);
    expect(code).toBe(1);
    stopped = json.run;
    await again();
  });

  it('that wait at the gate are decided and delivered by this one', async () => {
    expect(await approve(gated)).toMatchObject({ run: gated, outcome: 'delivered', created: 15, updated: 9 });
    expect(await writtenTwice('owner')).toBe(0);
    expect((await project.run(['run', 'hr-employees', '--reread'])).json.outcome).toBe('unchanged');
  });

  it('that wait after an error go on under this one', async () => {
    copyFileSync(project.path('kept.csv'), project.path(CONTACTS));
    const { code, json } = await project.run(['retry', stopped]);
    expect({ code, run: json.run }).toEqual({ code: 4, run: stopped });
    expect((await approve(stopped)).outcome).toBe('delivered');
  });
});

describe('a store that was restored to an earlier point', () => {
  /** With the project down: its own server holds the CRM too, which stays as it is. */
  const onServer = async (...statements: readonly string[]): Promise<void> => {
    const server = await startPostgres({ dataDir: dataDirOf(project.dir, {}), log: () => {}, env: {} });
    const client = new Client({ connectionString: await ensureDatabase(server.url, 'postgres') });
    try {
      await client.connect();
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
      await server.stop();
    }
  };
  let lost = '';
  let content: Readonly<Record<string, string>>;

  beforeAll(async () => {
    if (why !== null) {
      project = await begin();
      await approve(await waiting('hr-employees'));
      copyFileSync(project.path('kept.csv'), project.path(CONTACTS));
    }
    const [{ name }] = (await project.store('select current_database() as name')) as [{ name: string }]; // one row
    await again(() => onServer(`create database "the backup" template "${name}"`));
    expect((await approve(await waiting('erp-customers'))).outcome).toBe('delivered');
    lost = await waiting('erp-contacts');
    content = await crmContent(project);
    await again(() => onServer(`drop database "${name}"`, `alter database "the backup" rename to "${name}"`));
  });

  it('meets the CRM as it is: what was delivered since is recognised, and nothing is doubled', async () => {
    const found = { outcome: 'unchanged', created: 0, updated: 0 };
    expect((await project.run(['run', 'erp-customers'])).json).toMatchObject({ ...found, unchanged: 0 });
    expect((await project.run(['run', 'erp-customers', '--reread'])).json).toMatchObject(found);
    expect(await crmContent(project)).toEqual(content);
  });

  it('does nothing for a run that only Temporal remembers, not even in the name of the one that has its number', async () => {
    expect((await project.run(['gate', 'approve', lost])).error?.code).toBe('run.not_found');
    const handle = project.temporal.workflow.getHandle(lost);
    const { gate } = await handle.query<{ gate: { rootHash: string } }>('progress');
    await handle.executeUpdate('decideGate', { args: [{ decision: 'approve', hash: gate.rootHash, by: 'tester' }] });
    const failure = await handle.result().catch((error: unknown) => error);
    const codes: unknown[] = [];
    for (let cause = failure; cause instanceof Error; cause = cause.cause) codes.push(Reflect.get(cause, 'type'));
    expect(codes).toContain('run.lost');
    expect(await crmContent(project)).toEqual(content);
    expect((await approve(await waiting('erp-contacts'))).outcome).toBe('delivered');
  });
});
