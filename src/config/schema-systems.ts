// The syntax of `systems` and `receiver` in tributary.yaml: who may send events, and where they are received.

import { z } from 'zod';

import { authenticationSchema } from '../adapters/registry.ts';
import { headerName } from '../adapters/settings.ts';
import { dashedName, someText } from './scalars.ts';

const eventId = z
  .union(
    [
      z.strictObject({ header: headerName.describe('The header that holds it.') }),
      z.strictObject({
        path: someText.describe(
          'Where it stands in each record, such as `eventId` or `meta.id`: every record of a request is an event of its own then.',
        ),
      }),
    ],
    { error: 'expected { header: NAME } or { path: PATH }' },
  )
  .describe(
    'Where the sender’s id of an event stands, by which a repeated event is known. Default: where the authentication has one (`webhook-id`).',
  );

export const streamName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, { error: 'expected lower-case letters, digits, `-` and `_`' });

const system = z
  .strictObject({
    authentication: z
      .union([authenticationSchema, z.array(authenticationSchema).min(1, { error: 'expected at least one way' })], {
        error: 'expected a map with `kind`, or a list of them',
      })
      .describe('How a request shows that it is from the system. Of several ways any one is enough.'),
    streams: z
      .record(streamName, z.strictObject({ id: eventId.optional() }).describe('What is particular to a stream.'))
      .default({})
      .describe(
        'Streams by the name that syncs take their events under (`when.events`), where something has to be said of them.',
      ),
    rate: z
      .int()
      .min(1)
      .max(100_000)
      .default(1_000)
      .describe('How many requests are accepted in a second; more are asked to come later (429).'),
    waiting: z
      .int()
      .min(1)
      .max(100_000_000)
      .default(1_000_000)
      .describe('How many of its events may wait to be merged before more are asked to come later (429).'),
  })
  .describe('A system that sends events over HTTP.');

export const systemsSchema = z
  .record(dashedName, system)
  .default({})
  .describe('The systems that send events over HTTP, by the name of their connection.');

export const receiverSchema = z
  .strictObject({
    port: z
      .int()
      .min(1)
      .max(65_535)
      .default(7373)
      .describe('The port. When it is taken, `tributary up` takes a free one and says so.'),
    public_url: z
      .string()
      .regex(/^https?:\/\/[^/?#\s]+$/, {
        error: 'expected an address without a path, such as https://sync.example.com',
      })
      .optional()
      .describe(
        'The address under which senders know the receiver, where a proxy stands before it: for links, and for signatures of `{url}`. Default: the `Host` of the request.',
      ),
  })
  .prefault({})
  .describe('Where events are received: `tributary up` and `tributary serve`.');

export type SystemInput = z.output<typeof system>;
export type ReceiverInput = z.output<typeof receiverSchema>;
