import { pruneStore } from '../../steps/prune.ts';
import { notePruned } from '../../store/meta.ts';
import type { Cli } from '../main.ts';
import { EXIT, print, printJson, say, table } from '../output.ts';
import { type GlobalOptions, openSession } from '../session.ts';

const WORDS = {
  reads: 'batches of ended runs: lists of what they read',
  staged: 'batches that wrote nothing: bodies and change sets',
  changes: 'batches that wrote: bodies and change sets',
  quarantined: 'resolved quarantined records',
  events: 'received events that were done with',
  tombstones: 'marks of source records that ended',
  runs: 'runs of which nothing else was left',
} as const;

export function addPrune({ program, act }: Cli): void {
  program
    .command('prune')
    .description('remove now what is not kept any more; workers do it every hour')
    .option('--dry-run', 'count what would be removed, and remove nothing')
    .addHelpText(
      'after',
      '\nHow long things are kept is said by `retention` in tributary.yaml. What open runs need is never removed.',
    )
    .action(act((options, { dryRun = false }: { dryRun?: boolean }) => prune(options, dryRun)));
}

async function prune(options: GlobalOptions, dryRun: boolean): Promise<number> {
  const session = await openSession(options, { workers: 0 });
  try {
    const { store, project } = session;
    const pruned = await pruneStore(store, project.retention, { dryRun, progress: () => {} });
    if (pruned !== null && !dryRun) await notePruned(store.pool, pruned);
    if (options.json) printJson({ dry_run: dryRun, busy: pruned === null, removed: pruned });
    else if (pruned === null) say('a worker is at it already');
    else {
      const rows = Object.entries(WORDS).map(([name, words]) => [pruned[name as keyof typeof WORDS], words]); // its keys
      print(table([dryRun ? 'would be removed' : 'removed', ''], rows));
    }
    return EXIT.done;
  } finally {
    await session.close();
  }
}
