// The gate: nothing is written before a person has said yes to exactly these change sets.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { crmDigest } from '../support/crm.ts';
import { type Json, startProject, type TestProject } from '../support/project.ts';
import { until } from '../support/until.ts';

let project: TestProject;
let untouched: Json;

beforeAll(async () => {
  project = await startProject({
    prepare: (files) =>
      files.write('tributary.yaml', files.read('tributary.yaml').replaceAll('first_run: auto', 'first_run: approve')),
  });
  untouched = await crmDigest(project);
});

afterAll(() => project?.stop());

const FIRST_RUN = 'the first run of a sync waits for approval (gate.first_run)';

/** Starts a sync that is to wait at the gate. */
async function runToGate(sync: string): Promise<{ readonly run: string; readonly hash: string }> {
  const { code, json } = await project.run(['run', sync]);
  expect({ code, waiting: json.waiting }).toEqual({ code: 4, waiting: 'gate' });
  return { run: json.run, hash: json.gate.rootHash };
}

const error = ({ code, error: said }: Json): Json => ({ code, error: said?.code });

let owners: { readonly run: string; readonly hash: string };

it('a first run waits, and has written nothing', async () => {
  const { code, json } = await project.run(['run', 'hr-employees']);
  const rootHash = expect.stringMatching(/^[0-9a-f]{64}$/);
  expect(json).toEqual({
    run: expect.stringMatching(/^hr-employees-/),
    waiting: 'gate',
    gate: { rootHash, tripped: [FIRST_RUN], creates: 15, updates: 9, deletes: 0, round: 0 },
  });
  expect(code).toBe(4);
  expect(await crmDigest(project)).toEqual(untouched);
  owners = { run: json.run, hash: json.gate.rootHash };
});

it('gate show gives the hash and every change', async () => {
  const { code, json } = await project.run(['gate', 'show', owners.run, '--limit', '100']);
  const { entries, gate, ...shown } = json;
  expect(code).toBe(0);
  expect(shown).toEqual({
    run: owners.run,
    phase: 'gate',
    outcome: null,
    root_hash: owners.hash,
    creates: 15,
    updates: 9,
    deletes: 0,
  });
  expect(gate).toEqual({
    round: 0,
    rootHash: owners.hash,
    tripped: [FIRST_RUN],
    decision: null,
    by: null,
    decidedAt: null,
  });
  expect(entries).toHaveLength(24);
  expect(entries.find((entry: Json) => entry.key === 'E-0018')).toMatchObject({
    action: 'update',
    crmId: '18',
    writes: {
      name: {
        before: 'Anlan Formerly',
        after: 'Anlan Zhang',
        why: { sync: 'hr-employees', key: 'E-0018', rule: 'most_recent', policy: 'source' },
      },
    },
  });
});

it('a second run of the sync is skipped meanwhile', async () => {
  const { code, json } = await project.run(['run', 'hr-employees']);
  expect({ code, outcome: json.outcome }).toEqual({ code: 1, outcome: 'skipped' });
});

it('an approval of other change sets is refused', async () => {
  const refused = await project.run(['gate', 'approve', owners.run, '--hash', 'f'.repeat(64)]);
  expect(error(refused)).toEqual({ code: 2, error: 'gate.hash' });
  expect(await crmDigest(project)).toEqual(untouched);
});

it('the right one delivers exactly what was shown', async () => {
  const { code, json } = await project.run(['gate', 'approve', owners.run, '--hash', owners.hash, '--by', 'Ada']);
  expect(code).toBe(0);
  expect(json).toMatchObject({ run: owners.run, outcome: 'delivered', created: 15, updated: 9, deleted: 0 });
  const { json: shown } = await project.run(['gate', 'show', owners.run]);
  expect(shown.gate).toMatchObject({ decision: 'approve', by: 'Ada', rootHash: owners.hash });
  expect(error(await project.run(['gate', 'approve', owners.run]))).toEqual({ code: 2, error: 'gate.not_waiting' });
  expect(error(await project.run(['gate', 'show', 'no-such-run']))).toEqual({ code: 2, error: 'run.not_found' });
});

