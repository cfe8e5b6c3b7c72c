import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { adapterOf, arrived, delivery, NOW } from './support.ts';

describe('api_key', () => {
  const digest = `sha256:${createHash('sha256').update('the-key').digest('hex')}`;

  test.each([
    ['the key as a bearer', 'Bearer the-key', 'events'],
    ['another way to write bearer', 'bearer the-key', 'events'],
    ['another key', 'Bearer the-kez', 'refused'],
    ['the beginning of the key', 'Bearer the-ke', 'refused'],
    ['the digest itself', `Bearer ${digest}`, 'refused'],
    ['no scheme', 'the-key', 'refused'],
    ['basic', 'Basic dGhlLWtleQ==', 'refused'],
    ['nothing', '', 'refused'],
    ['two of them', ['Bearer the-key', 'Bearer the-key'], 'refused'],
  ])('%s', (_title, authorization, expected) => {
    for (const keys of [['the-key'], [digest], ['old', 'the-key']]) {
      const adapter = adapterOf({ kind: 'api_key', keys });
      expect(adapter.receive(delivery({ headers: { authorization }, body: '{}' })).kind).toBe(expected);
    }
  });

  test('a header of its own, and one for the id', () => {
    const adapter = adapterOf({ kind: 'api_key', keys: ['the-key'], header: 'X-API-Key', id: 'X-Event-Id' });
    const headers = { 'x-api-key': 'the-key', 'x-event-id': 'e1' };
    expect(adapter.receive(delivery({ headers }))).toMatchObject({ kind: 'events', eventId: 'e1' });
    const sent = adapter.send({ method: 'POST', path: '/', url: '', id: 'e2', at: NOW, body: Buffer.from('{}') });
    expect(sent.headers).toEqual({ 'X-API-Key': 'the-key', 'X-Event-Id': 'e2' });
  });

  test('who has only digests cannot send', () => {
    const adapter = adapterOf({ kind: 'api_key', keys: [digest] });
    const sending = { method: 'POST', path: '/', url: '', id: 'e', at: NOW, body: Buffer.from('{}') };
    expect(() => adapter.send(sending)).toThrow('of its keys only digests are known');
  });
});

describe('lark', () => {
  const adapter = adapterOf({ kind: 'lark', secrets: ['test key'] });
  const event = JSON.stringify({ schema: '2.0', header: { event_id: 'e-1' }, event: { user: { name: '王' } } });

  function send(body: string, keys: readonly string[] = ['test key']): ReturnType<typeof adapter.send> {
    const sending = { method: 'POST', path: '/', url: '', id: 'nonce', at: NOW, body: Buffer.from(body) };
    return adapterOf({ kind: 'lark', secrets: keys }).send(sending);
  }

  test('opens the published example', () => {
    const body = '{"encrypt":"P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk="}';
    // It decrypts to `hello world`, which is no event: what is missing then is the signature.
    expect(adapter.receive(delivery({ body }))).toEqual({
      kind: 'refused',
      because: 'the header x-lark-request-timestamp is missing',
    });
    const other = adapterOf({ kind: 'lark', secrets: ['another key'] });
    expect(other.receive(delivery({ body }))).toMatchObject({ because: /cannot be decrypted/ });
  });

  test('an event comes out of its envelope with its id', () => {
    expect(adapter.receive(arrived(send(event)))).toEqual({
      kind: 'events',
      eventId: 'e-1',
      body: Buffer.from(event),
    });
  });

  test('the time may be written the long way', () => {
    const { body } = send(event);
    const time = '2026-11-23 20:00:01.052290112 +0800 CST m=+3612.1';
    const signature = createHash('sha256').update(`${time}ntest key`).update(body).digest('hex');
    const headers = {
      'x-lark-request-timestamp': time,
      'x-lark-request-nonce': 'n',
      'x-lark-signature': signature,
    };
    expect(adapter.receive(delivery({ headers, body })).kind).toBe('events');
    expect(adapter.receive(delivery({ headers, body, at: NOW + 400_000 })).kind).toBe('refused');
  });

  test('the handshake is answered with its challenge, signed or not', () => {
    const { body } = send('{"type":"url_verification","challenge":"ajls384","token":"t"}');
    expect(adapter.receive(delivery({ body }))).toEqual({
      kind: 'answer',
      contentType: 'application/json',
      body: '{"challenge":"ajls384"}',
    });
  });

  test.each([
    ['no envelope', '{"challenge":"x","type":"url_verification"}'],
    ['nothing encrypted', '{"encrypt":""}'],
    ['no JSON', 'hello'],
    ['half a block', '{"encrypt":"P37w+VZImNgPEO1RBhJ6RtKl"}'],
  ])('%s is refused', (_title, body) => {
    expect(adapter.receive(delivery({ body })).kind).toBe('refused');
  });

  test('one changed byte of the envelope or of a header is refused', () => {
    const sent = send(event);
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (place, by) => {
        const body = Uint8Array.from(sent.body);
        body[place % body.length] = (body[place % body.length] ?? 0) ^ by;
        expect(adapter.receive(arrived({ ...sent, body })).kind).toBe('refused');
      }),
    );
    for (const name of Object.keys(sent.headers)) {
      const headers = { ...sent.headers, [name]: `${sent.headers[name]}1` };
      expect(adapter.receive(arrived({ ...sent, headers })).kind).toBe('refused');
    }
  });
});
