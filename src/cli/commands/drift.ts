import { runDefinition } from '../../config/run-definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { DriftCounter } from '../../merge/drift.ts';
import { openConnections } from '../../runtime/connections.ts';
import { defaultWorkerCount } from '../../runtime/services.ts';
import { driftPages, extraPages, type Reconciling } from '../../steps/drift.ts';
import { objectOf } from '../../steps/run-context.ts';
import { countUndelivered } from '../../store/drift.ts';
import { findSync } from '../../store/syncs.ts';
import { type DriftFound, type DriftLine, driftLine, renderDrift, renderDriftLine } from '../drift-view.ts';
import { openOutput, type Output } from '../file-output.ts';
import { followToEnd } from '../follow.ts';
import type { Cli } from '../main.ts';
import { limitOption } from '../options.ts';
import { EXIT, paint, print, printJson, say } from '../output.ts';
import { startRun } from '../runs.ts';
import { type GlobalOptions, openSession, type Session } from '../session.ts';
import { stopSignal } from './up.ts';

interface DriftOptions {
  readonly show: number;
  readonly lines?: boolean;
  readonly output?: string;
  readonly force?: boolean;
  readonly check?: boolean;
  readonly repair?: boolean;
  readonly dryRun?: boolean;
  readonly review?: boolean;
}

export function addDrift({ program, act }: Cli): void {
  program
    .command('drift <sync>')
    .description('compare what the sources last said with what the CRM holds; with --repair, put it right')
    .option('--show <n>', 'records to show', limitOption, 10)
    .option('--lines', 'every difference as JSON lines')
    .option('--output <file>', 'JSON lines into a file, which appears when it is whole')
    .option('--force', 'replace the file if it is there')
    .option('--check', 'exit code 1 when anything differs or is missing')
    .option('--repair', 'start a run that writes the sources’ values where the fields’ policies say so')
    .option('--dry-run', 'with --repair: stop before anything is written, and show what would be')
    .option('--review', 'with --repair: wait at the gate before anything is written')
    .action(
      act(async (global, sync: string, options: DriftOptions) =>
        options.repair === true ? repair(global, sync, options) : drift(global, sync, options),
      ),
    );
}

async function repair(global: GlobalOptions, sync: string, options: DriftOptions): Promise<number> {
  const { dryRun = false, review = false, show } = options;
  const signal = stopSignal();
  const session = await openSession(global, { workers: defaultWorkerCount(), signal });
  try {
    runDefinition(session.project, sync); // an unknown name ends here
    const input = { sync, trigger: 'manual', dryRun, review };
    const run = await startRun(session, { workflow: 'driftRepair', input });
    return await followToEnd(session, run, { json: global.json, signal, changes: dryRun ? show : undefined });
  } finally {
    await session.close();
  }
}

async function drift(global: GlobalOptions, sync: string, options: DriftOptions): Promise<number> {
  if (options.dryRun === true || options.review === true)
    throw new SyncError('config.usage', { message: '--dry-run and --review go with --repair' });
  const signal = stopSignal();
  const session = await openSession(global, { workers: 0, signal });
  const { project, databaseUrl, store } = session;
  const connections = openConnections({ projectDir: project.dir, storeUrl: databaseUrl, env: process.env });
  try {
    const definition = runDefinition(project, sync);
    const known = await findSync(store.pool, sync);
    if (known === undefined) throw new SyncError('run.not_found', { message: `${sync} has never run` });
    if (known.leaseRun !== null) say(paint('yellow', 'a run is under way: what it is writing may count as drift'));
    const run = { definition, object: objectOf(definition) };
    const deps = { store, destination: connections.destination };
    const output =
      options.output === undefined && options.lines !== true
        ? null
        : await openOutput(options.output, { force: options.force === true });
    const found = await compare(session, {
      reconciling: { deps, run, syncNo: known.no },
      sync,
      show: options.show,
      output,
      signal,
    });
    if (found === null) return EXIT.failed;
    if (options.lines !== true || options.output !== undefined) report(global, found, options);
    const { differing, missing } = found.totals;
    return options.check === true && differing + missing > 0 ? EXIT.failed : EXIT.done;
  } finally {
    await connections.close();
    await session.close();
  }
}

interface Comparing {
  readonly reconciling: Reconciling;
  readonly sync: string;
  readonly show: number;
  readonly output: Output | null;
  readonly signal: AbortSignal;
}

interface Compared {
  readonly totals: DriftFound;
  /** The first differences of each kind. */
  readonly shown: readonly DriftLine[];
}

/** Null when it was interrupted. */
async function compare(
  { store }: Session,
  { reconciling, sync, show, output, signal }: Comparing,
): Promise<Compared | null> {
  const { object } = reconciling.run;
  const counter = new DriftCounter();
  const shown = new Map<DriftLine['kind'], DriftLine[]>();
  let extra = 0;
  let wanted = true;
  const take = async (lines: readonly DriftLine[]): Promise<void> => {
    for (const line of lines) {
      const some = shown.get(line.kind) ?? [];
      if (some.length < show) shown.set(line.kind, [...some, line]);
    }
    const text = output === null ? '' : lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    if (text !== '') wanted &&= (await output?.write(Buffer.from(text))) ?? true;
  };
  try {
    for await (const { compared, found } of driftPages(reconciling)) {
      if (signal.aborted || !wanted) break;
      counter.add(compared, found);
      await take(found.map((one) => driftLine(object.name, one)));
    }
    for await (const ids of extraPages(reconciling)) {
      if (signal.aborted || !wanted) break;
      extra += ids.length;
      await take(ids.map((id) => ({ kind: 'extra', object: object.name, crm_id: id })));
    }
    if (signal.aborted) {
      say('stopped: not everything was compared');
      return null;
    }
    await output?.finish();
  } finally {
    await output?.abandon();
  }
  const undelivered = await countUndelivered(store.pool, reconciling.syncNo);
  const totals = { sync, object: object.name, ...counter.totals, extra, undelivered };
  return { totals, shown: [...shown.values()].flat() };
}

function report(global: GlobalOptions, { totals, shown }: Compared, { output }: DriftOptions): void {
  if (global.json) return printJson({ ...totals, ...(output === undefined ? { examples: shown } : { output }) });
  for (const line of renderDrift(totals)) print(line);
  if (output !== undefined) return say(`every difference is in ${output}`);
  if (shown.length > 0) print();
  for (const line of shown) print(renderDriftLine(line));
  if (totals.repairable > 0)
    print(paint('dim', `\n${totals.repairable} records can be put right: tributary drift ${totals.sync} --repair`));
}
