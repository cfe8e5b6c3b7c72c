// The forms of well-known systems, with the examples that they publish where they publish one.

import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authenticationSchema } from '../../src/adapters/registry.ts';
import { adapterOf, arrived, delivery, NOW } from './support.ts';

const GITHUB = {
  kind: 'hmac',
  secrets: ["It's a Secret to Everybody"],
  header: 'X-Hub-Signature-256',
  prefix: 'sha256=',
  id: 'X-GitHub-Delivery',
};
const STRIPE = {
  kind: 'hmac',
  secrets: ['whsec_test'],
  header: 'Stripe-Signature',
  prefix: 'v1=',
  separator: ',',
  signed: '{timestamp}.{body}',
  timestamp: { part: 't=' },
};
const SLACK = {
  kind: 'hmac',
  secrets: ['8f742231b10e8888abcd99yyyzzz85a5'],
  header: 'X-Slack-Signature',
  prefix: 'v0=',
  signed: 'v0:{timestamp}:{body}',
  timestamp: { header: 'X-Slack-Request-Timestamp' },
};
const HUBSPOT = {
  kind: 'hmac',
  secrets: ['client secret'],
  header: 'X-HubSpot-Signature-v3',
  encoding: 'base64',
  signed: '{method}{url}{body}{timestamp}',
  timestamp: { header: 'X-HubSpot-Request-Timestamp' },
  timestamp_unit: 'ms',
};
const SHOPIFY = {
  kind: 'hmac',
  secrets: ['hush'],
  header: 'X-Shopify-Hmac-Sha256',
  encoding: 'base64',
  id: 'X-Shopify-Webhook-Id',
};
const FORMS = { GITHUB, STRIPE, SLACK, HUBSPOT, SHOPIFY };

