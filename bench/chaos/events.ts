// The OA's changes as events: into the inbox, as the receiver puts them there, and the intake woken, or not.

import { setTimeout as sleep } from 'node:timers/promises';
import { appendEvents } from '../../src/store/inbox.ts';
import { IntakeWaker } from '../../src/triggers/wake-intake.ts';
import type { Lab } from './lab.ts';
import { told, type Violation } from './oracle.ts';
import { patiently } from './runs.ts';
import type { Scene } from './scene.ts';
import type { OaChange } from './world.ts';

const STREAM = { system: 'oa', stream: 'changes' };
/** Share of the times that whoever took the events dies before it wakes anybody. */
const UNWOKEN_SHARE = 0.2;
/** The sweep comes every half minute, and a run that failed is tried again after as long. */
const TAKEN_MS = 120_000;

/** Resolves when the events are durable. The sender sends again until it hears so, under the same ids. */
export async function sendEvents({ lab, random, note }: Scene, changes: readonly OaChange[]): Promise<void> {
  if (changes.length === 0) return;
  const events = changes.map((change) => ({
    ...STREAM,
    eventId: `${change.customer}-${change.version}`,
    contentType: 'application/json',
    body: Buffer.from(lab.exports.oaText(change)),
  }));
  const { asleep } = await patiently(() => appendEvents(lab.store, events));
  if (asleep.length === 0) return;
  if (random.chance(UNWOKEN_SHARE)) return note('events.unwoken');
  const waker = new IntakeWaker(lab.client, { taskQueue: lab.taskQueue, onError: () => {} });
  await Promise.race([Promise.all(asleep.map((stream) => waker.wake(stream))), sleep(2_000)]);
}

/** Waits until every event is merged and no intake is open. */
export async function untilTaken({ store, client }: Lab): Promise<readonly Violation[]> {
  const deadline = Date.now() + TAKEN_MS;
  for (;;) {
    const { rows } = await store.query<{ count: number }>(`select count(*) from inbox where state <> 'done'`);
    const waiting = rows[0]?.count ?? 0;
    const { count } = await client.workflow.count(`ExecutionStatus = 'Running'`);
    if (waiting === 0 && count === 0) return [];
    if (Date.now() > deadline)
      return told('P7, P10', 'events at rest', [
        `${waiting} wait after ${TAKEN_MS / 1000} s, ${count} workflows are open`,
      ]);
    await sleep(300);
  }
}
