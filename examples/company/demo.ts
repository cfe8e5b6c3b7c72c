// The demo: the example company's syncs into its CRM, on real servers. `npm run demo -- [--exit] [--json]`

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createPool } from '../../src/postgres/client.ts';
import { EXIT, paint, print, printJson, report, say } from '../../src/cli/output.ts';
import { summaryTable } from '../../src/cli/follow.ts';
import { explain } from '../../src/cli/commands/explain.ts';
import { stopSignal } from '../../src/cli/commands/up.ts';
import { renderExplained } from '../../src/cli/explain-view.ts';
import { createProgressView } from '../../src/cli/progress-view.ts';
import { failureOf, followRun, startRun } from '../../src/cli/runs.ts';
import { openSession, runUrl, type Session } from '../../src/cli/session.ts';
import { ensureDatabase } from '../../src/runtime/postgres.ts';
import { listQuarantined } from '../../src/store/quarantine.ts';
import type { RunSummary } from '../../src/domain/run.ts';
import { defaultWorkerCount } from '../../src/runtime/services.ts';

const HERE = new URL(import.meta.url.includes('/dist/') ? '../../../examples/company/' : './', import.meta.url);
/** Parents before their children. */
const SYNCS = ['hr-employees', 'erp-customers', 'oa-contacts', 'erp-contacts', 'erp-orders'];
const CRM_DATABASE = 'example_crm';
/** A person whom both the OA and the ERP know: their claims differ, and each wins some fields. */
const EXPLAINED = { object: 'contact', id: 'OA-20033' };

async function demo(options: { readonly json: boolean; readonly exit: boolean }): Promise<number> {
  const signal = stopSignal();
  const session = await openSession(
    { project: fileURLToPath(HERE), json: options.json },
    { workers: defaultWorkerCount(), signal },
  );
  try {
    await createCrm(session.databaseUrl);
    const summaries: RunSummary[] = [];
    for (const sync of SYNCS) {
      if (signal.aborted) return EXIT.failed;
      summaries.push(await runSync(session, { sync, json: options.json, signal }));
    }
    if (options.json) printJson({ syncs: summaries });
    else await showResults(session, summaries);
    if (!options.exit && !signal.aborted) await stayUp(session, signal);
    return summaries.every(({ outcome }) => outcome === 'delivered' || outcome === 'unchanged')
      ? EXIT.done
      : EXIT.failed;
  } finally {
    await session.close();
  }
}

/** "Somebody else's database", made once. With CRM_URL set, that one is used and left as it is. */
async function createCrm(storeUrl: string): Promise<void> {
  if (process.env['CRM_URL'] !== undefined) return;
  const pool = createPool(await ensureDatabase(storeUrl, CRM_DATABASE), { max: 1 });
  try {
    const { rowCount } = await pool.query(`select 1 from information_schema.schemata where schema_name = 'crm'`);
    if (rowCount === 0) await pool.query(readFileSync(new URL('crm.sql', HERE), 'utf8'));
  } finally {
    await pool.end();
  }
}

async function runSync(
  session: Session,
  { sync, json, signal }: { readonly sync: string; readonly json: boolean; readonly signal: AbortSignal },
): Promise<RunSummary> {
  const run = await startRun(session, { workflow: 'syncRun', input: { sync, trigger: 'demo' } });
  const followed = await followRun(session, run, { view: createProgressView({ quiet: json }), signal });
  if (followed.kind === 'ended') return followed.summary;
  if (followed.kind === 'failed') throw failureOf(followed);
  if (followed.kind === 'paused') throw failureOf({ code: followed.code ?? 'run.paused', message: followed.message });
  throw new Error(`${run} is waiting: ${followed.kind}`);
}

async function showResults(session: Session, summaries: readonly RunSummary[]): Promise<void> {
  print(`\n${summaryTable(summaries)}\n`);
  print(paint('bold', 'Three quarantined records'));
  for (const { id, sync, key, violations } of await threeQuarantined(session)) {
    print(
      `  ${id} ${sync} ${key ?? '(no key)'}: ${violations.map(({ field, message, value }) => `${field ?? 'record'}: ${message}${value === undefined ? '' : ` (${value})`}`).join('; ')}`,
    );
  }
  print(`\n${paint('bold', 'One record explained')}`);
  print(renderExplained(await explain(session, EXPLAINED)));
  print(`\n${paint('bold', 'Temporal UI')}  ${session.uiUrl ?? '(given by TEMPORAL_ADDRESS)'}`);
  for (const { sync, run } of summaries) print(`  ${sync.padEnd(14)} ${runUrl(session, run) ?? run}`);
}

/** One of each of three syncs, so that the reasons differ. */
async function threeQuarantined(session: Session): ReturnType<typeof listQuarantined> {
  const syncs = ['erp-customers', 'oa-contacts', 'erp-orders'];
  const lists = await Promise.all(syncs.map((sync) => listQuarantined(session.store.pool, { sync, limit: 1 })));
  return lists.flat();
}

async function stayUp(session: Session, signal: AbortSignal): Promise<void> {
  say(`\nThe demo stays up; stop it with Ctrl-C. In another terminal: npx tributary --project examples/company status`);
  if (!session.owned) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve());
  });
  say('stopping …');
}

const args = process.argv.slice(2);
const unknown = args.filter((arg) => !['--json', '--exit'].includes(arg));
if (unknown.length > 0) {
  say(`unknown: ${unknown.join(' ')}. Usage: npm run demo -- [--exit] [--json]`);
  process.exit(EXIT.usage);
}
const json = args.includes('--json');
process.exit(await demo({ json, exit: args.includes('--exit') }).catch((error: unknown) => report(error, json)));
