// Steering: pause and resume, cancel, one run of a sync at a time; looking at runs, the quarantine and single values.

import { copyFileSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ErrorCode, ERRORS } from '../../src/domain/errors.ts';
import { crmDigest } from '../support/crm.ts';
import { type Json, startProject, type TestProject } from '../support/project.ts';
import { until } from '../support/until.ts';

let project: TestProject;
let customers: string;

beforeAll(async () => {
  project = await startProject();
  await project.run(['run', 'hr-employees']);
  customers = (await project.run(['run', 'erp-customers'])).json.run;
});

afterAll(() => project?.stop());

const brief = ({ code, error }: Json): Json => ({ code, error: error?.code });
const STAMP = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe('looking', () => {
  it('status lists every sync with its newest run', async () => {
    const { code, json } = await project.run(['status']);
    expect(code).toBe(0);
    const plain = { error: null, fresh_seconds: null, stale: false, arrival: null };
    const never = {
      state: 'never run',
      run: null,
      started_at: null,
      quarantined: 0,
      reviews: 0,
      behind_seconds: null,
      ...plain,
    };
    expect(json).toEqual({
      project: 'example-company',
      syncs: [
        { sync: 'erp-contacts', ...never },
        {
          sync: 'erp-customers',
          state: 'delivered',
          run: customers,
          started_at: STAMP,
          quarantined: 16,
          reviews: 4,
          behind_seconds: expect.any(Number),
          ...plain,
        },
        { sync: 'erp-orders', ...never },
        {
          sync: 'hr-employees',
          state: 'delivered',
          run: expect.stringMatching(/^hr-employees-/),
          started_at: STAMP,
          quarantined: 2,
          reviews: 0,
          behind_seconds: expect.any(Number),
          ...plain,
        },
        { sync: 'oa-contacts', ...never },
      ],
      objects: expect.arrayContaining([{ object: 'contact', behind_seconds: null, stale: false }]),
    });
  });

  it('status RUN tells all of one run', async () => {
    const { code, json } = await project.run(['status', customers]);
    expect(code).toBe(0);
    const none = { applied: 0, no_change: 0, conflict: 0, review: 0, waiting: 0, parked: 0, held: 0 };
    expect(json).toEqual({
      run: customers,
      sync: 'erp-customers',
      kind: 'snapshot',
      trigger: 'manual',
      phase: 'ended',
      outcome: 'delivered',
      attempt: 1,
      counts: {
        read: 406,
        unchanged: 0,
        accepted: 384,
        quarantined: 16,
        duplicates: 6,
        filtered: 0,
        outcomes: { ...none, applied: 271, no_change: 90, conflict: 14, review: 4, waiting: 5 },
        due: none,
        created: 205,
        updated: 66,
        deleted: 0,
        conflicts: 48,
        drift: 0,
        bytes: expect.any(Number),
      },
      error: null,
      gate: expect.objectContaining({ tripped: [], decision: null }),
      notices: [
        {
          code: 'record.warning',
          message: expect.stringMatching(/^17 records, first C-10015 \(credit_limit: unusually high credit limit\), /),
          hint: ERRORS['record.warning'].hint,
        },
        {
          code: 'record.duplicate',
          message: expect.stringMatching(/^6 records, first C-\d+, C-\d+, C-\d+$/),
          hint: ERRORS['record.duplicate'].hint,
        },
      ],
      notes: [expect.stringContaining('customers-2026-11.xml')],
      lanes: { fast: expect.any(Number), reference: expect.any(Number) },
      started_at: STAMP,
      ended_at: STAMP,
      progress: null,
    });
  });

  it('quarantine list and show give the record as it stood, with every violation', async () => {
    const { json } = await project.run(['quarantine', 'list', '--sync', 'hr-employees']);
    const [first] = json.records;
    expect(json).toEqual({
      records: [
        {
          id: expect.any(Number),
          sync: 'hr-employees',
          key: 'E-0031',
          state: 'open',
          violations: [
            { field: 'email', rule: 'email', value: 'not yet assigned', message: 'is not an e-mail address' },
          ],
          encoding: 'record',
          record: {
            employee_no: 'E-0031',
            name: { given: 'Anouk', family: 'Isenmoor' },
            contact: { email: 'not yet assigned', phone: '139 0000 9327' },
            active: true,
            updated_at: '2026-10-02T09:18:00+08:00',
          },
          run: expect.stringMatching(/^hr-employees-/),
          first_seen_at: STAMP,
          last_seen_at: STAMP,
        },
        expect.objectContaining({ key: 'E-0036' }),
      ],
    });
    expect((await project.run(['quarantine', 'show', String(first.id)])).json).toEqual(first);
  });

  it('explain tells where a value comes from', async () => {
    const { code, json } = await project.run(['explain', 'account', 'C-10117', 'credit_limit']);
    expect(code).toBe(0);
    const value = expect.stringMatching(/^\d+(\.\d+)?$/);
    const why = { sync: 'erp-customers', key: 'C-10117', rule: 'most_recent' };
    const [field] = json.fields;
    expect(json).toEqual({
      object: 'account',
      crmId: '117',
      state: 'live',
      held: false,
      historyWhole: true,
      historyPruned: false,
      fields: [
        {
          field: 'credit_limit',
          now: value,
          base: value,
          resolved: { value, why },
          policy: { resolve: 'most_recent', conflict: 'source' },
          claims: [
            {
              sync: 'erp-customers',
              key: 'C-10117',
              value,
              version: expect.stringMatching(/^2026-/),
              observedAt: STAMP,
              state: 'applied',
              wins: true,
              place: { name: 'customers-2026-11.xml', offset: expect.any(Number), inside: false, run: customers },
            },
          ],
          history: [
            {
              run: customers,
              kind: 'snapshot',
              at: STAMP,
              action: 'update',
              before: value,
              after: value,
              why: { ...why, policy: 'source' },
            },
          ],
        },
      ],
    });
    const { name, offset } = field.claims[0].place;
    const file = readFileSync(project.path(`exports/erp/${name}`));
    expect(file.subarray(offset, offset + 30).toString()).toMatch(/^<customer id="C-10117"/);
    const whole = await project.run(['explain', 'account', '117', 'credit_limit', '--history']);
    expect(whole.json.fields[0].history).toEqual([{ ...field.history[0], place: field.claims[0].place }]);
    const [before] = await project.crm('select credit_limit::float from crm.account where id = 117');
    expect(Number(field.now)).toBe(before?.['credit_limit']);
    expect([field.base, field.resolved.value, field.claims[0].value, field.history[0].after]).toEqual(
      Array.from({ length: 4 }, () => field.now),
    );
    expect(field.history[0].before).not.toBe(field.now);
  });

  it('what does not exist is refused with a code and what to do', async () => {
    const refusals: readonly (readonly [readonly string[], ErrorCode])[] = [
      [['explain', 'account', 'C-99999'], 'explain.not_found'],
      [['explain', 'acount', 'C-10117'], 'config.unknown_object'],
      [['explain', 'account', 'C-10117', 'credit'], 'config.usage'],
      [['run', 'erp-custmers'], 'config.unknown_sync'],
      [['status', 'no-such-run'], 'run.not_found'],
      [['cancel', 'no-such-run'], 'run.not_found'],
      [['quarantine', 'show', '999999'], 'quarantine.not_found'],
      [['quarantine', 'retry'], 'config.usage'],
    ];
    const results = await Promise.all(refusals.map(([args]) => project.run(args)));
    expect(results.map(({ code, error }) => ({ code, error: error?.code, hint: error?.hint }))).toEqual(
      refusals.map(([, error]) => ({ code: 2, error, hint: ERRORS[error].hint })),
    );
    expect(results[3]?.error?.message).toContain('erp-customers');
  });
});

