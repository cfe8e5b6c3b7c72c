// Opening an event run: the sync that takes the stream's events, and what an earlier run of it left behind.
//
// Event runs hold no lease: per record the locks of delivery decide. Of one sync only one is open, since they are opened
// under the lock of its row; within it, one drain at a time takes events (`store/inbox-take.ts`).

import type { RunDefinition } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import type { EventStream } from '../store/inbox.ts';
import { returnEvents, unsaidBatches } from '../store/inbox-take.ts';
import { findRun, insertRun, openEventRuns, type RunRow, saveDefinition, updateRun } from '../store/runs.ts';
import { lockSync } from '../store/syncs.ts';
import { adoptDelivered } from './adopt.ts';
import type { Deps } from './deps.ts';
import { sayFinished } from './finish-events.ts';
import { closeAbandoned, type Opened } from './open-run.ts';

export interface OpenEventInput extends EventStream {
  readonly runId: string;
}

type OpenedOrBusy = Opened | { readonly kind: 'busy'; readonly holders: readonly RunRow[] };

/** Errors: `config.unknown_sync` where no sync takes the stream's events. */
export async function openEventRun(deps: Deps, input: OpenEventInput): Promise<Opened & { readonly sync: string }> {
  const sync = await deps.syncOfEvents(input);
  if (sync === null) {
    const message = `no sync takes the events of ${input.system}/${input.stream}`;
    throw new SyncError('config.unknown_sync', { message });
  }
  const definition = await deps.currentDefinition(sync);
  const earlier = await findRun(deps.store.pool, { id: input.runId });
  if (earlier?.outcome === null) await adoptDelivered(deps, earlier);
  for (;;) {
    const result = await openLocked(deps, input, definition);
    if (result.kind === 'opened') await settleEnded(deps, input);
    if (result.kind !== 'busy') return { ...result, sync };
    for (const holder of result.holders) {
      if (await deps.isWorkflowOpen(holder.id))
        return { kind: 'skipped', because: `run ${holder.id} is under way`, sync };
      await adoptDelivered(deps, holder);
      await closeAbandoned(deps, holder, { release: false });
    }
  }
}

/** What runs that ended early had taken: what is not delivered waits again, the rest is done. */
async function settleEnded({ store }: Deps, stream: EventStream): Promise<void> {
  await returnEvents(store.pool, stream);
  for (const { runNo, n } of await unsaidBatches(store.pool, stream))
    await sayFinished(store.pool, { runNo, round: 0, n });
}

async function openLocked(deps: Deps, { runId }: OpenEventInput, definition: RunDefinition): Promise<OpenedOrBusy> {
  const { stream, object: name } = definition.sync;
  return deps.store.transaction(async (client) => {
    const named = { name: definition.sync.sync, connection: stream.connection, object: name };
    const sync = await lockSync(client, named);
    if (sync.pausedAt !== null)
      return { kind: 'skipped', because: `the sync is paused by ${sync.pausedBy ?? 'somebody'}` };
    const own = await findRun(client, { id: runId });
    const holders = (await openEventRuns(client, sync.no)).filter(({ no }) => no !== own?.no);
    if (holders.length > 0) return { kind: 'busy', holders };
    if (own !== undefined && own.outcome !== null)
      throw new SyncError('run.delivered', { message: `${own.id} has ended: it cannot be opened again` });
    await saveDefinition(client, definition);
    const runNo =
      own?.no ??
      (await insertRun(client, {
        id: runId,
        syncNo: sync.no,
        kind: 'event',
        trigger: 'event',
        dryRun: false,
        definitionHash: definition.hash,
        phase: 'fetch',
        ofRun: null,
        marker: null,
      }));
    // A new attempt goes on with the batches of the one before: they stand as they were taken.
    const attempt = own?.attempt ?? 1;
    if (own !== undefined) await updateRun(client, runNo, { phase: 'fetch', error: null });
    // What a hint names is another time something else: what was read is kept.
    const plan = { ranges: 1, plan: null, notes: [], totalBytes: null, passing: true as const };
    if (definition.sync.events?.holds === 'hint') await updateRun(client, runNo, { plan });
    const ref = { runNo, runId, syncNo: sync.no, attempt, epoch: own?.epoch ?? 0 };
    const destination = definition.objects[name]?.destination ?? '';
    return { kind: 'opened', ref, object: name, destination };
  }, 'run.opened');
}
