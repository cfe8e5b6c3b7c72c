// What a worker does beside its runs: it tells people what waits for them, and removes what is not kept any more. Of
// several workers one does it at a time; none of it holds up a run.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Project } from '../config/load.ts';
import { freshness } from '../steps/freshness.ts';
import { pruneStore } from '../steps/prune.ts';
import { tell, type Way } from '../steps/tell.ts';
import { lastPruned, notePruned } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { notifierOf } from './notifier.ts';

export interface Upkeep {
  readonly store: Store;
  /** From its files as they are now. */
  readonly project: () => Promise<Project>;
  /** Takes the gauges of metrics; absent where nobody asks for them. */
  readonly sample?: () => Promise<void>;
  /** Said when something could not be done; it is tried again. */
  readonly warn: (message: string) => void;
}

const TELL_EVERY_MS = 15_000;
const SAMPLE_EVERY_MS = 15_000;
const LOOK_EVERY_MS = 60_000;
const SLOWLY_EVERY_MS = 3_600_000;
const PRUNE_EVERY_MS = 3_600_000;

/** Goes on until the signal; resolves when nothing of it runs any more. */
export async function keepUp(upkeep: Upkeep, signal: AbortSignal): Promise<void> {
  const project = keptFor(LOOK_EVERY_MS, upkeep.project);
  let slowlyAt = 0;
  const tellPeople = async (): Promise<void> => {
    const slowly = Date.now() - slowlyAt > SLOWLY_EVERY_MS;
    await tell(upkeep.store, {
      slowly,
      way: async () => wayOf(await project(), signal),
      fresh: async () => (await freshness(upkeep.store.pool, await project())).syncs,
    });
    if (slowly) slowlyAt = Date.now();
  };
  const prune = async (): Promise<void> => pruneIfDue(upkeep.store, project);
  await Promise.all([
    every({ ms: TELL_EVERY_MS, warn: upkeep.warn, signal }, tellPeople),
    every({ ms: LOOK_EVERY_MS, warn: upkeep.warn, signal }, prune),
    ...(upkeep.sample === undefined ? [] : [every({ ms: SAMPLE_EVERY_MS, warn: upkeep.warn, signal }, upkeep.sample)]),
  ]);
}

interface Every {
  readonly ms: number;
  readonly warn: Upkeep['warn'];
  readonly signal: AbortSignal;
}

/** What fails is said once, and tried again. */
async function every({ ms, warn, signal }: Every, work: () => Promise<void>): Promise<void> {
  for (let warned = ''; !signal.aborted; await sleep(ms, undefined, { signal }).catch(() => {})) {
    try {
      await work();
      warned = '';
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message !== warned && !signal.aborted) warn(`upkeep: ${message}; it is tried again`);
      warned = message;
    }
  }
}

function wayOf({ name, dir, notify, remindAfterMs, syncs }: Project, signal: AbortSignal): Way {
  if (notify === null) return { remindAfterMs, send: null };
  const send = notifierOf(notify, dir);
  return {
    remindAfterMs,
    send: (said) => send({ ...said, project: name, owner: syncs[said.sync]?.owner ?? null }, signal),
  };
}

async function pruneIfDue(store: Store, project: Upkeep['project']): Promise<void> {
  const last = await lastPruned(store.pool);
  if (last !== null && Date.now() - Date.parse(last.at) < PRUNE_EVERY_MS) return;
  const pruned = await pruneStore(store, (await project()).retention, { dryRun: false, progress: () => {} });
  if (pruned !== null) await notePruned(store.pool, pruned);
}

/** The same answer for a while: compiling a project takes a tenth of a second. */
function keptFor<T>(ms: number, ask: () => Promise<T>): () => Promise<T> {
  let kept: { readonly at: number; readonly answer: Promise<T> } | undefined;
  return () => {
    if (kept === undefined || Date.now() - kept.at > ms) {
      const answer = ask();
      answer.catch(() => (kept = undefined));
      kept = { at: Date.now(), answer };
    }
    return kept.answer;
  };
}