const open = async (): Promise<readonly Json[]> =>
  (await project.run(['quarantine', 'list', '--sync', 'erp-customers'])).json.records;

/** Without what tells when it was last seen. */
const still = ({ run: _run, last_seen_at: _at, ...rest }: Json): Json => rest;

describe('the quarantine', () => {
  const definition = 'syncs/erp-customers.yaml';
  const badStatus = ['C-10194', 'C-10249', 'C-10333'];

  it('a retry without a change quarantines again', async () => {
    const before = await open();
    const { code, json } = await project.run(['quarantine', 'retry', '--sync', 'erp-customers']);
    expect(code).toBe(0);
    expect(json).toMatchObject({
      outcome: 'unchanged',
      read: 16,
      accepted: 0,
      quarantined: 16,
      created: 0,
      updated: 0,
    });
    const after = await open();
    expect(after.map(still)).toEqual(before.map(still));
    expect(new Set(after.map(({ run }) => run))).toEqual(new Set([json.run]));
  });

  it('a retry after the mapping was corrected delivers the records and resolves them', async () => {
    project.edit(definition, 'P: prospect }', 'P: prospect, X: inactive, active: active, ZZ: prospect }');
    const ids = (await open()).filter(({ key }) => badStatus.includes(key)).map(({ id }) => String(id));
    const { code, json } = await project.run(['quarantine', 'retry', ...ids]);
    expect(code).toBe(0);
    expect(json).toMatchObject({ outcome: 'delivered', read: 3, accepted: 3, quarantined: 0, created: 3 });
    expect((await open()).map(({ key }) => key)).not.toEqual(expect.arrayContaining(badStatus));
    expect(await open()).toHaveLength(13);
    const [first] = ids;
    expect((await project.run(['quarantine', 'show', first ?? ''])).json.state).toBe('resolved');
    const accounts = await project.crm(
      'select external_id as id, status from crm.account where external_id = any($1) order by 1',
      [badStatus],
    );
    expect(accounts).toEqual([
      { id: 'C-10194', status: 'inactive' },
      { id: 'C-10249', status: 'active' },
      { id: 'C-10333', status: 'prospect' },
    ]);
  });

  it('the next run finds them known, and writes nothing', async () => {
    const digest = await crmDigest(project);
    const { json } = await project.run(['run', 'erp-customers', '--reread']);
    expect(json).toMatchObject({ outcome: 'unchanged', read: 406, quarantined: 13, created: 0, updated: 0 });
    expect(await crmDigest(project)).toEqual(digest);
    expect(await open()).toHaveLength(13);
  });
});

