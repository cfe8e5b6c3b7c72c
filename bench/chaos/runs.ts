// Runs of the three syncs, kept going while faults are injected.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../../workflows/messages.ts';
import type { Lab } from './lab.ts';
import type { SyncName } from './world.ts';

export interface EndedRun {
  readonly id: string;
  readonly sync: SyncName;
  /** As Temporal calls it: COMPLETED, FAILED, CANCELLED, TERMINATED … */
  readonly status: string;
  /** What the store says; null where it was never opened. */
  readonly outcome: string | null;
  readonly error: string | null;
  readonly events: number;
  readonly historyBytes: number;
}

const POLL_MS = 150;

export class Runs {
  readonly #lab: Lab;
  #count = 0;
  /** By sync, the run that is under way. */
  readonly open = new Map<SyncName, string>();
  readonly ended: EndedRun[] = [];

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** Starts a run and waits for its end, however long servers are away meanwhile. */
  async run(sync: SyncName, more: { readonly review?: boolean; readonly reread?: boolean } = {}): Promise<EndedRun> {
    const id = `${sync}-${++this.#count}`;
    const { client, taskQueue } = this.#lab;
    await patiently(() =>
      client.workflow.start('syncRun', {
        workflowId: id,
        taskQueue,
        args: [{ sync, trigger: 'chaos', ...more }],
        workflowIdConflictPolicy: 'USE_EXISTING',
      }),
    );
    this.open.set(sync, id);
    const ended = await this.#end(sync, id);
    this.open.delete(sync);
    this.ended.push(ended);
    return ended;
  }

  /** What a run says of itself; null when no worker answers. */
  async progress(id: string): Promise<Progress | null> {
    const asked = this.#lab.client.workflow.getHandle(id).query<Progress>('progress');
    return Promise.race([asked.catch(() => null), sleep(2_000, null)]);
  }

  async #end(sync: SyncName, id: string): Promise<EndedRun> {
    const handle = this.#lab.client.workflow.getHandle(id);
    for (;;) {
      const described = await patiently(() => handle.describe());
      if (described.status.name !== 'RUNNING') {
        const { rows } = await patiently(() =>
          this.#lab.store.query<{ outcome: string | null; error: string | null }>(
            `select outcome, error ->> 'code' as error from run where id = $1`,
            [id],
          ),
        );
        const { outcome = null, error = null } = rows[0] ?? {};
        const { historyLength: events, historySize: historyBytes = 0 } = described;
        return { id, sync, status: described.status.name, outcome, error, events, historyBytes };
      }
      await sleep(POLL_MS);
    }
  }
}

/** Asks again while a server is away. Gives up after ten minutes. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 600_000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(250);
    }
  }
}
