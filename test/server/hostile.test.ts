// Requests that nobody sends by accident.

import { createConnection } from 'node:net';
import { once } from 'node:events';
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { EVENTS, OA_EVENTS, KEY, hear, post, say, signed, startTestReceiver, type TestReceiver } from './support.ts';

let receiver: TestReceiver;

beforeAll(async () => {
  receiver = await startTestReceiver({ headersMs: 600, requestMs: 900, connections: 60 });
});
afterAll(() => receiver.stop());
afterEach(() => {
  expect(receiver.failures).toEqual([]);
});

const MB = 1_048_576;

function statusIn(heard: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(heard)?.[1]);
}

describe('slow senders', () => {
  test('are let go, whatever they are slow with', async () => {
    const texts = {
      'headers that never end': `POST ${EVENTS} HTTP/1.1\r\nHost: x\r\nX-A: `,
      'nothing but a method': 'POST',
      'a body that never comes': `POST ${EVENTS} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{`,
      'a chunk that never ends': `POST ${EVENTS} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{`,
    };
    const heard = await Promise.all(Object.values(texts).map((text) => say(receiver.port, text)));
    expect(heard.map(statusIn)).toEqual([408, 408, 408, 408]);
    expect(heard.filter((text) => !text.includes('"code":"request.too_slow"'))).toEqual([]);
  });

  test('many of them leave room for others', async () => {
    const slow = Array.from({ length: 50 }, () => {
      const socket = createConnection({ host: '127.0.0.1', port: receiver.port });
      socket.on('error', () => {});
      socket.write(`POST ${EVENTS} HTTP/1.1\r\nHost: x\r\nX-A: `);
      return socket;
    });
    expect((await post(receiver, '{"id":1}', { id: 'between' })).status).toBe(202);
    for (const socket of slow) socket.destroy();
  });

  test('connections beyond the limit are closed', async () => {
    const sockets = Array.from({ length: 80 }, () => {
      const socket = createConnection({ host: '127.0.0.1', port: receiver.port });
      socket.on('error', () => {});
      return socket;
    });
    await Promise.race(sockets.slice(60).map((socket) => once(socket, 'close')));
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await post(receiver, '{"id":1}', { id: 'after' })).status).toBe(202);
  });
});

describe('large ones', () => {
  test.each([
    ['announced', 'content-length', String(100 * MB)],
    ['not announced', 'transfer-encoding', 'chunked'],
  ])('%s: refused while they still send', async (_title, name, value) => {
    const socket = createConnection({ host: '127.0.0.1', port: receiver.port });
    socket.on('error', () => {});
    let heard = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (heard += chunk));
    socket.write(`POST ${EVENTS} HTTP/1.1\r\nHost: x\r\n${name}: ${value}\r\n\r\n`);
    const chunk = 'x'.repeat(65_536);
    for (let sent = 0; sent < 40 && !socket.destroyed; sent += 1)
      socket.write(name === 'transfer-encoding' ? `10000\r\n${chunk}\r\n` : chunk);
    await once(socket, 'close');
    expect(statusIn(heard)).toBe(413);
    expect(heard.toLowerCase()).toContain('connection: close');
  });

  test('who asks first (Expect: 100-continue) need not send it', async () => {
    const head = `POST ${EVENTS} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ${2 * MB}\r\n\r\n`;
    expect(statusIn(await say(receiver.port, head))).toBe(413);
  });

  test('headers', async () => {
    const heard = await say(receiver.port, `GET /v1/health HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`);
    expect(statusIn(heard)).toBe(431);
  });

  test('many at once are asked to come later, and what they took is given back', async () => {
    let release: () => void = () => {};
    let holding = 0;
    const held = new Promise<void>((resolve) => (release = resolve));
    const small = await startTestReceiver(
      { bodyBytes: 2_000_000 },
      {
        append: (events) => {
          holding += 1;
          return held.then(() => small.inbox.append(events));
        },
      },
    );
    const body = JSON.stringify({ id: 1, text: 'x'.repeat(900_000) });
    const [first, second] = [post(small, body, { id: '1' }), post(small, body, { id: '2' })];
    while (holding < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    const third = await post(small, body, { id: '3' });
    release();
    expect([(await first).status, (await second).status, third.json.code]).toEqual([202, 202, 'request.too_many']);
    expect((await post(small, body, { id: '4' })).status).toBe(202);
    await small.stop();
  });
});

