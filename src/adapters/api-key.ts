// A key that is sent along: for senders that sign nothing.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { adapterKind, headerOf, refused } from './adapter.ts';
import { equalsAny } from './compare.ts';
import { headerName } from './settings.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;

const schema = z
  .strictObject({
    kind: z
      .literal('api_key')
      .describe('A key in a header. It shows who sends, not that nothing was changed: use TLS.'),
    keys: z
      .array(z.string().min(1, { error: 'expected text' }))
      .min(1, { error: 'expected at least one key' })
      .max(8, { error: 'expected at most 8 keys' })
      .describe(
        'The keys, by reference, or their digests as `sha256:` and 64 hexadecimal digits, which are no secrets. Any of them counts.',
      ),
    header: headerName
      .default('authorization')
      .describe('The header with the key; `authorization` holds it as `Bearer KEY`.'),
    id: headerName.optional().describe('The header with the sender’s id of the event. Default: none has one.'),
  })
  .describe('A key in a header.');

export const apiKey = adapterKind(schema, ({ keys, header, id }) => {
  if (keys.some((key) => key.trim() === '')) throw new Error('a key is empty');
  const digests = keys.map((key) => (DIGEST.test(key) ? key : digestOf(key.trim())));
  const bearer = header.toLowerCase() === 'authorization';
  return {
    receive: (delivery) => {
      const found = headerOf(delivery, header);
      if (found.repeated) return refused(`the header ${header} stands more than once`);
      const key = bearer ? /^Bearer +(\S+)$/i.exec(found.value ?? '')?.[1] : found.value;
      if (key === null || key === undefined)
        return refused(`the header ${header} is missing${bearer ? ' or is not `Bearer KEY`' : ''}`);
      if (!equalsAny(digestOf(key), digests)) return refused(`the key in ${header} is not known`);
      const eventId = id === undefined ? { value: null, repeated: false } : headerOf(delivery, id);
      if (eventId.repeated) return refused(`the header ${id} stands more than once`);
      return { kind: 'events', body: delivery.body, eventId: eventId.value };
    },
    send: ({ body, id: eventId }) => {
      const key = keys.find((one) => !DIGEST.test(one));
      if (key === undefined) throw new Error('of its keys only digests are known');
      const ids = id === undefined ? {} : { [id]: eventId };
      return { headers: { [header]: bearer ? `Bearer ${key.trim()}` : key.trim(), ...ids }, body };
    },
  };
});

function digestOf(key: string): string {
  return `sha256:${createHash('sha256').update(key).digest('hex')}`;
}
