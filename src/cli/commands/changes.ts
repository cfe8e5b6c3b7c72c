import type { RunRow } from '../../store/runs.ts';
import { changeSetsOf } from '../../store/change-sets.ts';
import { changeLine, type ChangeFilter, chooses, ONLY } from '../change-lines.ts';
import { printChanges, viewChanges } from '../changes.ts';
import { openOutput } from '../file-output.ts';
import type { Cli } from '../main.ts';
import { limitOption, listOption } from '../options.ts';
import { EXIT, paint, print, printJson, say } from '../output.ts';
import { requireChanges } from '../runs.ts';
import { type GlobalOptions, openSession, type Session } from '../session.ts';
import { stopSignal } from './up.ts';

interface ChangesOptions {
  readonly only?: readonly string[];
  readonly key?: string;
  readonly record?: string;
  readonly field?: string;
  readonly limit: number;
  readonly lines?: boolean;
  readonly output?: string;
  readonly force?: boolean;
}

export function addChanges({ program, act }: Cli): void {
  program
    .command('changes <run>')
    .description('what a run wrote or would write: a summary and a diff, or every entry as JSON lines')
    .option('--only <what>', `of these: ${ONLY.join(', ')}; default: all but no_change`, listOption)
    .option('--key <key>', 'of this source key')
    .option('--record <id>', 'of this CRM record')
    .option('--field <field>', 'that write, keep or dispute this field')
    .option('--limit <n>', 'records to show', limitOption, 20)
    .option('--lines', 'all of them as JSON lines')
    .option('--output <file>', 'JSON lines into a file, which appears when it is whole')
    .option('--force', 'replace the file if it is there')
    .action(act(async (global, run: string, options: ChangesOptions) => changes(global, run, options)));
}

async function changes(global: GlobalOptions, runId: string, options: ChangesOptions): Promise<number> {
  const signal = stopSignal();
  const session = await openSession(global, { workers: 0, signal });
  const { only = [], key, record: crmId, field } = options;
  const filter = { only, key, crmId, field };
  try {
    const run = await requireChanges(session, runId);
    if (options.lines === true || options.output !== undefined)
      return await exportLines(session, run, { ...options, filter, signal, json: global.json });
    const view = await viewChanges(session.store.pool, run, { filter, limit: options.limit });
    if (global.json) {
      const { id, kind, outcome, rootHash: root_hash } = run;
      printJson({ run: id, kind, outcome, root_hash, ...view.totals, chosen: view.chosen, records: view.lines });
      return EXIT.done;
    }
    print(`${paint('bold', run.id)}: ${run.kind}, ${run.outcome ?? run.phase}`);
    printChanges(view, `tributary changes ${run.id} --lines`);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

interface LinesOptions extends ChangesOptions {
  readonly filter: ChangeFilter;
  readonly signal: AbortSignal;
  readonly json: boolean;
}

/** One change set is in memory at a time, and no more is read than somebody takes. */
async function exportLines({ store }: Session, run: RunRow, options: LinesOptions): Promise<number> {
  const { filter, signal, output: path, force = false, json } = options;
  const chosen = chooses(filter);
  const output = await openOutput(path, { force });
  let entries = 0;
  try {
    for await (const stored of changeSetsOf(store.pool, { runNo: run.no })) {
      if (signal.aborted) break;
      const some = stored.entries.filter(chosen);
      const text = some.map((entry) => `${JSON.stringify(changeLine(run.id, stored, entry))}\n`).join('');
      entries += some.length;
      if (text !== '' && !(await output.write(Buffer.from(text)))) break;
    }
    if (signal.aborted) {
      say('stopped; the export is not whole');
      return EXIT.failed;
    }
    await output.finish();
  } finally {
    await output.abandon();
  }
  if (path !== undefined && json) printJson({ changes: run.id, output: path, entries });
  else if (path !== undefined) say(`${run.id}: ${entries} entries in ${path}`);
  return EXIT.done;
}
