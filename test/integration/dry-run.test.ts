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
  const { code, stdout } = await project.runForPeople(['run', 'oa-contacts', '--dry-run']);
  expect(code).toBe(0);
  const lines = stdout.split('\n');
  expect(lines.filter((line) => /^[+~-] /.test(line))).toHaveLength(20);
  expect(lines).toEqual(
    expect.arrayContaining([
      '+ create (key OA-20001)',
      '… the first 20; all of them: tributary gate show RUN --json',
      'dry run: nothing was written',
    ]),
  );
});
