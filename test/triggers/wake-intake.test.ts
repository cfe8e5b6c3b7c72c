// Waking an intake: one wake-up under way for each stream, none forgotten.

import type { Client } from '@temporalio/client';
import { expect, test } from 'vitest';
import { IntakeWaker } from '../../src/triggers/wake-intake.ts';

interface FakeServer {
  readonly client: Client;
  readonly woken: string[];
  /** Lets the signals under way arrive. */
  readonly arrive: () => Promise<void>;
  most: number;
}

function fakeServer(fails = false): FakeServer {
  const waiting: (() => void)[] = [];
  let under = 0;
  const server: FakeServer = {
    woken: [],
    most: 0,
    client: {
      workflow: {
        signalWithStart: async (_name: string, { workflowId }: { readonly workflowId: string }): Promise<void> => {
          server.woken.push(workflowId);
          server.most = Math.max(server.most, ++under);
          await new Promise<void>((resolve) => waiting.push(resolve));
          under--;
          if (fails) throw new Error('unavailable');
        },
      },
    } as unknown as Client, // the one method that waking uses
    arrive: async () => {
      while (waiting.length > 0) {
        for (const done of waiting.splice(0)) done();
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
  };
  return server;
}

const stream = { system: 'erp', stream: 'customers' };
const options = { taskQueue: 'q', onError: (): void => {} };

test('a hundred requests make two wake-ups, one after the other', async () => {
  const server = fakeServer();
  const waker = new IntakeWaker(server.client, options);
  const all = Promise.all(Array.from({ length: 100 }, () => waker.wake(stream)));
  await server.arrive();
  await all;
  expect(server).toMatchObject({ woken: ['intake:erp/customers', 'intake:erp/customers'], most: 1 });
});

test('streams do not wait for each other', async () => {
  const server = fakeServer();
  const waker = new IntakeWaker(server.client, options);
  const all = Promise.all([waker.wake(stream), waker.wake({ system: 'oa', stream: 'staff' })]);
  await server.arrive();
  await all;
  expect(server).toMatchObject({ woken: ['intake:erp/customers', 'intake:oa/staff'], most: 2 });
});

test('a failed wake-up is told, and the next one is sent', async () => {
  const server = fakeServer(true);
  const told: unknown[] = [];
  const waker = new IntakeWaker(server.client, { ...options, onError: (_stream, error) => told.push(error) });
  for (const _ of [1, 2]) {
    const done = waker.wake(stream);
    await server.arrive();
    await done;
  }
  expect(server.woken).toHaveLength(2);
  expect(told).toHaveLength(2);
});
