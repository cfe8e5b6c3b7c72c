// The shapes of the API: one definition gives the types of what is answered and the OpenAPI document.

import { z } from 'zod';

export const MAX_WAIT_S = 30;
export const MAX_EVENT_ID = 255;

const eventNumber = z.int().min(1).describe('The event’s number here: later events have higher ones.');
const senderId = z
  .string()
  .describe('The sender’s id of the event, or one that was given to it. Sent again, it is known by it.');

export const eventState = z
  .enum(['waiting', 'taken', 'done'])
  .describe('`waiting`: durable, not looked at. `taken`: a run is at it. `done`: see `outcome` or `error`.');

export const problemSchema = z
  .object({
    type: z.string().describe('A URN of the code.'),
    title: z.string().describe('What the code means.'),
    status: z.int().describe('The status of the answer.'),
    detail: z.string().describe('What happened here.'),
    code: z.string().describe('The code, which never changes its meaning; docs/reference/errors.md lists them.'),
    hint: z.string().describe('What to do.'),
  })
  .describe('An error, as RFC 9457 says.');

export const eventSchema = z
  .object({
    id: eventNumber,
    event_id: senderId,
    system: z.string().describe('The system that it is from.'),
    stream: z.string().describe('The stream that it was sent to.'),
    received_at: z.iso.datetime().describe('When it was durable.'),
    state: eventState,
    run: z.string().nullable().describe('The run that took it.'),
    outcome: z
      .record(z.string(), z.int())
      .nullable()
      .describe('What became of its records: how many were `applied`, `no_change`, `quarantined` and so on.'),
    error: z.object({ code: z.string(), message: z.string() }).nullable().describe('Why it could not be read.'),
    done_at: z.iso.datetime().nullable().describe('When its outcome was known.'),
  })
  .describe('An event and what became of it.');

export const acceptedSchema = z
  .object({
    events: z
      .array(
        z.object({
          id: eventNumber,
          event_id: senderId,
          known: z.boolean().describe('It had come before: nothing is done again.'),
          href: z.string().describe('Where its outcome is to be seen.'),
          outcome: eventSchema.optional().describe('With `wait`: the event as it stands now.'),
        }),
      )
      .describe('In the order of the body. One, but where each record has an id of its own.'),
  })
  .describe('What was made durable.');

export const healthSchema = z
  .object({ status: z.enum(['ok', 'unavailable']).describe('Whether events can be made durable.') })
  .describe('Whether the receiver can do its work.');

/** By their names in the document. */
export const API = z.registry<{ id: string }>();
API.add(acceptedSchema, { id: 'Accepted' });
API.add(eventSchema, { id: 'Event' });
API.add(healthSchema, { id: 'Health' });
API.add(problemSchema, { id: 'Problem' });

export type Problem = z.output<typeof problemSchema>;
export type EventAnswer = z.output<typeof eventSchema>;
export type Accepted = z.output<typeof acceptedSchema>;