it('a rejected run leaves the CRM as it is; its claims are held, with those that only waited for them', async () => {
  const { account } = await crmDigest(project);
  const { run } = await runToGate('erp-customers');
  const { code, json } = await project.run(['gate', 'reject', run]);
  expect({ code, outcome: json.outcome }).toEqual({ code: 0, outcome: 'rejected' });
  expect(json).toMatchObject({ read: 406, accepted: 384, created: 0, updated: 0, deleted: 0 });
  expect((await crmDigest(project))['account']).toBe(account);
  const held = await project.store(
    `select state, count(*)::integer as claims from crosswalk c join sync s on s.no = c.sync_no
     where s.name = 'erp-customers' group by 1 order by 1`,
  );
  expect(held.filter((row) => row['state'] === 'held')).toEqual([{ state: 'held', claims: 273 }]);
});

it('held claims are not proposed again', async () => {
  const { code, json } = await project.run(['run', 'erp-customers', '--reread']);
  expect(code).toBe(0);
  expect(json).toMatchObject({ outcome: 'unchanged', unchanged: 384, accepted: 0, created: 0, updated: 0 });
});

it('a new version of one of them is, and waits for approval as the first delivery', async () => {
  const name = 'exports/erp/customers-2026-11.xml';
  const xml = project.read(name);
  const at = xml.indexOf('<customer id="C-10117">');
  const end = xml.indexOf('</updated_at>', at);
  project.write(name, `${xml.slice(0, end - 20)}2026-11-20T10:00:00Z${xml.slice(end)}`);
  const { run, hash } = await runToGate('erp-customers');
  const { json } = await project.run(['gate', 'show', run]);
  expect({ creates: json.creates, updates: json.updates }).toEqual({ creates: 0, updates: 1 });
  const approved = await project.run(['gate', 'approve', run, '--hash', hash.slice(0, 8)]);
  expect(approved.json).toMatchObject({ outcome: 'delivered', created: 0, updated: 1 });
});

it('held claims are listed; one that is released is merged at once', async () => {
  const held = async (): Promise<Json> =>
    (await project.run(['gate', 'held', '--sync', 'erp-customers', '--limit', '1000'])).json.held;
  const before = await held();
  expect(before).toHaveLength(272);
  const { key } = before.find((one: Json) => one.crm_id === null);
  expect(error(await project.run(['gate', 'release']))).toEqual({ code: 2, error: 'config.usage' });
  const released = await project.run(['gate', 'release', '--key', key, '--by', 'Ada', '--now']);
  expect(released.json).toMatchObject({ sync: 'erp-customers', outcome: 'delivered', created: 1, updated: 0 });
  expect((await held()).map((one: Json) => one.key)).toEqual(
    before.map((one: Json) => one.key).filter((one: string) => one !== key),
  );
  expect(await project.crm('select status from crm.account where external_id = $1', [key])).toHaveLength(1);
});

it('the Temporal UI’s signal decides; payloads of any other shape are survived', async () => {
  const { run, hash } = await runToGate('oa-contacts');
  const { contact } = await crmDigest(project);
  const workflow = project.temporal.workflow.getHandle(run);
  const wrong = [
    null,
    'approve',
    7,
    [],
    {},
    { decision: 'perhaps', hash, by: 'Ada' },
    { decision: 'approve', hash: 5, by: 'Ada' },
    { decision: 'approve', hash: '', by: 'Ada' },
    { decision: 'approve', hash: hash.slice(0, 7), by: 'Ada' },
    { decision: 'approve', hash: 'f'.repeat(64), by: 'Ada' },
    { decision: 'approve', hash },
  ];
  await workflow.signal('decide');
  for (const payload of wrong) await workflow.signal('decide', payload);
  const { json } = await project.run(['status', run]);
  expect({ outcome: json.outcome, waits: json.progress.gate.rootHash }).toEqual({ outcome: null, waits: hash });
  expect((await crmDigest(project))['contact']).toBe(contact);

  await workflow.signal('decide', { decision: 'approve', hash, by: 'Ada' });
  const ended = await until('the run ends', async () => {
    const status = await project.run(['status', run]);
    return status.json.outcome === null ? undefined : status.json;
  });
  expect(ended).toMatchObject({ outcome: 'delivered', error: null, gate: { decision: 'approve', by: 'Ada' } });
});