describe('pause and resume', () => {
  it('a paused sync begins no run until it is resumed', async () => {
    const paused = await project.run(['pause', 'hr-employees', '--note', 'HR moves house']);
    expect(paused.json).toEqual({ sync: 'hr-employees', paused: true, run: null });
    const refused = await project.run(['run', 'hr-employees']);
    expect(brief(refused)).toEqual({ code: 2, error: 'run.paused' });
    expect(refused.error?.message).toBe('hr-employees was paused by tester: HR moves house');
    const resumed = await project.run(['resume', 'hr-employees']);
    expect(resumed.json).toEqual({ sync: 'hr-employees', paused: false, run: null });
    expect((await project.run(['run', 'hr-employees'])).json).toMatchObject({ outcome: 'unchanged' });
  });

  it('a running run stops between batches, holds its sync, and goes on', async () => {
    project.write('exports/erp/orders-2026-11.csv', manyOrders(25_000));
    const { json } = await project.run(['run', 'erp-orders', '--detach']);
    const run = project.temporal.workflow.getHandle(json.run);
    await run.signal('pause', { by: 'Ada', note: 'a look first' });
    const paused = await until('the run stands still', () => standsStill(json.run));
    expect(paused).toMatchObject({ code: null, message: 'paused by Ada: a look first' });
    const held = await crmDigest(project);
    const second = await project.run(['run', 'erp-orders']);
    expect({ code: second.code, outcome: second.json.outcome }).toEqual({ code: 1, outcome: 'skipped' });
    expect(await crmDigest(project)).toEqual(held);
    expect((await run.describe()).status.name).toBe('RUNNING');

    await run.signal('resume');
    expect(await run.result()).toMatchObject({ outcome: 'delivered', read: 25_000, accepted: 25_000, created: 24_970 });
  });

  it('cancel ends a run; the sync is free, and the next run reads everything again', async () => {
    copyFileSync(project.path('exports/oa/通讯录.csv'), project.path('kept.csv'));
    project.write('exports/oa/通讯录.csv', '');
    const stopped = await project.run(['run', 'oa-contacts']);
    expect(brief(stopped)).toEqual({ code: 1, error: 'source.empty' });
    const digest = await crmDigest(project);
    const { code, json } = await project.run(['cancel', stopped.json.run]);
    expect({ code, json }).toEqual({
      code: 0,
      json: { run: stopped.json.run, outcome: 'cancelled', written: 0, taken_back_by: null },
    });
    expect(await crmDigest(project)).toEqual(digest);
    expect(brief(await project.run(['cancel', stopped.json.run]))).toEqual({ code: 2, error: 'config.usage' });
    const status = await project.run(['status', stopped.json.run]);
    expect(status.json).toMatchObject({ outcome: 'cancelled', phase: 'ended' });
    const next = await project.run(['run', 'hr-employees']);
    expect(next.json.outcome).toBe('unchanged');

    const again = await project.run(['retry', stopped.json.run]);
    expect(brief(again)).toEqual({ code: 1, error: 'source.empty' });
    expect(again.json.run).not.toBe(stopped.json.run);
    copyFileSync(project.path('kept.csv'), project.path('exports/oa/通讯录.csv'));
    const mended = await project.run(['retry', again.json.run]);
    expect({ run: mended.json.run, outcome: mended.json.outcome }).toEqual({
      run: again.json.run,
      outcome: 'delivered',
    });
  });

  it('retry runs what a delivered run has quarantined', async () => {
    const left = (await open()).length;
    expect(left).toBeGreaterThan(0);
    const { code, json } = await project.run(['retry', customers]);
    expect({ code, ...json }).toMatchObject({ code: 0, sync: 'erp-customers', read: left, quarantined: left });
    const hr = (await project.run(['run', 'hr-employees', '--reread'])).json.run;
    await project.store(
      "update quarantine set state = 'resolved' where sync_no = (select sync_no from run where id = $1)",
      [hr],
    );
    expect((await project.run(['retry', hr])).json).toEqual({ run: hr, outcome: 'unchanged', left: 0 });
  });
});

/** Orders of the CRM’s known accounts, enough of them that a run takes several batches. */
function manyOrders(count: number): string {
  const lines = Array.from({ length: count }, (_none, index) => {
    const number = String(30_001 + index);
    const customer = `C-${10_001 + (index % 90)}`;
    return `SO-${number},${customer},2026-04-22,100.00,EUR,O,2026-11-20T07:55:00Z,`;
  });
  return `order_no,customer_no,order_date,amount,currency,status,updated_at,remark\n${lines.join('\n')}\n`;
}

/** What a run that is paused says, once nothing of it is under way any more. */
async function standsStill(run: string): Promise<Json> {
  const handle = project.temporal.workflow.getHandle(run);
  const { raw } = await handle.describe();
  const { paused } = await handle.query<Json>('progress');
  return paused !== null && (raw.pendingActivities ?? []).length === 0 ? paused : undefined;
}
