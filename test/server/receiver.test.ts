import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openAdapter } from '../../src/adapters/registry.ts';
import { acceptedSchema, eventSchema, problemSchema } from '../../src/server/api.ts';
import { EVENTS, hear, KEY, OA_EVENTS, post, signed, startTestReceiver, type TestReceiver } from './support.ts';

let receiver: TestReceiver;

beforeAll(async () => {
  receiver = await startTestReceiver();
});
afterAll(() => receiver.stop());
beforeEach(() => {
  const { inbox } = receiver;
  inbox.stored.clear();
  inbox.woken.length = 0;
  inbox.down = false;
  inbox.waiting = 0;
});

const ONE = '{"id":"C1","name":"Acme"}';

describe('an event', () => {
  test('is durable, its intake is woken, and the answer says where its outcome is', async () => {
    const heard = await post(receiver, ONE);
    expect(heard.status).toBe(202);
    expect(heard.json).toEqual({ events: [{ id: 1, event_id: 'msg_1', known: false, href: '/v1/events/1' }] });
    expect(heard.headers.get('location')).toBe('/v1/events/1');
    expect(acceptedSchema.parse(heard.json)).toEqual(heard.json);
    const [stored] = receiver.inbox.stored.values();
    expect(stored).toMatchObject({ system: 'erp', stream: 'customers', eventId: 'msg_1' });
    expect(Buffer.from(stored?.body ?? []).toString()).toBe(ONE);
    expect(receiver.inbox.woken).toEqual([{ system: 'erp', stream: 'customers' }]);
  });

  test('that comes again is known', async () => {
    await post(receiver, ONE);
    const again = await post(receiver, ONE);
    expect(again.status).toBe(202);
    expect(again.json.events).toEqual([{ id: 1, event_id: 'msg_1', known: true, href: '/v1/events/1' }]);
    expect(receiver.inbox.stored.size).toBe(1);
  });

  test('with `wait` is answered with its outcome', async () => {
    const heard = await post(receiver, ONE, { path: `${EVENTS}?wait=5s` });
    expect(heard.status).toBe(200);
    expect(heard.json.events[0].outcome).toMatchObject({ state: 'done', outcome: { applied: 1 } });
  });

  test('whose outcome does not come in time is accepted all the same', async () => {
    const slow = await startTestReceiver({}, { settled: async () => {} });
    const heard = await post(slow, ONE, { path: `${EVENTS}?wait=1s` });
    expect([heard.status, heard.json.events[0].outcome.state]).toEqual([202, 'waiting']);
    await slow.stop();
  });

  test('is stored as it was meant: unpacked, with its type', async () => {
    const packed = gzipSync('id,name\nC1,Acme\n');
    const headers = { 'content-encoding': 'gzip', 'content-type': 'Text/CSV; charset=UTF-8' };
    expect((await post(receiver, packed, { headers })).status).toBe(202);
    const [stored] = receiver.inbox.stored.values();
    expect(stored?.contentType).toBe('text/csv; charset=utf-8');
    expect(Buffer.from(stored?.body ?? []).toString()).toBe('id,name\nC1,Acme\n');
  });

  test.each([
    ['JSON', 'application/json', ONE],
    ['JSON of a kind of its own', 'application/vnd.acme.customer+json', ONE],
    ['a list', 'application/json; charset=utf-8', `[${ONE},${ONE}]`],
    ['NDJSON', 'application/x-ndjson', `${ONE}\n${ONE}\n`],
    ['CSV', 'text/csv', 'id,name\nC1,Acme\n'],
    ['CSV in another encoding', 'text/csv; charset=gb18030', Buffer.from('69642c6e616d650a43312cc9cfbaa30a', 'hex')],
    ['XML', 'application/xml', '<customers><customer><id>C1</id></customer></customers>'],
  ])('may be %s', async (_title, type, body) => {
    const heard = await post(receiver, body, { headers: { 'content-type': type } });
    expect([heard.status, receiver.inbox.stored.size]).toEqual([202, 1]);
  });

  test('of which no record can be read is refused; with one that can it is taken', async () => {
    const headers = { 'content-type': 'application/x-ndjson' };
    const bad = await post(receiver, '{"id":\nnonsense\n', { headers });
    expect([bad.status, bad.json.code]).toEqual([400, 'request.malformed']);
    expect(receiver.inbox.stored.size).toBe(0);
    expect((await post(receiver, `nonsense\n${ONE}\n`, { headers, id: 'msg_2' })).status).toBe(202);
  });

  test('without any record changes nothing', async () => {
    const heard = await post(receiver, '[]');
    expect([heard.status, heard.json, receiver.inbox.stored.size]).toEqual([202, { events: [] }, 0]);
  });
});

