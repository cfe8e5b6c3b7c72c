// The syntax of `when.events`: the events that a sync takes.

import { z } from 'zod';

import { duration, settle } from './scalars.ts';

const eventsSchema = z.strictObject({
  stream: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, { error: 'expected lower-case letters, digits, `-` and `_`' })
    .optional()
    .describe(
      'The name of the stream in addresses (`/v1/systems/CONNECTION/streams/STREAM/events`) and signals. Default: what the pattern of `from.stream` begins with, such as `customers` of `customers-*.xml`.',
    ),
  holds: z
    .enum(['record', 'hint'])
    .default('record')
    .describe('Whether an event holds the record, or only its key: then the record is read again from the source.'),
  records: z
    .enum(['full', 'partial'])
    .optional()
    .describe('Whether an event says everything about its key, or only what has changed. Default: as `from.records`.'),
  record: z
    .string()
    .default('')
    .describe(
      'Where the records stand in a body of JSON or XML, such as `data.object`. Empty: the body is one record, or an array of them (XML: as `from.record`).',
    ),
  quiet: settle
    .prefault('0s')
    .describe('How long nothing may have come before events are merged: bursts become one batch.'),
  max_wait: duration.prefault('1s').describe('How long an event waits for quiet at most.'),
  max_events: z.int().min(1).max(10_000).default(1_000).describe('How many events are merged at once.'),
});

/** How a sync takes events. */
export const takesEvents = z
  .union([z.boolean(), eventsSchema], { error: 'expected true, false, or a map' })
  .default(false)
  .describe('Whether the sync takes events, by webhook or signal, and how.');

/** `events: true`. */
export const EVERY_EVENT: z.output<typeof eventsSchema> = eventsSchema.parse({});
