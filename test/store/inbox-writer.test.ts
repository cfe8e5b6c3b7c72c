// Group commit: who shares a statement, and who does not suffer from whom.

import { expect, test } from 'vitest';
import type { Queryable } from '../../src/postgres/client.ts';
import type { NewEvent } from '../../src/store/inbox.ts';
import { InboxWriter } from '../../src/store/inbox-writer.ts';

const event = (eventId: string, size = 2): NewEvent => ({
  system: 'erp',
  stream: 'customers',
  eventId,
  contentType: 'application/json',
  body: new Uint8Array(size),
});

interface FakeTable {
  readonly db: Queryable;
  /** The event ids of each statement. */
  readonly statements: string[][];
}

/** Numbers what it is given; a statement with the id `bad` fails. */
function fakeTable(): FakeTable {
  const statements: string[][] = [];
  let last = 0;
  const query = async (_sql: string, values: readonly (readonly string[])[]): Promise<unknown> => {
    const ids = [...(values[2] ?? [])];
    statements.push(ids);
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (ids.includes('bad')) throw new Error('refused');
    const rows = ids.map((id) => ({ id: ++last, system: 'erp', stream: 'customers', event_id: id, listens: false }));
    return { rows };
  };
  return { db: { query } as unknown as Queryable, statements }; // the one method that appending uses
}

test('appends that come during a statement share the next one, each with its own answer', async () => {
  const { db, statements } = fakeTable();
  const writer = new InboxWriter(db);
  const answers = await Promise.all(['a', 'b', 'c'].map((id) => writer.append([event(id)])));
  expect(statements).toEqual([['a'], ['b', 'c']]);
  expect(answers.map(({ events }) => events)).toEqual([
    [{ id: 1, eventId: 'a', known: false }],
    [{ id: 2, eventId: 'b', known: false }],
    [{ id: 3, eventId: 'c', known: false }],
  ]);
  expect(answers[2]?.asleep).toEqual([{ system: 'erp', stream: 'customers' }]);
});

test('a statement takes a few megabytes; the rest follows', async () => {
  const { db, statements } = fakeTable();
  const writer = new InboxWriter(db);
  const large = ['b', 'c', 'd', 'e', 'f', 'g'].map((id) => event(id, 1_000_000));
  await Promise.all([writer.append([event('a')]), ...large.map((one) => writer.append([one]))]);
  expect(statements).toEqual([['a'], ['b', 'c', 'd', 'e'], ['f', 'g']]);
});

test('what fails with others is tried alone, and only the bad one fails', async () => {
  const { db } = fakeTable();
  const writer = new InboxWriter(db);
  const results = await Promise.allSettled(['a', 'b', 'bad', 'c'].map((id) => writer.append([event(id)])));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
});

test('an event that is too large is refused by itself', async () => {
  const { db } = fakeTable();
  const writer = new InboxWriter(db);
  const results = await Promise.allSettled([writer.append([event('a')]), writer.append([event('b', 1_048_577)])]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
});
