// How the measurement sends an event: straight into the inbox, as the receiver does after it has let a request in.

import type { Session } from '../../src/cli/session.ts';
import { InboxWriter } from '../../src/store/inbox-writer.ts';
import { openStore } from '../../src/store/store.ts';
import { IntakeWaker } from '../../src/triggers/wake-intake.ts';
import type { Up } from '../up.ts';
import { customer, STREAM } from './project.ts';

/** Resolves when the event is accepted. */
export type Send = (n: number) => Promise<void>;

export interface Sender {
  readonly send: Send;
  close(): Promise<void>;
}

export async function openSender(session: Session, up: Up): Promise<Sender> {
  const store = openStore(up.databaseUrl, { connections: 2 });
  const writer = new InboxWriter(store.pool);
  const waker = new IntakeWaker(session.client, { taskQueue: session.taskQueue, onError: () => {} });
  return {
    send: async (n) => {
      const body = Buffer.from(JSON.stringify(customer(n, 2)));
      const event = { ...STREAM, eventId: `e-${n}`, contentType: 'application/json', body };
      const { asleep } = await writer.append([event]);
      void waker.wakeAll(asleep);
    },
    close: () => store.close(),
  };
}
