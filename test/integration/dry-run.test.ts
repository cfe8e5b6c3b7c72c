// A dry run says what a run would do, and leaves no trace of it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crmDigest } from '../support/crm.ts';
import { startProject, type TestProject } from '../support/project.ts';

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
    const dry = await project.run(['run', sync, '--dry-run']);
    expect({ code: dry.code, outcome: dry.json.outcome }).toEqual({ code: 0, outcome: 'dry_run' });
    expect(await crmDigest(project)).toEqual(crm);
    expect(await storedRows()).toEqual(stored);

    const real = await project.run(['run', sync]);
    expect(real.json).toEqual({ ...dry.json, run: real.json.run, outcome: 'delivered' });
  });
});

it('shows the first changes to people', async () => {
  const { sync, stdout } = await shownDryRun();
  expect(sync).toBe('oa-contacts');
  const lines = stdout.split('\n');
  expect(lines.filter((line) => /^[+~-] /.test(line))).toHaveLength(20);
  expect(lines).toContain('~ update CRM 41 (key OA-20101)');
  expect(lines.at(-2)).toBe('dry run: nothing was written');
});

async function shownDryRun(): Promise<{ readonly sync: string; readonly stdout: string }> {
  const sync = 'oa-contacts';
  return { sync, stdout: (await project.runForPeople(['run', sync, '--dry-run'])).stdout };
}