describe('records with an id of their own', () => {
  async function send(type: string, body: string): Promise<readonly unknown[]> {
    const headers = { 'content-type': type, authorization: `Bearer ${KEY}` };
    const heard = await hear(await fetch(receiver.url + OA_EVENTS, { method: 'POST', body, headers }));
    expect(heard.status).toBe(202);
    return heard.json.events;
  }

  test.each([
    [
      'a list of JSON',
      'application/json',
      '[ {"event_id":"e1","id":1},\n {"event_id":"e2","id":2} ]',
      ['[ {"event_id":"e1","id":1} ]', '[ {"event_id":"e2","id":2} ]'],
    ],
    [
      'NDJSON',
      'application/x-ndjson',
      '{"event_id":"e1"}\n{"event_id":"e2"}\n',
      ['{"event_id":"e1"}\n', '{"event_id":"e2"}\n'],
    ],
    ['CSV', 'text/csv', 'event_id,id\ne1,1\ne2,2\n', ['event_id,id\ne1,1\n', 'event_id,id\ne2,2\n']],
    [
      'XML',
      'text/xml',
      '<customers at="x"><customer><event_id>e1</event_id></customer> <customer><event_id>e2</event_id></customer></customers>',
      [
        '<customers at="x"><customer><event_id>e1</event_id></customer></customers>',
        '<customers at="x"><customer><event_id>e2</event_id></customer></customers>',
      ],
    ],
  ])('%s becomes as many events', async (_title, type, body, bodies) => {
    expect(await send(type, body)).toMatchObject([{ event_id: 'e1' }, { event_id: 'e2' }]);
    const stored = [...receiver.inbox.stored.values()];
    expect(stored.map((event) => Buffer.from(event.body).toString())).toEqual(bodies);
  });

  test('those that came before are known one by one', async () => {
    await send('application/json', '[{"event_id":"e1"},{"event_id":"e2"}]');
    const again = await send('application/json', '[{"event_id":"e2"},{"event_id":"e3"}]');
    expect(again).toMatchObject([
      { event_id: 'e2', known: true },
      { event_id: 'e3', known: false },
    ]);
    expect(receiver.inbox.stored.size).toBe(3);
  });

  test('a number is an id too, and a record without one gets one', async () => {
    expect(await send('application/json', '[{"event_id":7},{"id":1}]')).toMatchObject([
      { event_id: '7' },
      { event_id: 'evt_2' },
    ]);
  });
});

describe('a handshake', () => {
  test('is answered, and nothing is stored', async () => {
    const chat = openAdapter({ kind: 'lark', secrets: ['encrypt key'], tolerance: '5m' });
    const body = Buffer.from('{"type":"url_verification","challenge":"c-1"}');
    const path = '/v1/systems/chat/streams/customers/events';
    const sent = chat.send({ method: 'POST', path, url: '', id: 'n', at: Date.now(), body });
    const heard = await hear(await fetch(receiver.url + path, { method: 'POST', body: sent.body }));
    expect([heard.status, heard.json, receiver.inbox.stored.size]).toEqual([200, { challenge: 'c-1' }, 0]);
  });
});

