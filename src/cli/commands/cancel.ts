import type { Cli } from '../main.ts';
import { SyncError } from '../../domain/errors.ts';
import { EXIT, print, printJson } from '../output.ts';
import { requireRun } from '../runs.ts';
import { openSession } from '../session.ts';

const WAIT_MS = 60_000;

export function addCancel({ program, act }: Cli): void {
  program
    .command('cancel <run>')
    .description('stop a run between batches; what it has delivered stands (see undo)')
    .action(
      act(async (options, runId: string) => {
        const session = await openSession(options, { workers: 1 });
        try {
          const run = await requireRun(session, runId);
          if (run.outcome !== null)
            throw new SyncError('config.usage', { message: `${runId} has ended already: ${run.outcome}` });
          const handle = session.client.workflow.getHandle(runId);
          await handle.cancel();
          const timeout = new Promise<'later'>((resolve) => {
            setTimeout(() => resolve('later'), WAIT_MS).unref();
          });
          const ended = await Promise.race([
            handle.result().then(
              () => 'ended',
              () => 'ended',
            ),
            timeout,
          ]);
          const after = await requireRun(session, runId);
          const outcome = after.outcome ?? (ended === 'later' ? 'cancelling' : 'cancelled');
          if (options.json) printJson({ run: runId, outcome });
          else print(`${runId}: ${outcome}`);
          return EXIT.done;
        } finally {
          await session.close();
        }
      }),
    );
}
