import type { Command } from 'commander';
import { SyncError } from '../../domain/errors.ts';
import { defaultWorkerCount } from '../../runtime/services.ts';
import { HELD_AT_GATE } from '../../merge/standing.ts';
import { type HeldClaim, listHeld, releaseHeld } from '../../store/held.ts';
import { showValue } from '../changes.ts';
import type { Cli } from '../main.ts';
import { mergeNow } from '../merge-now.ts';
import { limitOption, listOption } from '../options.ts';
import { EXIT, print, printIfCut, printJson, table } from '../output.ts';
import { type GlobalOptions, openSession, whoAmI } from '../session.ts';
import { stopSignal } from './up.ts';

interface Picks {
  readonly sync?: string;
  readonly key?: readonly string[];
}

interface ReleaseOptions extends Picks {
  readonly all: boolean;
  readonly by?: string;
  readonly now: boolean;
}

export function addHeld(gate: Command, { act }: Cli): void {
  withPicks(gate.command('held').description('claims that were not approved, or that an undo took back'))
    .option('--limit <n>', 'how many', limitOption, 100)
    .action(act(list));
  withPicks(gate.command('release').description('let held claims be merged again; the gate looks at them anew'))
    .option('--all', 'every held claim', false)
    .option('--by <name>', 'who releases')
    .option('--now', 'merge them at once, in a run of their own; otherwise the next run does', false)
    .action(act(release));
}

function withPicks(command: Command): Command {
  return command
    .option('--sync <sync>', 'of one sync')
    .option('--key <keys>', 'with these source keys; with commas between', listOption);
}

async function list(options: GlobalOptions, { sync, key, limit }: Picks & { readonly limit: number }): Promise<number> {
  const session = await openSession(options, { workers: 0 });
  try {
    const held = await listHeld(session.store.pool, { ...pickOf({ sync, key }), limit });
    if (options.json) printJson({ held: held.map(toJson) });
    else if (held.length === 0) print('nothing is held');
    else print(table(['sync', 'key', 'CRM', 'would', 'because'], held.map(toCells)));
    if (!options.json) printIfCut(held.length, limit);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

function pickOf({ sync, key }: { readonly sync?: string | undefined; readonly key?: readonly string[] | undefined }): {
  readonly sync?: string;
  readonly keys?: readonly string[];
} {
  return { ...(sync === undefined ? {} : { sync }), ...(key === undefined ? {} : { keys: key }) };
}

function toJson({ sync, key, object, operation, reason, crmId, claim, refused, since }: HeldClaim): object {
  return { sync, key, object, operation, reason, crm_id: crmId, claim, refused, since: since.toISOString() };
}

function toCells({ sync, key, operation, reason, crmId, refused }: HeldClaim): string[] {
  const fields = Object.entries(refused).map(([field, value]) => `${field} = ${showValue(value)}`);
  const would = operation === 'delete' ? 'end' : crmId === null ? 'create' : fields.join(', ');
  return [sync, key, crmId ?? '', would, reason];
}

async function release(options: GlobalOptions, { sync, key, all, by, now }: ReleaseOptions): Promise<number> {
  if (!all && sync === undefined && key === undefined)
    throw new SyncError('config.usage', { message: 'say which: --sync, --key or --all' });
  const signal = stopSignal();
  const session = await openSession(options, { workers: now ? defaultWorkerCount() : 0, signal });
  try {
    const released = await session.store.transaction((client) =>
      releaseHeld(client, { ...pickOf({ sync, key }), by: by ?? whoAmI(), atGate: HELD_AT_GATE }),
    );
    const syncs = [...new Set(released.map((one) => one.sync))];
    if (now && syncs.length > 0) return await mergeNow(session, syncs, { json: options.json, signal });
    if (options.json) printJson({ released });
    else if (released.length === 0) print('nothing of this is held');
    else print(`${released.length} released; the next run of ${syncs.join(', ')} merges them; at once: --now`);
    return EXIT.done;
  } finally {
    await session.close();
  }
}
