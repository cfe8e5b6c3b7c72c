// Ours beside the reference library, both ways, and the cases that the library is tested with.

import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { adapterOf, arrived, delivery, NOW } from './support.ts';

const SECRET = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = 'dGhlIG90aGVyIHNlY3JldCBvZiB0aGVz';
const PAYLOAD = '{"test": 2432232314}';
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const SECONDS = NOW / 1000;

const ours = adapterOf({ kind: 'standard_webhooks', secrets: [SECRET] });
const theirs = new Webhook(SECRET);

const signature = theirs.sign(ID, new Date(NOW), PAYLOAD);
const HEADERS = { 'webhook-id': ID, 'webhook-timestamp': String(SECONDS), 'webhook-signature': signature };

function verdict(change: Readonly<Record<string, string | readonly string[]>>, body: string = PAYLOAD): string {
  const headers = Object.fromEntries(Object.entries({ ...HEADERS, ...change }).filter(([, value]) => value !== 'none'));
  const received = ours.receive(delivery({ headers, body }));
  return received.kind === 'refused' ? received.because : received.kind;
}

const WRONG = 'v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=';
const NO_MATCH = 'no signature in webhook-signature matches';

describe('the cases of the reference library', () => {
  test.each([
    ['a valid signature', {}, 'events'],
    ['no id', { 'webhook-id': 'none' }, 'the header webhook-id is missing'],
    ['no timestamp', { 'webhook-timestamp': 'none' }, 'webhook-timestamp is missing'],
    [
      'a timestamp that is none',
      { 'webhook-timestamp': 'hello' },
      'webhook-timestamp is not a time in seconds or milliseconds',
    ],
    ['no signature', { 'webhook-signature': 'none' }, 'the header webhook-signature is missing'],
    ['another signature', { 'webhook-signature': 'v1,dawfeoifkpqwoekfpqoekf' }, NO_MATCH],
    ['half a signature', { 'webhook-signature': signature.slice(0, 8) }, NO_MATCH],
    ['an empty signature', { 'webhook-signature': 'v1,' }, NO_MATCH],
    ['an old timestamp', { 'webhook-timestamp': String(SECONDS - 301) }, 'webhook-timestamp is too old by 1 s'],
    ['a timestamp to come', { 'webhook-timestamp': String(SECONDS + 301) }, 'webhook-timestamp lies in the future'],
    ['several signatures', { 'webhook-signature': `${WRONG} v2,abc ${signature} ${WRONG}` }, 'events'],
    ['a signature of another version', { 'webhook-signature': signature.replace('v1,', 'v2,') }, NO_MATCH],
  ])('%s', (_title, change, expected) => {
    expect(verdict(change)).toBe(expected);
  });

  test('the signature that it gives for a fixed time', () => {
    const sent = ours.send({
      method: 'POST',
      path: '/',
      url: '',
      id: ID,
      at: 1_614_265_330_000,
      body: Buffer.from(PAYLOAD),
    });
    expect(sent.headers).toEqual({
      'webhook-id': ID,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test.each([
    ['empty', '', 'a secret is empty'],
    ['only its mark', 'whsec_', 'a secret is empty'],
    ['not base64', 'whsec_not base64!', 'a secret is not base64'],
  ])('a secret that is %s is refused', (_title, secret, message) => {
    const settings = { kind: 'standard_webhooks', secrets: [`${secret} `] };
    expect(() => adapterOf(settings)).toThrow(message);
  });
});

describe('beyond the library', () => {
  test.each([
    ['a body that was written anew', {}, '{"test":2432232314}', NO_MATCH],
    ['an id with the separator in it', { 'webhook-id': `${ID}.1` }, PAYLOAD, /holds what separates it/],
    ['a repeated id', { 'webhook-id': [ID, ID] }, PAYLOAD, 'the header webhook-id stands more than once'],
    ['a repeated signature', { 'webhook-signature': [signature, signature] }, PAYLOAD, /stands more than once/],
    ['another id', { 'webhook-id': 'msg_other' }, PAYLOAD, NO_MATCH],
    ['a timestamp with a sign', { 'webhook-timestamp': `+${SECONDS}` }, PAYLOAD, /is not a time/],
  ])('%s', (_title, change, body, expected) => {
    expect(verdict(change, body)).toMatch(expected);
  });

  test('while secrets rotate both count, and the first one signs', () => {
    const both = adapterOf({ kind: 'standard_webhooks', secrets: [`whsec_${OTHER}`, SECRET] });
    const at = (secret: string): string =>
      both.receive(
        delivery({
          headers: { ...HEADERS, 'webhook-signature': new Webhook(secret).sign(ID, new Date(NOW), PAYLOAD) },
          body: PAYLOAD,
        }),
      ).kind;
    expect([at(SECRET), at(OTHER), at('c29tZWJvZHkgZWxzZQ==')]).toEqual(['events', 'events', 'refused']);
    const sent = both.send({ method: 'POST', path: '/', url: '', id: ID, at: NOW, body: Buffer.from(PAYLOAD) });
    expect(sent.headers['webhook-signature']).toBe(new Webhook(OTHER).sign(ID, new Date(NOW), PAYLOAD));
  });

  test('the id of the event is the one of the header, and the body is left as it is', () => {
    const received = ours.receive(delivery({ headers: HEADERS, body: PAYLOAD }));
    expect(received).toEqual({ kind: 'events', eventId: ID, body: Buffer.from(PAYLOAD) });
  });
});

const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);
const payload = fc.json();
const key = fc.uint8Array({ minLength: 1, maxLength: 64 }).map((bytes) => Buffer.from(bytes).toString('base64'));

describe('properties', () => {
  test('what the library signs is accepted', () => {
    fc.assert(
      fc.property(key, id, payload, (secret, eventId, body) => {
        const adapter = adapterOf({ kind: 'standard_webhooks', secrets: [secret] });
        const headers = {
          'webhook-id': eventId,
          'webhook-timestamp': String(SECONDS),
          'webhook-signature': new Webhook(secret).sign(eventId, new Date(NOW), body),
        };
        expect(adapter.receive(delivery({ headers, body })).kind).toBe('events');
      }),
    );
  });

  test('what we sign the library accepts', () => {
    fc.assert(
      fc.property(key, id, payload, (secret, eventId, body) => {
        const adapter = adapterOf({ kind: 'standard_webhooks', secrets: [secret] });
        const at = Date.now();
        const sent = adapter.send({ method: 'POST', path: '/', url: '', id: eventId, at, body: Buffer.from(body) });
        expect(new Webhook(secret).verify(body, { ...sent.headers })).toEqual(JSON.parse(body));
      }),
    );
  });

  test('one changed byte anywhere is refused', () => {
    const parts = fc.constantFrom('webhook-id', 'webhook-timestamp', 'webhook-signature', 'body');
    fc.assert(
      fc.property(parts, fc.nat(), fc.integer({ min: 1, max: 255 }), (part, place, by) => {
        const text = part === 'body' ? PAYLOAD : HEADERS[part];
        const bytes = Buffer.from(text, 'latin1');
        const index = place % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ by;
        const headers = part === 'body' ? HEADERS : { ...HEADERS, [part]: bytes.toString('latin1') };
        const body = part === 'body' ? bytes : PAYLOAD;
        expect(ours.receive(delivery({ headers, body })).kind).toBe('refused');
      }),
    );
  });

  test('a body may be any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (body) => {
        const sent = ours.send({ method: 'POST', path: '/', url: '', id: ID, at: NOW, body });
        expect(ours.receive(arrived(sent)).kind).toBe('events');
      }),
    );
  });
});
