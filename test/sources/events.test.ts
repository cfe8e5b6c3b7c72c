// Events as a source: bodies of any kind, good and bad, in one batch.

import { describe, expect, test } from 'vitest';
import type { EventsDefinition } from '../../src/domain/definition.ts';
import { eventAt, placeInEvent } from '../../src/domain/places.ts';
import { type EventBody, readEvents } from '../../src/sources/events/reader.ts';
import type { ReadItem } from '../../src/sources/source.ts';
import { streamOf } from '../formats/support.ts';

const stream = streamOf({ format: 'ndjson', key: ['id'] });
const events: EventsDefinition = {
  stream: 'customers',
  holds: 'record',
  records: 'full',
  record: '',
  quietMs: 0,
  maxWaitMs: 1_000,
  maxEvents: 1_000,
};
const body = (id: number, text: string, contentType = 'application/json'): EventBody => ({
  id,
  contentType,
  body: Buffer.from(text),
  read: 7,
  receivedAt: new Date(1_000),
});

interface Read {
  readonly items: readonly ReadItem[];
  /** Records as they decode, or the rule that they break. */
  readonly said: readonly unknown[];
}

async function read(bodies: readonly EventBody[], change: Partial<EventsDefinition> = {}): Promise<Read> {
  const reader = readEvents(stream, { ...events, ...change }, bodies);
  const items: ReadItem[] = [];
  for await (const some of reader.items()) items.push(...some);
  const decoder = reader.decoder();
  const said = items.map((item) => {
    const decoded = decoder.decode(item);
    return decoded.ok ? structuredClone(decoded.record) : decoded.rule;
  });
  return { items, said };
}

describe('records of a body', () => {
  test.each([
    ['one record', body(1, '{"id": "a"}'), [{ id: 'a' }]],
    ['an array', body(1, '[{"id": "a"}, {"id": "b"}]'), [{ id: 'a' }, { id: 'b' }]],
    ['lines', body(1, '{"id": "a"}\n{"id": "b"}', 'application/x-ndjson'), [{ id: 'a' }, { id: 'b' }]],
    ['rows', body(1, 'id,name\na,Hooli', 'text/csv'), [{ id: 'a', name: 'Hooli' }]],
    ['a type that is not understood: as the stream stands', body(1, '{"id": "a"}\n', 'text/plain'), [{ id: 'a' }]],
  ])('%s', async (_title, one, expected) => {
    expect((await read([one])).said).toEqual(expected);
  });

  test('at the path that the sync says', async () => {
    const { said } = await read([body(1, '{"type": "x", "data": {"object": {"id": "a"}}}')], { record: 'data.object' });
    expect(said).toEqual([{ id: 'a' }]);
  });
});

test('a body that cannot be read is one bad record, and those around it are read', async () => {
  const { said, items } = await read([body(1, '{"id": "a"}'), body(2, '{"id": '), body(3, ''), body(4, '{"id": "d"}')]);
  expect(said[0]).toEqual({ id: 'a' });
  expect(said.at(-1)).toEqual({ id: 'd' });
  const bad = said.filter((one) => typeof one === 'string');
  expect(bad).toHaveLength(2);
  expect(items.map(({ position }) => eventAt(position))).toEqual([1, 2, 3, 4]);
});

test('places ascend with the event and within its body; each record keeps when its event came', async () => {
  const { items } = await read([body(1, '[{"id": "a"}, {"id": "b"}]'), body(2, '{"id": "c"}')]);
  const places = items.map(({ position }) => position);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places[2]).toBe(placeInEvent(2, 0));
  expect(items.map(({ received }) => received)).toEqual([1, 2, 3].map(() => ({ read: 7, at: 1_000 })));
});
