// A dry run says what a run would do, and leaves no trace of it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crmDigest } from '../support/crm.ts';
import { type Json, startProject, type TestProject } from '../support/project.ts';

let project: TestProject;

beforeAll(async () => {
  project = await startProject();
});

afterAll(() => project?.stop());

const UNTOUCHED = ['crosswalk', 'record', 'quarantine', 'fingerprint', 'reservation', 'review', 'absence', 'hold'];

async function storedRows(): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const table of UNTOUCHED) {
    const [row] = await project.store(`select count(*)::integer as n from ${table}`);
    counts[table] = row?.['n'];
  }
  return counts;
}

describe.each(['hr-employees', 'erp-customers', 'erp-orders'])('%s', (sync) => {
  it('writes nothing to the CRM or the store, then does what it said', async () => {
    const [crm, stored] = [await crmDigest(project), await storedRows()];
    const dry = await project.run(['run', sync, '--dry-run', '--limit', '3']);
    expect({ code: dry.code, outcome: dry.json.outcome }).toEqual({ code: 0, outcome: 'dry_run' });
    const { changes, ...summary } = dry.json;
    expect(changes.actions).toMatchObject({ create: summary.created, update: summary.updated });
    expect(changes.records).toHaveLength(3);
    expect(await crmDigest(project)).toEqual(crm);
    expect(await storedRows()).toEqual(stored);

    const real = await project.run(['run', sync]);
    expect(real.json).toEqual({ ...summary, run: real.json.run, outcome: 'delivered' });
    expect(await exportedChanges(real.json.run)).toEqual(changes.actions);
  });
});

/** What the run's JSON lines say was done, by action. */
async function exportedChanges(run: string): Promise<Readonly<Record<string, number>>> {
  const { code, stdout } = await project.runForPeople(['changes', run, '--lines']);
  expect(code).toBe(0);
  const done: Record<string, number> = { create: 0, update: 0, deactivate: 0, delete: 0 };
  for (const line of stdout
    .trimEnd()
    .split('\n')
    .map((text): Json => JSON.parse(text))) {
    expect(line).toMatchObject({ run, change_set: expect.stringMatching(/^[0-9a-f]{64}$/) });
    if (line.action !== 'none')
      expect(line.delivered).toMatchObject({ action: line.action, crm_id: expect.any(String) });
    if (line.action !== 'none') done[line.action] = (done[line.action] ?? 0) + 1;
  }
  return done;
}

it('shows the first changes to people', async () => {
  const { code, stdout } = await project.runForPeople(['run', 'oa-contacts', '--dry-run']);
  expect(code).toBe(0);
  const lines = stdout.split('\n');
  expect(lines.filter((line) => /^[+~-] [a-z]/.test(line))).toHaveLength(20);
  expect(lines).toEqual(
    expect.arrayContaining([
      '+ create (key OA-20001)',
      expect.stringMatching(/^… the first 20 of \d+; all of them: tributary changes oa-contacts-\S+ --lines$/),
      'dry run: nothing was written',
    ]),
  );
});