describe('published examples', () => {
  test('GitHub', () => {
    const headers = {
      'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
      'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    };
    expect(adapterOf(GITHUB).receive(delivery({ body: 'Hello, World!', headers }))).toMatchObject({
      kind: 'events',
      eventId: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    });
  });

  test('Slack', () => {
    const body =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
    const headers = {
      'x-slack-request-timestamp': '1531420618',
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    };
    const at = 1_531_420_618_000;
    expect(adapterOf(SLACK).receive(delivery({ body, headers, at })).kind).toBe('events');
    expect(adapterOf(SLACK).receive(delivery({ body, headers })).kind).toBe('refused');
  });
});

describe('forms', () => {
  test('Stripe: time and signatures are parts of one header; while secrets rotate there are two', () => {
    const seconds = NOW / 1000;
    const sign = (secret: string): string =>
      createHmac('sha256', secret).update(`${seconds}.{"id":"evt_1"}`).digest('hex');
    const verdict = (header: string): string =>
      adapterOf(STRIPE).receive(delivery({ body: '{"id":"evt_1"}', headers: { 'stripe-signature': header } })).kind;
    expect(verdict(`t=${seconds},v1=${sign('whsec_test')},v0=abc`)).toBe('events');
    expect(verdict(`t=${seconds},v1=${sign('old')},v1=${sign('whsec_test')}`)).toBe('events');
    expect(verdict(`t=${seconds},v1=${sign('old')}`)).toBe('refused');
    expect(verdict(`t=${seconds},t=${seconds},v1=${sign('whsec_test')}`)).toBe('refused');
    expect(verdict(`v1=${sign('whsec_test')}`)).toBe('refused');
    expect(verdict(`t=${seconds + 1},v1=${sign('whsec_test')}`)).toBe('refused');
  });

  test('HubSpot: method, address, body and milliseconds', () => {
    const body = '[{"eventId":1}]';
    const path = '/v1/systems/hubspot/streams/contacts/events?x=1';
    const signature = createHmac('sha256', 'client secret')
      .update(`POSThttps://sync.example${path}${body}${NOW}`)
      .digest('base64');
    const headers = { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': String(NOW) };
    expect(adapterOf(HUBSPOT).receive(delivery({ body, path, headers })).kind).toBe('events');
    expect(adapterOf(HUBSPOT).receive(delivery({ body, path: '/elsewhere', headers })).kind).toBe('refused');
  });

  test('hexadecimal digits may be capitals', () => {
    const adapter = adapterOf(GITHUB);
    const sent = adapter.send({ method: 'POST', path: '/', url: '', id: '1', at: NOW, body: Buffer.from('{}') });
    const header = sent.headers['X-Hub-Signature-256'] ?? '';
    const headers = { 'x-hub-signature-256': `sha256=${header.slice(7).toUpperCase()}` };
    expect(adapter.receive(delivery({ body: '{}', headers })).kind).toBe('events');
  });

  test('a request without a body signs its path', () => {
    const adapter = adapterOf(GITHUB);
    const one = { method: 'GET', path: '/v1/events/1', url: '', id: '1', at: NOW, body: Buffer.alloc(0) };
    const sent = adapter.send(one);
    expect(adapter.receive(arrived(sent, { method: 'GET', path: '/v1/events/1' })).kind).toBe('events');
    expect(adapter.receive(arrived(sent, { method: 'GET', path: '/v1/events/2' })).kind).toBe('refused');
    expect(adapter.receive(arrived(sent, { method: 'POST', path: '/v1/events/1' })).kind).toBe('refused');
  });
});

describe('properties', () => {
  const form = fc.constantFrom(...Object.entries(FORMS));

  test('what is sent is accepted, and refused when one byte of the body is another', () => {
    fc.assert(
      fc.property(
        form,
        fc.uint8Array({ minLength: 1 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (one, body, at, by) => {
          const adapter = adapterOf(one[1]);
          const sent = adapter.send({
            method: 'POST',
            path: '/',
            url: 'https://sync.example/',
            id: 'a1',
            at: NOW,
            body,
          });
          expect(adapter.receive(arrived(sent)).kind).toBe('events');
          const changed = Uint8Array.from(sent.body);
          changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ by;
          expect(adapter.receive(arrived({ ...sent, body: changed })).kind).toBe('refused');
        },
      ),
    );
  });

  test('what is sent under another secret is refused', () => {
    fc.assert(
      fc.property(form, fc.string({ minLength: 1 }), fc.uint8Array(), ([, settings], secret, body) => {
        fc.pre(secret.trim() !== '' && !settings.secrets.includes(secret.trim()));
        const other = adapterOf({ ...settings, secrets: [secret] });
        const sent = other.send({ method: 'POST', path: '/', url: 'https://sync.example/', id: 'a1', at: NOW, body });
        expect(adapterOf(settings).receive(arrived(sent)).kind).toBe('refused');
      }),
    );
  });
});

describe('settings that cannot be', () => {
  test.each([
    ['nothing of the body is signed', { signed: '{timestamp}' }, 'expected a text with {body}'],
    ['an unknown placeholder', { signed: '{body}{nonce}' }, /expected no braces but \{id\}/],
    ['an id that no header holds', { signed: '{id}.{body}' }, '`{id}` needs `id`: the header that holds it'],
    [
      'a time that is not signed',
      { timestamp: { header: 'X-Time' } },
      '`{timestamp}` and `timestamp` need each other: a time that is not signed shows nothing',
    ],
    ['a time that stands nowhere', { signed: '{timestamp}{body}' }, /need each other/],
    [
      'a part of a header that has none',
      { signed: '{timestamp}{body}', timestamp: { part: 't=' } },
      /needs `separator`/,
    ],
    ['no secret', { secrets: [] }, 'expected at least one secret'],
    ['a header that is none', { header: 'a b' }, 'expected the name of a header'],
    ['a tolerance that is none', { tolerance: '5 minutes' }, 'expected a duration such as 30s or 5m'],
  ])('%s', (_title, change, message) => {
    const result = authenticationSchema.safeParse({ kind: 'hmac', secrets: ['s'], header: 'X-Signature', ...change });
    expect(result.error?.issues.map((issue) => issue.message).join('; ')).toMatch(message);
  });
});