describe('bombs', () => {
  const zeros = Buffer.alloc(100 * MB);
  test.each([
    ['gzip', gzipSync(zeros, { level: 1 })],
    ['deflate', deflateSync(zeros, { level: 1 })],
    ['br', brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
  ])('%s: given up where it passes the limit', async (encoding, body) => {
    expect(body.length).toBeLessThan(MB);
    const before = process.memoryUsage().rss;
    const heard = await post(receiver, body, { headers: { 'content-encoding': encoding }, id: encoding });
    expect([heard.status, heard.json.code]).toEqual([413, 'request.too_large']);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * MB);
  });

  test('unsigned ones are not even unpacked', async () => {
    const body = gzipSync(Buffer.alloc(MB * 2));
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expect((await fetch(receiver.url + EVENTS, { method: 'POST', body, headers })).status).toBe(401);
  });

  test.each([
    ['arrays in arrays', 'application/json', '['.repeat(500_000)],
    ['objects in objects', 'application/json', '{"a":'.repeat(150_000)],
    ['elements in elements', 'application/xml', `<customers><customer>${'<a>'.repeat(200_000)}`],
    [
      'entities of entities',
      'application/xml',
      '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><customers><customer><id>&c;</id></customer></customers>',
    ],
    ['a file of this machine', 'application/xml', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><customers/>'],
  ])('%s', async (title, type, body) => {
    const heard = await post(receiver, body, { headers: { 'content-type': type }, id: title.replaceAll(' ', '-') });
    expect([heard.status, heard.json.code]).toEqual([400, 'request.malformed']);
  });
});

describe('texts that are none', () => {
  const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex');
  test.each([
    ['JSON with bytes that are not UTF-8', 'application/json', bytes('7b226964223a22ff227d')],
    ['JSON with half a character', 'application/json', bytes('7b226964223a22c3227d')],
    ['CSV that would be GB18030', 'text/csv', bytes('69640ac9cfbaa30a')],
    [
      'XML with bytes that are not UTF-8',
      'text/xml',
      Buffer.from('<customers><customer><id>\xff</id></customer></customers>', 'latin1'),
    ],
    ['an encoding that is none', 'text/csv; charset=klingon', Buffer.from('id\n1\n')],
    ['nothing', 'application/json', Buffer.alloc(0)],
    ['zeros', 'application/json', Buffer.alloc(1000)],
  ])('%s: refused', async (title, type, body) => {
    const heard = await post(receiver, body, { headers: { 'content-type': type }, id: title.replaceAll(' ', '-') });
    expect([title, heard.status, heard.json.code]).toEqual([title, 400, 'request.malformed']);
  });

  test('a prototype in a record or in an id leaves ours alone', async () => {
    const body = '[{"__proto__":{"polluted":1},"event_id":"__proto__"},{"constructor":1,"event_id":"constructor"}]';
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${KEY}` };
    const heard = await hear(await fetch(receiver.url + OA_EVENTS, { method: 'POST', body, headers }));
    expect(heard.status).toBeLessThan(500);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});

describe('addresses', () => {
  test.each([
    '/',
    '//v1/health',
    '/v1//health',
    '/v1/health/',
    '/v1/./health',
    '/v1/x/../health',
    '/v1/%68ealth',
    '/V1/health',
    '/v1/health%00',
    '/v1/health;x=1',
    '/v1/health#x',
    'http://elsewhere/v1/health',
    '/v1/events/0',
    '/v1/events/-1',
    '/v1/events/1e3',
    '/v1/events/01',
    '/v1/events/9999999999999999',
    '/v1/systems/../streams/customers/events',
    '/v1/systems/erp%2fstreams/customers/events',
    '/v1/systems/__proto__/streams/customers/events',
    '/v1/systems/ERP/streams/customers/events',
    '/openapi.json/../v1/health',
    '/.git/config',
  ])('%s is nothing', async (path) => {
    const heard = await say(receiver.port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect([path, statusIn(heard)]).toEqual([path, 404]);
  });

  test.each([
    ['a space', 'GET /v1/he alth HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a zero', 'GET /v1/health\u0000 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['no host', 'GET /v1/health HTTP/1.1\r\n\r\n'],
    ['two lengths', `POST ${EVENTS} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}`],
    [
      'a length and chunks, as smugglers use',
      `POST ${EVENTS} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n`,
    ],
    ['a line end without a carriage return', 'GET /v1/health HTTP/1.1\nHost: x\n\n'],
    ['no HTTP', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'],
  ])('%s: 400, and the connection is closed', async (_title, text) => {
    expect(statusIn(await say(receiver.port, text))).toBe(400);
  });

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature', 'content-type', 'content-encoding'])(
    'the header %s twice',
    async (name) => {
      const { headers } = signed('{}', 'twice');
      const all = { 'content-type': 'application/json', 'content-encoding': 'identity', ...headers };
      const lines = Object.entries(all).flatMap(([key, value]) =>
        key === name ? [`${key}: ${value}`, `${key}: ${value}`] : [`${key}: ${value}`],
      );
      const text = `POST ${EVENTS} HTTP/1.1\r\nHost: x\r\n${lines.join('\r\n')}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`;
      expect([400, 401]).toContain(statusIn(await say(receiver.port, text)));
      expect([...receiver.inbox.stored.values()].map(({ eventId }) => eventId)).not.toContain('twice');
    },
  );
});

describe('anything at all', () => {
  test('any bytes on the connection are answered with 4xx or nothing, and the receiver goes on', async () => {
    const junk = fc.uint8Array({ minLength: 1, maxLength: 300 });
    const runs = Number(process.env['TRIBUTARY_CASES'] ?? 30);
    await fc.assert(
      fc.asyncProperty(junk, async (bytes) => {
        const heard = await say(receiver.port, Buffer.concat([bytes, Buffer.from('\r\n\r\n')]));
        if (heard !== '') expect(statusIn(heard)).toBeGreaterThanOrEqual(400);
      }),
      { numRuns: runs },
    );
    expect((await fetch(`${receiver.url}/v1/health`)).status).toBe(200);
  });

  test('any signed body is answered with 202 or 400', async () => {
    const types = fc.constantFrom('application/json', 'application/x-ndjson', 'text/csv', 'application/xml');
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => Buffer.from(text)),
    );
    let n = 0;
    await fc.assert(
      fc.asyncProperty(types, bodies, async (type, body) => {
        const heard = await post(receiver, body, { headers: { 'content-type': type }, id: `any-${n++}` });
        expect([202, 400]).toContain(heard.status);
      }),
      { numRuns: Number(process.env['TRIBUTARY_CASES'] ?? 200) },
    );
  });
});
