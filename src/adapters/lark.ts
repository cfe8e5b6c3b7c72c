// Lark and Feishu: events in an encrypted envelope, and a handshake when their address is set.
//
//   {"encrypt": base64(IV, AES-256-CBC of the event)}   key: SHA-256 of the encrypt key
//   x-lark-signature: hex SHA-256 of timestamp, nonce, encrypt key, body

import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { adapterKind, type Delivery, headerOf, type Received, refused } from './adapter.ts';
import { equalsAny } from './compare.ts';
import { secrets, tolerance, toleranceMs } from './settings.ts';

const TIMESTAMP = 'x-lark-request-timestamp';
const NONCE = 'x-lark-request-nonce';
const SIGNATURE = 'x-lark-signature';
const IV_BYTES = 16;

const schema = z
  .strictObject({
    kind: z.literal('lark').describe('Events of Lark or Feishu, encrypted with the app’s encrypt key.'),
    secrets: secrets.describe('The app’s encrypt key, by reference. Any of several counts.'),
    tolerance,
  })
  .describe('Lark and Feishu: opens the encrypted envelope and answers the challenge when the address is set.');

const ENVELOPE = z.object({ encrypt: z.string() });
const CHALLENGE = z.object({ type: z.literal('url_verification'), challenge: z.string().max(1000) });
const EVENT = z.object({ header: z.object({ event_id: z.string().min(1) }) });
const OLD_EVENT = z.object({ uuid: z.string().min(1) });

export const lark = adapterKind(schema, ({ secrets: keys, tolerance: window }) => ({
  receive: (delivery) => receive(delivery, { keys, toleranceMs: toleranceMs(window) }),
  send: ({ body, at, id }) => {
    const [key = ''] = keys;
    const envelope = Buffer.from(JSON.stringify({ encrypt: encrypt(body, key) }));
    const timestamp = String(Math.floor(at / 1000));
    const signature = sign({ timestamp, nonce: id, key, body: envelope });
    return { headers: { [TIMESTAMP]: timestamp, [NONCE]: id, [SIGNATURE]: signature }, body: envelope };
  },
}));

interface Settings {
  readonly keys: readonly string[];
  readonly toleranceMs: number;
}

function receive(delivery: Delivery, { keys, toleranceMs: window }: Settings): Received {
  const envelope = ENVELOPE.safeParse(parsed(delivery.body));
  if (!envelope.success) return refused('the body is not `{"encrypt": …}`; set an encrypt key for the app');
  const body = keys.map((key) => decrypt(envelope.data.encrypt, key)).find((found) => found !== null);
  if (body === undefined || body === null) return refused('the body cannot be decrypted with the encrypt key');
  const event = parsed(body);
  // The handshake is not always signed. Who can encrypt it knows the key; all that it gets is its own text.
  const challenge = CHALLENGE.safeParse(event);
  if (challenge.success) {
    const answer = JSON.stringify({ challenge: challenge.data.challenge });
    return { kind: 'answer', contentType: 'application/json', body: answer };
  }
  const because = unsigned(delivery, { keys, toleranceMs: window });
  if (because !== null) return refused(because);
  const id = EVENT.safeParse(event).data?.header.event_id ?? OLD_EVENT.safeParse(event).data?.uuid ?? null;
  return { kind: 'events', body, eventId: id };
}

/** Why the signature does not hold; null: it does. */
function unsigned(delivery: Delivery, { keys, toleranceMs: window }: Settings): string | null {
  const [timestamp, nonce, signature] = [TIMESTAMP, NONCE, SIGNATURE].map((name) => headerOf(delivery, name));
  for (const [name, header] of Object.entries({ [TIMESTAMP]: timestamp, [NONCE]: nonce, [SIGNATURE]: signature })) {
    if (header?.repeated === true) return `the header ${name} stands more than once`;
    if ((header?.value ?? null) === null) return `the header ${name} is missing`;
  }
  const parts = { timestamp: timestamp?.value ?? '', nonce: nonce?.value ?? '', body: delivery.body };
  const at = timeOf(parts.timestamp);
  if (at === null) return `${TIMESTAMP} is not a time`;
  if (Math.abs(delivery.at - at) > window) return `${TIMESTAMP} is too far from now`;
  const expected = keys.map((key) => sign({ ...parts, key }));
  return equalsAny((signature?.value ?? '').toLowerCase(), expected) ? null : `${SIGNATURE} does not match`;
}

/** Seconds since 1970, or the form that it also sends: `2026-11-23 18:23:46.05 +0800 CST m=+3612.1`. */
function timeOf(text: string): number | null {
  if (/^\d{1,11}$/.test(text)) return Number(text) * 1000;
  const [, day, time, side = '', hours, minutes] =
    /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.\d+)? ([+-])(\d{2})(\d{2})\b/.exec(text) ?? [];
  const ms = Date.parse(`${day}T${time}${side}${hours}:${minutes}`);
  return Number.isNaN(ms) ? null : ms;
}

interface Signed {
  readonly timestamp: string;
  readonly nonce: string;
  readonly key: string;
  readonly body: Uint8Array;
}

function sign({ timestamp, nonce, key, body }: Signed): string {
  return createHash('sha256').update(timestamp).update(nonce).update(key).update(body).digest('hex');
}

function keyOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function encrypt(body: Uint8Array, secret: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-cbc', keyOf(secret), iv);
  return Buffer.concat([iv, cipher.update(body), cipher.final()]).toString('base64');
}

function decrypt(text: string, secret: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length < 2 * IV_BYTES || bytes.length % IV_BYTES !== 0) return null;
  const decipher = createDecipheriv('aes-256-cbc', keyOf(secret), bytes.subarray(0, IV_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES)), decipher.final()]);
  } catch {
    return null;
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
}
