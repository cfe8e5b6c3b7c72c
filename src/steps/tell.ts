// Tell: what waits for a person is said once, for as long as it waits. Looks at the store, so that no run ever waits for
// whoever is told, and nothing is lost when nobody can be.

import { type SyncFreshness, spanWords } from '../domain/freshness.ts';
import { mendWords, plannedWords, WAITS_AT_GATE } from '../domain/run-words.ts';
import type { Notification } from '../notify/notify.ts';
import type { Queryable } from '../postgres/client.ts';
import {
  failedLast,
  pausedRuns,
  pausedSyncs,
  runsAtGate,
  type RunStopped,
  waitingClaims,
  type WaitingRecords,
  waitingReviews,
} from '../store/conditions.ts';
import {
  dueNotifications,
  keepConditions,
  markNotTold,
  markTold,
  subjectsAfter,
  type ToTell,
} from '../store/notifications.ts';
import type { Store } from '../store/store.ts';

/** Without what the project adds. */
type Said = Omit<Notification, 'project' | 'owner'>;

/** Permanent names. */
const EVENTS = [
  'gate.waiting',
  'run.paused',
  'run.failed',
  'sync.paused',
  'sync.stale',
  'sync.fresh',
  'review.waiting',
] as const;
const SLOW_EVENTS = ['review.ageing', 'waiting.ageing'] as const;

/** How the project tells people. */
export interface Way {
  /** How long a record may wait before it is said. */
  readonly remindAfterMs: number;
  /** Null when the project says no way: then what is to be told is kept as long as it holds. */
  readonly send: ((said: Said) => Promise<void>) | null;
}

export interface Telling {
  /** Asked only when it is needed. */
  readonly way: () => Promise<Way>;
  /** Look also for what takes longer to find. */
  readonly slowly: boolean;
  /** How fresh each sync is. Absent: nobody asked for it. */
  readonly fresh?: () => Promise<readonly SyncFreshness[]>;
}

const LOCK = 7_411_984;
const AT_ONCE = 20;

/** Finds what is to be told, and tells it; one process at a time. @returns how many were told */
export async function tell(store: Store, telling: Telling): Promise<number> {
  const client = await store.pool.connect();
  try {
    const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [LOCK]);
    if (rows[0]?.mine !== true) return 0;
    try {
      const fresh = await freshnessToTell(client, (await telling.fresh?.()) ?? []);
      await keepConditions(client, EVENTS, [...(await conditions(client)), ...fresh]);
      if (telling.slowly) await keepConditions(client, SLOW_EVENTS, await slowConditions(client, await telling.way()));
      return await sendDue(client, telling);
    } finally {
      await client.query('select pg_advisory_unlock($1)', [LOCK]);
    }
  } finally {
    client.release();
  }
}

async function sendDue(db: Queryable, { way }: Telling): Promise<number> {
  const due = await dueNotifications<Said>(db, AT_ONCE);
  const send = due.length === 0 ? null : (await way()).send;
  if (send === null) return 0;
  let told = 0;
  for (const one of due) {
    try {
      await send(one.body);
    } catch (error) {
      await markNotTold(db, one, error instanceof Error ? error.message : String(error));
      continue;
    }
    await markTold(db, one);
    told++;
  }
  return told;
}

