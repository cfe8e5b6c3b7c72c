import type { Command } from 'commander';
import { SyncError } from '../../domain/errors.ts';
import { assignQuarantined } from '../../store/quarantine.ts';
import type { Cli } from '../main.ts';
import { idOption } from '../options.ts';
import { EXIT, print, printJson } from '../output.ts';
import { type GlobalOptions, openSession } from '../session.ts';

export function addAssign(quarantine: Command, { act }: Cli): void {
  quarantine
    .command('assign <ids...>')
    .description('say who looks after records; without --to they go back to the owner of their sync')
    .option('--to <owner>', 'a name, as your notifications know people')
    .action(
      act(async (options, ids: readonly string[], { to }: { to?: string }) => assign(options, ids.map(idOption), to)),
    );
}

async function assign(options: GlobalOptions, ids: readonly number[], to: string | undefined): Promise<number> {
  const session = await openSession(options, { workers: 0 });
  try {
    const assigned = await assignQuarantined(session.store.pool, ids, to ?? null);
    if (assigned === 0)
      throw new SyncError('quarantine.not_found', { message: 'none of these records is in quarantine' });
    if (options.json) printJson({ assigned, owner: to ?? null });
    else print(`${assigned === 1 ? '1 record' : `${assigned} records`} assigned to ${to ?? 'the owner of their sync'}`);
    return EXIT.done;
  } finally {
    await session.close();
  }
}
