// Following a run to its end, for people: progress, then what came of it, and an exit code.

import type { RunSummary } from '../domain/run.ts';
import { mendWords, plannedWords, WAITS_AT_GATE } from '../domain/run-words.ts';
import { listQuarantined } from '../store/quarantine.ts';
import { findRun } from '../store/runs.ts';
import { type ChangesView, printChanges, viewChanges } from './changes.ts';
import { EXIT, paint, paintError, print, printJson, report, say, table } from './output.ts';
import { createProgressView } from './progress-view.ts';
import { failureOf, type Followed, followRun } from './runs.ts';
import { runUrl, type Session } from './session.ts';

export interface FollowOptions {
  readonly json: boolean;
  readonly signal: AbortSignal;
  /** Show the first changes, so many at most: for dry runs. */
  readonly changes?: number | undefined;
  /** Says more at the end of a run that ended: prints it for people, adds it to the JSON summary. */
  readonly more?: () => Promise<Readonly<Record<string, unknown>>>;
}

export async function followToEnd(session: Session, runId: string, options: FollowOptions): Promise<number> {
  const view = createProgressView({ quiet: options.json });
  const url = runUrl(session, runId);
  if (!options.json) say(`run ${runId}${url === null ? '' : `  ${paintError('dim', url)}`}`);
  const followed = await followRun(session, runId, { view, signal: options.signal });
  if (followed.kind !== 'ended') return reportUnfinished(session, { runId, followed, json: options.json });
  return reportEnded(session, followed.summary, options);
}

async function reportEnded(
  session: Session,
  summary: RunSummary,
  { json, changes, more = async () => ({}) }: FollowOptions,
): Promise<number> {
  const run = await findRun(session.store.pool, { id: summary.run });
  const view =
    changes === undefined || run === undefined
      ? null
      : await viewChanges(session.store.pool, run, { filter: { only: [] }, limit: changes });
  if (json) {
    const shown = view === null ? {} : { changes: { ...view.totals, records: view.lines } };
    printJson({ ...summary, ...shown, ...(await more()) });
  } else {
    print(summaryTable([summary]));
    for (const notice of run?.notices ?? [])
      say(`${paintError('yellow', notice.code)}: ${notice.message}. ${notice.hint}`);
    if (view !== null) printDryRun(view, summary.run);
    if (summary.quarantined > 0) await printQuarantined(session, summary);
    if (summary.outcome === 'skipped') say(`skipped: ${await whySkipped(session, summary.run)}`);
    await more();
  }
  return ['delivered', 'unchanged', 'dry_run'].includes(summary.outcome) ? EXIT.done : EXIT.failed;
}

function printDryRun(view: ChangesView, runId: string): void {
  print();
  printChanges(view, `tributary changes ${runId} --lines`);
  if (view.totals.outcomes.waiting > 0)
    print(paint('dim', 'what waits for others of these records is decided after they are written, in a later round'));
  print(paint('dim', 'dry run: nothing was written'));
}

async function whySkipped(session: Session, runId: string): Promise<string> {
  const progress = await session.client.workflow
    .getHandle(runId)
    .query<{ notes: readonly string[] }>('progress')
    .catch(() => null);
  return progress?.notes[0] ?? 'another run holds the sync';
}

async function printQuarantined(session: Session, { sync, run, quarantined }: RunSummary): Promise<void> {
  const rows = await listQuarantined(session.store.pool, { sync, run, limit: 3 });
  if (rows.length === 0) return;
  print();
  for (const { id, key, violations } of rows) {
    print(
      `${paint('yellow', `quarantine ${id}`)} ${key ?? '(no key)'}: ${violations.map(({ field, message }) => `${field === undefined ? '' : `${field}: `}${message}`).join('; ')}`,
    );
  }
  if (quarantined > rows.length)
    print(paint('dim', `… ${quarantined} in all: tributary quarantine list --sync ${sync}`));
}

const COUNTS = [
  'read',
  'unchanged',
  'accepted',
  'quarantined',
  'duplicates',
  'filtered',
  'created',
  'updated',
  'deleted',
  'conflicts',
] as const;

/** One row for each sync. Most syncs have no filter: without one there is no column for it. */
export function summaryTable(summaries: readonly RunSummary[]): string {
  const shown = COUNTS.filter((name) => name !== 'filtered' || summaries.some((one) => one.filtered > 0));
  const rows = summaries.map((one) => [one.sync, one.outcome, ...shown.map((name) => one[name])]);
  return table(['sync', 'outcome', ...shown], rows);
}

interface Unfinished {
  readonly runId: string;
  readonly followed: Exclude<Followed, { kind: 'ended' }>;
  readonly json: boolean;
}

function reportUnfinished(session: Session, { runId, followed, json }: Unfinished): number {
  if (json && followed.kind !== 'failed')
    printJson({
      run: runId,
      waiting: followed.kind,
      ...(followed.kind === 'paused' ? { code: followed.code, message: followed.message } : {}),
      ...(followed.kind === 'gate' ? { gate: followed.progress.gate } : {}),
    });
  if (followed.kind === 'failed')
    return followed.code === 'run.cancelled' ? sayCancelled(runId) : report(failureOf(followed), json) || EXIT.failed;
  if (followed.kind === 'gate') {
    const { gate } = followed.progress;
    say(`${paintError('yellow', WAITS_AT_GATE)}: ${plannedWords(gate ?? { creates: 0, updates: 0, deletes: 0 })}`);
    for (const limit of gate?.tripped ?? []) say(`  ${limit}`);
    say(
      `look:    tributary gate show ${runId}\napprove: tributary gate approve ${runId}\nreject:  tributary gate reject ${runId}`,
    );
    return EXIT.gate;
  }
  if (followed.kind === 'paused') {
    report(failureOf({ code: followed.code ?? 'run.paused', message: followed.message }), json);
    say(mendWords({ run: runId, sync: 'SYNC' }));
    return EXIT.failed;
  }
  const where = session.owned
    ? 'The services stop now; the run goes on when they are next up (tributary up).'
    : 'The run goes on.';
  say(`\ndetached. ${where} Attach again: tributary status ${runId} --follow`);
  return EXIT.done;
}

function sayCancelled(runId: string): number {
  say(`${runId} was cancelled`);
  return EXIT.failed;
}
