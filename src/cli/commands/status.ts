import { countQuarantined } from '../../store/quarantine.ts';
import { countReviews } from '../../store/reviews.ts';
import { sumLanes } from '../../store/batches.ts';
import { latestRuns, type RunRow } from '../../store/runs.ts';
import { arrivalLags } from '../../store/freshness.ts';
import { listSyncs } from '../../store/syncs.ts';
import { followToEnd } from '../follow.ts';
import { freshness } from '../../steps/freshness.ts';
import { arrivalHint, arrivalView, behindText, secondsOf } from '../freshness-view.ts';
import type { Cli } from '../main.ts';
import { EXIT, paint, print, printJson, table } from '../output.ts';
import { currentProgress, requireRun } from '../runs.ts';
import { openSession, runUrl, type Session } from '../session.ts';
import { stopSignal } from './up.ts';

export function addStatus({ program, act }: Cli): void {
  program
    .command('status [run]')
    .description('the newest run of each sync, or one run in detail')
    .option('--follow', 'attach to the run and follow it')
    .action(
      act(async (options, runId: string | undefined, { follow = false }: { follow?: boolean }) => {
        const session = await openSession(options, { workers: follow ? 1 : 0 });
        try {
          if (runId === undefined) return await showAll(session, options.json);
          const run = await requireRun(session, runId);
          if (follow && run.outcome === null)
            return await followToEnd(session, runId, { json: options.json, signal: stopSignal() });
          return await showRun(session, run, options.json);
        } finally {
          await session.close();
        }
      }),
    );
}

async function showAll({ store, project }: Session, json: boolean): Promise<number> {
  const { pool } = store;
  const [runs, syncs, quarantined, reviews, fresher, lags] = await Promise.all([
    latestRuns(pool),
    listSyncs(pool),
    countQuarantined(pool),
    countReviews(pool),
    freshness(pool, project),
    arrivalLags(pool),
  ]);
  const rows = Object.keys(project.syncs).map((name) => {
    const run = runs.find((one) => one.sync === name);
    const sync = syncs.find((one) => one.name === name);
    const fresh = fresher.syncs.find((one) => one.sync === name);
    return {
      sync: name,
      state: sync?.pausedAt != null ? 'paused' : run === undefined ? 'never run' : (run.outcome ?? run.phase),
      run: run?.id ?? null,
      started_at: run?.startedAt.toISOString() ?? null,
      quarantined: quarantined.get(name) ?? 0,
      reviews: reviews.get(name) ?? 0,
      error: run?.error?.code ?? null,
      behind_seconds: secondsOf(fresh?.ageMs),
      fresh_seconds: secondsOf(fresh?.objectiveMs),
      stale: fresh?.missed ?? false,
      arrival: arrivalView(lags.get(name) ?? [], project.syncs[name]?.stream.table?.lookbackMs ?? 0),
    };
  });
  const objects = fresher.objects.map(({ object, ageMs, missed }) => ({
    object,
    behind_seconds: secondsOf(ageMs),
    stale: missed,
  }));
  if (json) printJson({ project: project.name, syncs: rows, objects });
  else {
    print(
      table(
        ['sync', 'state', 'last run', 'started', 'in quarantine', 'in review', 'behind', 'error'],
        rows.map((row) => [
          row.sync,
          row.state,
          row.run ?? '-',
          row.started_at ?? '-',
          row.quarantined,
          row.reviews,
          behindText(fresher.syncs.find(({ sync }) => sync === row.sync)),
          row.error ?? '-',
        ]),
      ),
    );
    for (const row of rows) {
      const hint = arrivalHint(row.sync, row.arrival);
      if (hint !== null) print(paint('yellow', hint));
    }
  }
  return EXIT.done;
}

async function showRun(session: Session, run: RunRow, json: boolean): Promise<number> {
  const progress = run.outcome === null ? await currentProgress(session.client, run.id) : null;
  const counts = progress?.counts ?? run.counts;
  const lanes = await sumLanes(session.store.pool, run.no);
  if (json) {
    const { id, sync, kind, trigger, phase, outcome, attempt, error, gate, notices, startedAt, endedAt } = run;
    printJson({
      run: id,
      sync,
      kind,
      trigger,
      phase,
      outcome,
      attempt,
      counts,
      error,
      gate,
      notices,
      notes: run.plan?.notes ?? [],
      lanes,
      started_at: startedAt,
      ended_at: endedAt,
      progress,
    });
    return EXIT.done;
  }
  print(
    `${paint('bold', run.id)}  ${run.kind} of ${run.sync}, attempt ${run.attempt}: ${paint('cyan', run.outcome ?? run.phase)}`,
  );
  print(
    `  started ${run.startedAt.toISOString()}${run.endedAt === null ? '' : `, ended ${run.endedAt.toISOString()}`} by ${run.trigger}`,
  );
  for (const note of run.plan?.notes ?? []) print(`  ${note}`);
  if (lanes.fast + lanes.reference > 0)
    print(`  decoded ${lanes.fast} records in the fast lane, ${lanes.reference} in the reference lane`);
  if (run.error !== null) print(`  ${paint('red', run.error.code)}: ${run.error.message}. ${run.error.hint}`);
  for (const notice of run.notices) print(`  ${paint('yellow', notice.code)}: ${notice.message}`);
  for (const [name, value] of Object.entries(counts)) {
    const shown =
      typeof value === 'number'
        ? String(value)
        : Object.entries(value)
            .filter(([, count]) => count > 0)
            .map(([outcome, count]) => `${outcome} ${count}`)
            .join(', ');
    if (shown !== '' && shown !== '0') print(`  ${name.padEnd(12)} ${shown}`);
  }
  const url = runUrl(session, run.id);
  if (url !== null) print(`  ${url}`);
  return EXIT.done;
}