async function conditions(db: Queryable): Promise<readonly ToTell<Said>[]> {
  return [
    ...(await runsAtGate(db)).map(({ sync, run, gate, since, ...planned }) =>
      toTell('gate.waiting', `${run}/${gate.round}/${gate.rootHash}`, {
        sync,
        message: `${run} is ${WAITS_AT_GATE}: ${plannedWords(planned)}. ${gate.tripped.join('; ')}`,
        look: `tributary gate show ${run}`,
        details: { run, hash: gate.rootHash, since: since.toISOString(), ...planned },
      }),
    ),
    ...(await pausedRuns(db)).map((one) =>
      stopped('run.paused', { ...one, subject: `${one.run}@${one.since.toISOString()}`, hint: mendWords(one) }),
    ),
    // A sync that fails in the same way again and again is said once.
    ...(await failedLast(db)).map((one) =>
      stopped('run.failed', { ...one, subject: `${one.sync}/${one.error.code}`, hint: one.error.hint }),
    ),
    ...(await pausedSyncs(db)).map(({ sync, by, note, since }) =>
      toTell('sync.paused', `${sync}@${since.toISOString()}`, {
        sync,
        message: `${sync} was paused by ${by}${note === null ? '' : `: ${note}`}`,
        look: `tributary resume ${sync}`,
        details: { by, since: since.toISOString() },
      }),
    ),
    ...(await waitingReviews(db)).map((one) => waiting('review.waiting', one, REVIEWS)),
  ];
}

async function slowConditions(db: Queryable, { remindAfterMs }: Way): Promise<readonly ToTell<Said>[]> {
  return [
    ...(await waitingReviews(db, remindAfterMs)).map((one) => waiting('review.ageing', one, REVIEWS)),
    ...(await waitingClaims(db, remindAfterMs)).map((one) =>
      waiting('waiting.ageing', one, {
        what: 'for another record, or for the CRM',
        look: 'tributary status',
      }),
    ),
  ];
}

const REVIEWS = { what: 'for a person to decide', look: 'tributary review list' };

function waiting(
  event: string,
  { sync, day, records, oldest }: WaitingRecords,
  { what, look }: { readonly what: string; readonly look: string },
): ToTell<Said> {
  const waits = records === 1 ? '1 record of' : `${records} records of`;
  return toTell(event, `${sync}/${day}`, {
    sync,
    message: `${waits} ${sync} ${records === 1 ? 'waits' : 'wait'} ${what}, the oldest since ${oldest.toISOString().slice(0, 10)}`,
    look,
    details: { records, oldest: oldest.toISOString() },
  });
}

/** That a sync is behind; and, where that was said, that it is fresh again, until it falls behind once more. */
async function freshnessToTell(db: Queryable, syncs: readonly SyncFreshness[]): Promise<readonly ToTell<Said>[]> {
  const wereStale = syncs.length === 0 ? [] : await subjectsAfter(db, { told: 'sync.stale', next: 'sync.fresh' });
  return syncs.flatMap((one) => {
    if (one.missed) return [aboutFreshness('sync.stale', one)];
    return one.objectiveMs !== null && wereStale.includes(one.sync) ? [aboutFreshness('sync.fresh', one)] : [];
  });
}

function aboutFreshness(
  event: 'sync.stale' | 'sync.fresh',
  { sync, object, ageMs, objectiveMs }: SyncFreshness,
): ToTell<Said> {
  const [age, objective] = [spanWords(ageMs ?? 0), spanWords(objectiveMs ?? 0)];
  const message =
    event === 'sync.stale'
      ? `changes of ${sync} (${object}) may be ${age} old and not delivered; the objective is ${objective}`
      : `${sync} (${object}) is fresh again: no change older than ${age} waits; the objective is ${objective}`;
  return toTell(event, sync, {
    sync,
    message,
    look: 'tributary status',
    details: { object, objective_seconds: Math.round((objectiveMs ?? 0) / 1000) },
  });
}

function stopped(
  event: string,
  { sync, run, error, since, subject, hint }: RunStopped & { readonly subject: string; readonly hint: string },
): ToTell<Said> {
  return toTell(event, subject, {
    sync,
    message: `${run}: ${error.code}: ${error.message}. ${hint}`,
    look: `tributary status ${run}`,
    details: { run, code: error.code, since: since.toISOString() },
  });
}

function toTell(event: string, subject: string, said: Omit<Said, 'event'>): ToTell<Said> {
  return { event, subject, body: { event, ...said } };
}