describe('refusals', () => {
  test.each([
    ['no signature', 401, 'request.unauthorized', EVENTS, { 'webhook-signature': '' }, ONE],
    ['another body', 401, 'request.unauthorized', EVENTS, { ...signed('{}').headers }, ONE],
    ['a system that is none', 404, 'request.not_found', '/v1/systems/crm/streams/customers/events', {}, ONE],
    ['a stream that nobody takes', 404, 'request.not_found', '/v1/systems/erp/streams/orders/events', {}, ONE],
    ['the name of something else', 404, 'request.not_found', '/v1/systems/constructor/streams/a/events', {}, ONE],
    ['no type', 415, 'request.media_type', EVENTS, { 'content-type': 'application/x-www-form-urlencoded' }, ONE],
    ['an unknown packing', 415, 'request.media_type', EVENTS, { 'content-encoding': 'zstd' }, ONE],
    ['two packings', 415, 'request.media_type', EVENTS, { 'content-encoding': 'gzip, gzip' }, ONE],
    ['a packing that is not there', 400, 'request.malformed', EVENTS, { 'content-encoding': 'gzip' }, ONE],
    ['no JSON', 400, 'request.malformed', EVENTS, {}, '{"id":'],
    ['a wait without end', 400, 'request.malformed', `${EVENTS}?wait=31s`, {}, ONE],
    ['a wait that is none', 400, 'request.malformed', `${EVENTS}?wait=soon`, {}, ONE],
    ['two waits', 400, 'request.malformed', `${EVENTS}?wait=1s&wait=2s`, {}, ONE],
  ])('%s: %i', async (_title, status, code, path, headers, body) => {
    const heard = await post(receiver, body, { path, headers });
    expect([heard.status, heard.json.code]).toEqual([status, code]);
    expect(heard.headers.get('content-type')).toBe('application/problem+json');
    expect(problemSchema.parse(heard.json)).toEqual(heard.json);
    expect([receiver.inbox.stored.size, receiver.failures]).toEqual([0, []]);
  });

  test('what the status needs stands in the headers', async () => {
    const unauthorized = await post(receiver, ONE, { headers: { 'webhook-signature': 'v1,x' } });
    const method = await fetch(receiver.url + EVENTS, { method: 'PUT', body: ONE });
    const type = await post(receiver, ONE, { headers: { 'content-type': 'text/plain' } });
    expect(unauthorized.headers.get('www-authenticate')).toBe('Signature, Bearer');
    expect([method.status, method.headers.get('allow')]).toEqual([405, 'POST']);
    expect(type.headers.get('accept')).toContain('application/json');
  });

  test('an id that no log or table should meet', async () => {
    const body = '{"event_id":"a\\u0000b"}';
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${KEY}` };
    const heard = await hear(await fetch(receiver.url + OA_EVENTS, { method: 'POST', body, headers }));
    expect([heard.status, heard.json.code]).toEqual([400, 'request.malformed']);
  });

  test('while the store is down: come again', async () => {
    receiver.inbox.down = true;
    const heard = await post(receiver, ONE);
    expect([heard.status, heard.json.code, heard.headers.get('retry-after')]).toEqual([503, 'store.unreachable', '5']);
    expect((await fetch(`${receiver.url}/v1/health`)).status).toBe(503);
  });

  test('while too many events wait: come later', async () => {
    receiver.inbox.waiting = 1_000_001;
    const heard = await post(receiver, ONE);
    expect([heard.status, heard.json.code, heard.headers.get('retry-after')]).toEqual([429, 'request.too_many', '30']);
  });

  test('more in a second than the rate', async () => {
    const started = Date.now();
    const strict = await startTestReceiver({}, { now: () => started });
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${KEY}` };
    const send = () => fetch(strict.url + OA_EVENTS, { method: 'POST', body: '{"id":1}', headers });
    const statuses = (await Promise.all(Array.from({ length: 30 }, send))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 202)).toHaveLength(20);
    expect(statuses.filter((status) => status === 429)).toHaveLength(10);
    expect(strict.inbox.stored.size).toBe(20);
    await strict.stop();
  });

  test('an error of ours says only that, and is told to the log', async () => {
    const broken = await startTestReceiver({}, { append: () => Promise.reject(new Error('secret detail')) });
    const heard = await post(broken, ONE);
    expect([heard.status, heard.json.code]).toEqual([500, 'internal.bug']);
    expect(JSON.stringify(heard.json)).not.toContain('secret detail');
    expect(broken.failures).toEqual([new Error('secret detail')]);
    await broken.stop();
  });
});

describe('the outcome', () => {
  const get = async (path: string, headers: Readonly<Record<string, string>>, method = 'GET') =>
    hear(await fetch(receiver.url + path, { method, headers }));

  test('is shown to the system that sent the event', async () => {
    await post(receiver, ONE);
    const heard = await get('/v1/events/1', signed('', 'x', '/v1/events/1', 'GET').headers);
    expect(heard.status).toBe(200);
    expect(eventSchema.parse(heard.json)).toEqual(heard.json);
    expect(heard.json).toMatchObject({
      id: 1,
      event_id: 'msg_1',
      system: 'erp',
      stream: 'customers',
      state: 'waiting',
    });
    expect((await get('/v1/events/1', signed('', 'x', '/v1/events/1', 'GET').headers, 'HEAD')).status).toBe(200);
  });

  test('is not shown to others, nor by the signature of another address', async () => {
    await post(receiver, ONE);
    const statuses = [
      await get('/v1/events/1', {}),
      await get('/v1/events/1', { authorization: `Bearer ${KEY}` }),
      await get('/v1/events/1', signed('', 'x', '/v1/events/2', 'GET').headers),
      await get('/v1/events/2', signed('', 'x', '/v1/events/2', 'GET').headers),
      await get('/v1/events/2', {}),
    ].map(({ status }) => status);
    expect(statuses).toEqual([401, 404, 401, 404, 401]);
  });
});

describe('a stop', () => {
  test('answers what is under way and takes nothing more', async () => {
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const stopping = await startTestReceiver({}, { settled: () => held });
    const under = post(stopping, ONE, { path: `${EVENTS}?wait=5s` });
    while (stopping.inbox.stored.size === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const stopped = stopping.stop();
    await expect(post(stopping, ONE, { id: 'late' })).rejects.toThrow();
    release();
    expect((await under).status).toBe(202);
    await stopped;
  });
});
