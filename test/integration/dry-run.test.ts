// A dry run says what a run would do, and leaves no trace of it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crmDigest } from '../support/crm.ts';
import { startProject, SYNCS, type TestProject } from '../support/project.ts';

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

/** Each sync is looked at first and then run, so that children find their parents. */
describe.each(SYNCS)('%s', (sync) => {
  it('writes nothing to the CRM or the store, then does what it said', async () => {
    const [crm, stored] = [await crmDigest(project), await storedRows()];
    const dry = await project.run(['run', sync, '--dry-run']);
    expect({ code: dry.code, outcome: dry.json.outcome }).toEqual({ code: 0, outcome: 'dry_run' });
    expect(await crmDigest(project)).toEqual(crm);
    expect(await storedRows()).toEqual(stored);

    const real = await project.run(['run', sync]);
    const { run: dryRun, outcome: dryOutcome, ...promised } = dry.json;
    const { run, outcome, ...done } = real.json;
    expect(outcome).toBe('delivered');
    expect(done).toEqual(promised);
    expect([dryRun, dryOutcome]).not.toContain(run);
  });
});

describe('the CRM before the first delivery', () => {
  it('had no table of ours', async () => {
    const fresh = await project.crm(
      `select table_name as name from information_schema.tables where table_schema = 'crm' order by 1`,
    );
    expect(fresh.map((row) => row['name'])).toEqual([
      'account',
      'contact',
      'owner',
      'sales_order',
      'tributary_delivery',
    ]);
  });
});
